/** `ial help <topic>`: what cuts across commands, examples first. */

export interface Topic {
  readonly name: string;
  readonly summary: string;
  /** Commands as typed, each with what it is for. */
  readonly examples: readonly (readonly [command: string, purpose: string])[];
  readonly text: readonly string[];
}

export const TOPICS: readonly Topic[] = [
  {
    name: 'requests',
    summary: 'saying what should change',
    examples: [
      ['ial "add port 8443 to the ALB security group"', 'propose, show diff and plan, ask, commit, deploy'],
      ['ial "what is open to the internet?"', 'a question changes nothing'],
      ['ial --json "set the function timeout to 30 seconds"', 'edits, diff and plan as JSON; nothing is written'],
      ['ial --write "tag all resources with Team=web"', 'into the files, without a commit'],
    ],
    text: [
      'A sentence becomes typed edits of phase files. Comments and everything else in a file stay as they are. Nothing is written before a yes.',
      'Without credentials for Amazon Bedrock, and in the sandbox, a rule-based parser answers: it asks or says so when it does not understand.',
    ],
  },
  {
    name: 'plans',
    summary: 'what an apply would do, and how a plan is held to what was seen',
    examples: [
      ['ial plan', 'everything that differs between files, state and AWS'],
      ['ial plan 03-networking', 'one phase, and what it needs'],
      ['ial plan --format markdown', 'for a pull request'],
      ['ial apply --plan=<id>', 'that plan and no other: what moved since is refused, from and to'],
    ],
    text: [
      'A plan has an id made of files, recorded versions, live values and changes. The same state gives the same id on every machine. Stored plans are kept for 14 days.',
      'Symbols: + create, ~ update, -/+ replace, - delete, < import, x forget, > move.',
    ],
  },
  {
    name: 'approvals',
    summary: 'what needs a person, and how a person says yes',
    examples: [
      ['ial apply --yes', 'covers plans that are moderate; never one that destroys data or opens a port to the world'],
      ['ial apply --confirm=orders-table', 'covers the severe plan that asks for exactly this name'],
      ['ial approve <plan-id>', 'asks for the name at this terminal and approves that plan once, for CI or an agent'],
    ],
    text: [
      'An approval is bound to one plan and its state, is used up by one apply, and ends by itself. Nothing that a model or an MCP client says is one.',
      'docs/security.md says what this can and cannot stop.',
    ],
  },
  {
    name: 'drift',
    summary: 'what somebody changed by hand, and what becomes of it',
    examples: [
      ['ial drift', 'look now: by phase and by cause, with who did it'],
      ['ial drift --watch', 'a line for each finding as it comes'],
      ['ial drift revert 03-networking/AppGroup', 'AWS goes back to what the files say'],
      ['ial drift adopt 03-networking/AppGroup', 'the files take over what AWS has, in one commit'],
      ['ial audit', 'drift that is over: what, who, how long'],
    ],
    text: ['Ignore and snooze are rules in the phase file, so that Git keeps them: ial drift --help shows the options.'],
  },
  {
    name: 'rollback',
    summary: 'going back',
    examples: [
      ['ial history', 'deployments with their commits, newest first'],
      ['ial rollback', 'undo the last change to phases'],
      ['ial rollback --steps 2', 'the last two'],
      ['ial rollback <commit>', 'phases as they were at a commit'],
    ],
    text: [
      'A rollback is a new commit with its own plan, never a force push. It says first what cannot come back: deleted data, identifiers of replaced resources.',
    ],
  },
  {
    name: 'output',
    summary: 'text, JSON and lines for scripts',
    examples: [
      ['ial status --json', 'one JSON line on stdout; notes go to stderr'],
      ['ial apply --yes --output jsonl', 'what happens, a line each, a heartbeat every ten seconds, the result last'],
      ['ial plan --quiet', 'no notes'],
    ],
    text: [
      'Schemas of every command: docs/schemas. Within schemaVersion 1 fields are added, never removed. docs/json-schemas.md lists the error codes.',
    ],
  },
  {
    name: 'exit-codes',
    summary: 'what a script can rely on',
    examples: [
      ['ial plan --detailed-exitcode', '0 nothing to do, 2 something would change'],
      ['ial drift --detailed-exitcode', '0 in sync, 2 something drifted'],
    ],
    text: [
      '0 done; 1 an error; 2 changes or drift present (only with --detailed-exitcode); 3 refused: an approval is needed, the plan moved, the commit is old;',
      '4 the lock is held or was lost; 130 and 143 interrupted.',
    ],
  },
  {
    name: 'environments',
    summary: 'ial.yaml, accounts and parameters',
    examples: [
      ['ial init --account 123456789012 --region eu-west-1', 'write ial.yaml with an environment prod'],
      ['ial plan --env prod', 'act there'],
      ['ial doctor --env prod', 'is everything there that it needs?'],
    ],
    text: [
      'An environment has an account, a region, a branch and a state partition. Another account than the named one is refused before anything is read.',
      'Parameters: environment variables first, then parameters.<environment>.env, parameters.env, an output of that name in an earlier phase, the default.',
    ],
  },
  {
    name: 'ci',
    summary: 'GitHub Actions and other runners',
    examples: [
      ['ial --headless --yes apply --lock-timeout 10m', 'what deploy.yml runs: JSON, no question, waits for the lock'],
      ['ial --headless drift --detailed-exitcode', 'what the hourly run does'],
      ['ial plan --as-reviewed', 'what CI would do with the commits since the last deployment'],
    ],
    text: [
      'CI holds to the plans that the commits name. In GitHub Actions problems become annotations and the plan a step summary. docs/ci-cd-guide.md sets it up.',
    ],
  },
  {
    name: 'mcp',
    summary: 'Amazon Q, Kiro, Claude Code, VS Code and other clients',
    examples: [
      ['ial --headless', 'the server, on stdin and stdout'],
      ['ial mcp install --client kiro', "write the client's configuration"],
      ["ial --headless plan '{}'", 'one tool call, as a client would make it'],
    ],
    text: [
      'A client may propose, plan and apply what the guardrails allow; the rest waits for ial approve. docs/amazon-q-usage.md has a first session.',
    ],
  },
  {
    name: 'sandbox',
    summary: 'AWS on this machine, without an account',
    examples: [
      ['ial demo', 'a sample repository, deployed to the sandbox'],
      ['ial sandbox start', 'and the address that any AWS client can use'],
      ['ial sandbox reset', 'forget everything in it'],
    ],
    text: [
      'It answers DynamoDB, Cloud Control, STS, SNS, S3 and Bedrock on one local port: aws --endpoint-url <address> dynamodb list-tables.',
    ],
  },
];

export function topicText({ name, summary, examples, text }: Topic): string {
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(([command, purpose]) =>
    width > 46 ? `  ${command}\n      ${purpose}` : `  ${command.padEnd(width)}  ${purpose}`,
  );
  return [`${name}: ${summary}`, '', ...lines, '', ...text, ''].join('\n');
}

/** The list below `ial help`. */
export function topicList(): string {
  const width = Math.max(...TOPICS.map(({ name }) => name.length));
  return ['Topics (ial help <topic>):', ...TOPICS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)].join('\n');
}
