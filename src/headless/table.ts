/** Every command once: names, arguments, options, words. Commander, `help` and the did-you-mean are built from this. */
import type { CommandContext, CommandOutcome } from './context.ts';

type Run = (context: CommandContext, args: readonly string[], options: { readonly [name: string]: unknown }) => Promise<CommandOutcome>;

export interface CommandSpec {
  readonly name: string;
  /** Commander's notation, e.g. `<action> [port]`. */
  readonly arguments: string;
  readonly summary: string;
  /** Flags and description. */
  readonly options: readonly (readonly [string, string])[];
  readonly examples: readonly string[];
  /** First arguments that are fixed words, for completion. */
  readonly words?: readonly string[];
  readonly hidden?: true;
  /** Loads the command's module: `--help` must not. */
  readonly load: () => Promise<Run>;
}

const DURATION = 'seconds, or with a unit: 30s, 5m (default 0: fail at once)';

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'demo',
    arguments: '[request...]',
    summary: 'make a sample repository, deploy it to the sandbox and try a change',
    options: [['--dir <dir>', 'where to make it (default ial-demo)']],
    examples: ['ial demo', 'ial demo --dir /tmp/orders --yes "add port 9090 to the ALB security group"'],
    load: async () => (await import('./demo.ts')).demoCommand,
  },
  {
    name: 'init',
    arguments: '',
    summary: 'write what a repository of phases needs: ial.yaml, parameters, a first phase, workflows; nothing is committed',
    options: [
      ['--project <name>', "project name (default: the folder's)"],
      ['--account <id>', 'AWS account of the environment prod'],
      ['--region <region>', 'its region'],
    ],
    examples: ['ial init', 'ial init --project orders --account 123456789012 --region eu-west-1'],
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  {
    name: 'doctor',
    arguments: '',
    summary: 'check Node, Git, configuration, credentials, account, table, model, topic and sandbox, and say each fix',
    options: [],
    examples: ['ial doctor', 'ial doctor --env prod --json'],
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'plan',
    arguments: '[targets...]',
    summary: 'show what an apply would do; with targets (phases, addresses, globs) for those and what they need',
    options: [
      ['--adopt', 'count what exists in AWS under the names in the files as taken over'],
      ['--detailed-exitcode', 'exit 2 when something would change'],
      ['--no-refresh', 'do not read live resources: a preview that cannot be applied'],
      ['--format <format>', 'text, markdown (for pull requests) or json'],
      ['--as-reviewed', 'what CI would deploy: as the commits were reviewed, drift left as it is'],
    ],
    examples: ['ial plan', 'ial plan --env prod --detailed-exitcode', 'ial plan --format markdown'],
    load: async () => (await import('./commands/plan.ts')).planCommand,
  },
  {
    name: 'apply',
    arguments: '[targets...]',
    summary: 'make the cloud as the files say; with targets (phases, addresses, globs) only those and what they need',
    options: [
      ['--plan <id>', 'apply exactly this stored plan'],
      ['--adopt', 'take over what exists in AWS under the names in the files'],
      ['--lock-timeout <time>', `how long to wait for the lock: ${DURATION}`],
    ],
    examples: ['ial apply', 'ial apply 03-networking', 'ial apply --yes --lock-timeout 5m', 'ial apply --confirm=OrdersTable'],
    load: async () => (await import('./commands/apply.ts')).applyCommand,
  },
  {
    name: 'resume',
    arguments: '',
    summary: 'finish what an earlier run left pending, failed or interrupted, and nothing else',
    options: [['--lock-timeout <time>', `how long to wait for the lock: ${DURATION}`]],
    examples: ['ial resume', 'ial resume --yes'],
    load: async () => (await import('./commands/tend.ts')).resumeCommand,
  },
  {
    name: 'reset',
    arguments: '<address>',
    summary: 'let the next apply take up a failed or quarantined resource again',
    options: [],
    examples: ['ial reset 03-networking/Vpc', 'ial reset 03-networking/Vpc --yes'],
    load: async () => (await import('./commands/tend.ts')).resetCommand,
  },
  {
    name: 'import',
    arguments: '<address> [identifier]',
    summary: 'bind what exists in AWS to an address; without an identifier, list what could be meant',
    options: [],
    examples: ['ial import 03-networking/Vpc', 'ial import 03-networking/Vpc vpc-0a1b2c3d4e5f60718 --yes'],
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  {
    name: 'forget',
    arguments: '<address>',
    summary: 'drop a resource from the state and leave it in AWS',
    options: [],
    examples: ['ial forget 03-networking/Vpc --confirm=Vpc'],
    load: async () => (await import('./commands/tend.ts')).forgetCommand,
  },
  {
    name: 'approve',
    arguments: '<plan>',
    summary: 'approve a severe plan once, typed at this terminal',
    options: [],
    examples: ['ial approve 5df562cfd14b'],
    load: async () => (await import('./commands/approve.ts')).approveCommand,
  },
  {
    name: 'status',
    arguments: '',
    summary: 'repository, lock, recorded resources, last deployment',
    options: [],
    examples: ['ial status', 'ial status --json'],
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    name: 'history',
    arguments: '',
    summary: 'deployments, newest first',
    options: [['--limit <n>', 'how many (default 20)']],
    examples: ['ial history --limit 5'],
    load: async () => (await import('./commands/history.ts')).historyCommand,
  },
  {
    name: 'audit',
    arguments: '',
    summary: 'everything recorded: resources, deployments and drift, with who and when',
    options: [['--limit <n>', 'how many deployments and findings (default 200)']],
    examples: ['ial audit', 'ial audit --json'],
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  {
    name: 'drift',
    arguments: '[action] [address]',
    words: ['revert', 'adopt', 'ignore', 'snooze'],
    summary: 'find what differs in AWS; revert, adopt, ignore or snooze one finding',
    options: [
      ['--detailed-exitcode', 'exit 2 when something drifted'],
      ['--watch', 'follow what drift detection finds, until ^C'],
      ['--no-record', 'only look: no row, no finding and no notification is written'],
      ['--path <pointer>', 'decide only about this property, e.g. /Tags'],
      ['--also <decision...>', 'decide about more in the same plan and commit, e.g. adopt:08-ecs-task/TaskLogs#/RetentionInDays'],
      ['--reason <text>', 'why a finding is ignored or snoozed'],
      ['--until <time>', 'when a snooze ends, e.g. 2030-01-31T09:00:00Z'],
    ],
    examples: ['ial drift', 'ial drift revert 03-networking/AlbSecurityGroup', 'ial drift adopt 08-ecs-task/TaskLogs --yes'],
    load: async () => (await import('./commands/drift.ts')).driftCommand,
  },
  {
    name: 'rollback',
    arguments: '[commit]',
    summary: 'bring back the phases of an earlier commit, by a new commit',
    options: [
      ['--steps <n>', 'undo the last n changes (default 1); a merge is one'],
      ['--to-before <deployment>', 'back to what was deployed before it: its id, or its version as ial history shows it'],
    ],
    examples: ['ial rollback', 'ial rollback --steps 2', 'ial rollback a1b2c3d --yes', 'ial rollback --to-before v7'],
    load: async () => (await import('./commands/rollback.ts')).rollbackCommand,
  },
  {
    name: 'why',
    arguments: '<words...>',
    summary: 'who asked for it, when, approved by whom, and what drifted since',
    options: [],
    examples: ['ial why "port 8443"'],
    load: async () => (await import('./commands/why.ts')).whyCommand,
  },
  {
    name: 'validate',
    arguments: '',
    summary: 'check the phase files; needs no cloud',
    options: [],
    examples: ['ial validate', 'ial validate --json'],
    load: async () => (await import('./commands/validate.ts')).validateCommand,
  },
  {
    name: 'migrate',
    arguments: '',
    summary: "rewrite the original project's phases as CloudFormation; nothing is created or replaced",
    options: [['--dry-run', 'show the new files and the plan, and write nothing']],
    examples: ['ial migrate --dry-run', 'ial migrate'],
    load: async () => (await import('./commands/migrate.ts')).migrateCommand,
  },
  {
    name: 'bootstrap',
    arguments: '',
    summary: 'create or take over what ial needs in an account: state table, settings, roles, drift detection',
    options: [
      ['--dry-run', 'show files, plan and policies, and change nothing'],
      ['--repository <owner/name>', 'GitHub repository that may deploy (default: the remote)'],
      ['--email <address>', 'who is told of drift and deployments; AWS asks that person to confirm'],
      ['--destroy', 'take it away again; the state table and the bundle bucket stay'],
    ],
    examples: ['ial bootstrap --dry-run', 'ial bootstrap --env prod', 'ial bootstrap --destroy'],
    load: async () => (await import('./commands/bootstrap.ts')).bootstrapCommand,
  },
  {
    name: 'sandbox',
    arguments: '[action]',
    words: ['start', 'stop', 'status', 'reset', 'events'],
    summary: 'start, stop, status, reset or events of the offline sandbox',
    options: [
      ['--port <port>', 'port to listen on (default 4577, else a free one)'],
      ['--latency <profile>', 'quick or realistic'],
    ],
    examples: ['ial sandbox start', 'ial sandbox status --json', 'ial sandbox reset --yes'],
    load: async () => (await import('./commands/sandbox.ts')).sandboxCommand,
  },
  {
    name: 'lock',
    arguments: '[reason...]',
    summary: 'hold all deployments, with a reason',
    options: [],
    examples: ['ial lock "release freeze until Monday"'],
    load: async () => (await import('./commands/lock.ts')).lockCommand,
  },
  {
    name: 'unlock',
    arguments: '',
    summary: "remove the hold, or a dead deployer's lease",
    options: [],
    examples: ['ial unlock', 'ial unlock --yes'],
    load: async () => (await import('./commands/lock.ts')).unlockCommand,
  },
  {
    name: 'mcp',
    arguments: '<action>',
    words: ['install'],
    summary: "install the MCP server into a client's user-level configuration; the server itself is ial --headless",
    options: [
      ['--client <name>', 'q, kiro, claude or vscode'],
      ['--dry-run', 'show the file, and write nothing'],
    ],
    examples: ['ial mcp install --client claude', 'ial mcp install --client kiro --dry-run'],
    load: async () => (await import('./commands/mcp.ts')).mcpCommand,
  },
  {
    name: 'completion',
    arguments: '[shell]',
    words: ['bash', 'zsh', 'fish'],
    summary: 'print a script that completes commands and flags in bash, zsh or fish',
    options: [],
    examples: ['source <(ial completion bash)', 'ial completion fish | source'],
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
  {
    name: 'call',
    arguments: '<tool> [json]',
    summary: 'one tool call (what --headless <tool> does)',
    options: [],
    examples: [],
    hidden: true,
    load: async () => (await import('./tool-call.ts')).callTool,
  },
  {
    name: 'sandbox-server',
    arguments: '',
    summary: 'the sandbox process itself',
    options: [
      ['--data-dir <dir>', 'data folder'],
      ['--port <port>', 'port'],
      ['--latency <profile>', 'quick or realistic'],
      ['--idle-minutes <n>', 'exit after so many idle minutes'],
    ],
    examples: [],
    hidden: true,
    load: async () => (await import('./commands/sandbox.ts')).sandboxServerCommand,
  },
];

export const GLOBAL_OPTIONS: readonly (readonly [string, string])[] = [
  ['--env <name>', 'environment of ial.yaml; `sandbox` is the offline sandbox'],
  ['-C <dir>', 'work as if started in this folder'],
  ['--output <format>', 'text; json: one JSON result on stdout; jsonl: what happens as well, a JSON object a line'],
  ['--json', 'short for --output json'],
  ['--headless', 'JSON and no questions; alone: MCP server on stdio'],
  ['--yes', 'answer yes to moderate plans'],
  ['--confirm <name>', 'the typed name that a severe plan asks for'],
  ['--screen-reader', 'for a screen reader: lines in reading order, answers typed'],
  ['--no-input', 'never ask'],
  ['--quiet', 'no notes on stderr'],
];
