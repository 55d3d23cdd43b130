// Every `ial ...` that the documentation shows is run, in a deployed sandbox repository: it is a command with these flags, and it does not fail
// for a reason the page does not name.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../headless/in-process.ts';
import { type Folder, folder, ial, repository, root, SANDBOX_CONFIG } from '../headless/run.ts';

const PAGES = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith('.md') && !/evolution|alternative|performance|soak|verified/.test(name),
);

const PHASE = `Resources:
  AlbSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: the load balancer
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8 }
`;

let home: Folder;
let cwd: string;
let planId = '';

beforeAll(async () => {
  home = folder();
  cwd = repository(join(home.path, 'orders'), {
    'ial.yaml': SANDBOX_CONFIG,
    '.gitignore': '.ial/\ndemo*\n',
    'phases/03-networking.yaml': PHASE,
  });
  await ial(['--version'], { cwd });
  planId = JSON.parse((await run(['plan', '--json'], { cwd })).stdout).result.plan.id;
  await run(['apply', '--yes'], { cwd });
}, 60_000);
afterAll(() => home.remove());

/** Lines of fenced shell blocks, and code inside a line, that start with `ial `. Alternatives (`a|b`) are all of them. */
function shown(text: string): string[] {
  const fenced = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) => (block[1] ?? '').split('\n'));
  const inline = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`(ial [^`]+)`/g)].map((match) => match[1] ?? '');
  const lines = [...fenced, ...inline].map((line) => line.replace(/ {2,}#.*$| # .*$/, '').trim()).filter((line) => line.startsWith('ial '));
  return lines.flatMap(alternatives);
}

/** `ial drift revert\|adopt <address>` -> both. */
function alternatives(line: string): string[] {
  const words = line.replaceAll('\\|', '|').split(' ');
  const at = words.findIndex((word) => /^[a-z]+(\|[a-z]+)+$/.test(word));
  if (at < 0) return [words.join(' ')];
  return (words[at] ?? '').split('|').flatMap((word) => alternatives([...words.slice(0, at), word, ...words.slice(at + 1)].join(' ')));
}

const VALUES: { readonly [placeholder: string]: string } = {
  '<address>': '03-networking/AlbSecurityGroup',
  '<identifier>': 'sg-0a1b2c3d',
  '<commit>': 'HEAD~1',
  '<name>': 'claude',
  '<topic>': 'approvals',
  '<tool>': 'status',
  '<shell>': 'bash',
  n: '1',
};

/** As a shell would cut it, placeholders filled in; optional parts (`[targets]`) are left out. */
function argvOf(line: string): string[] {
  const words = line.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  return words
    .slice(1)
    .filter((word) => !/^\[.*\]$|^\.\.\.$/.test(word))
    .map((word) => word.replace(/^['"]|['"]$/g, ''))
    .map((word) => (/^<(plan|id|plan id)>$/.test(word) ? planId : (VALUES[word] ?? word.replace(/<name>/, 'sandbox'))));
}

/** What a command may answer here beside an exit code 0 or 2: this repository has no AWS, no drift, no commit to go back to. */
const ANSWERS: { readonly [command: string]: RegExp } = {
  approve: /needs no approval|no stored plan|no terminal/,
  call: /exit code 1/,
  drift: /in sync|needs --reason/,
  lock: /needs a reason/,
  why: /no line of the phases holds/,
  sandbox: /--yes|is not a port|port/,
  apply: /APPROVAL_NEEDED|LOCK_HELD|no stored plan|there is no environment prod/,
  rollback: /commit|undo|changes/,
  import: /bound to|already/,
  bootstrap: /which repository may deploy|GitHub|needs|confirm/,
  forget: /confirm|needs/,
  reset: /nothing|confirm|pending|yes/i,
  migrate: /nothing|original/,
  plan: /there is no environment prod/,
  doctor: /there is no environment prod/,
  mcp: /client/,
  unlock: /nothing|nobody|no lock|free/,
  request: /./,
};

const commands = [...new Set(PAGES.flatMap((page) => shown(readFileSync(join(root, page), 'utf8'))))].sort();

test('the pages show what they are about', () => {
  expect(commands.length).toBeGreaterThan(40);
});

// In the order of the alphabet: one leaves behind what the next one finds.
describe('run as printed', { shuffle: false }, () => {
  test.each(commands)('%s', async (line) => {
    const argv = argvOf(line);
    // The conversation, the server, the demo and the version have tests of their own; `ial "request"` stands for any sentence.
    if (argv.length === 0 || ['--headless', '--version', 'request'].includes(argv.join(' ')) || argv[0] === 'demo') return;
    if (argv[0] === 'help') return expect((await run(argv, { cwd })).code).toBe(0);
    const { code, stdout } = await run([...argv, '--no-input', '--json'], { cwd });
    const { command, error } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '{}');
    const text = `${error?.code} ${error?.message} ${error?.hint}`;
    const known = code === 0 || code === 2 || (error.code !== 'INTERNAL' && ANSWERS[command]?.test(text) === true);
    expect({ line, known, text }).toEqual({ line, known: true, text });
    expect(text).not.toMatch(/unknown (command|option)|missing required|too many arguments/);
  });
});
