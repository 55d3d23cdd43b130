// In GitHub Actions a command also says what it found where people look: annotations, step summary, outputs. Nowhere else.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './in-process.ts';
import { bareEnv, type Folder, folder, ial, repository, SANDBOX_CONFIG, TINY_PHASE } from './run.ts';

let home: Folder;
let cwd: string;
beforeAll(async () => {
  home = folder();
  cwd = repository(join(home.path, 'tiny'), { 'ial.yaml': SANDBOX_CONFIG, '.gitignore': '.ial/\n', 'phases/01.yaml': TINY_PHASE });
  await ial(['--version'], { cwd });
}, 60_000);
afterAll(() => home.remove());

async function inActions(...args: readonly string[]) {
  const [summary, output] = [join(home.path, 'summary'), join(home.path, 'output')];
  writeFileSync(summary, '');
  writeFileSync(output, '');
  const env = { ...bareEnv(cwd), GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output };
  const seen = await run(args, { cwd, env });
  return { ...seen, summary: readFileSync(summary, 'utf8'), output: readFileSync(output, 'utf8') };
}

test('an apply leaves its plan and its deployment in the step summary, and stdout is the one line it always was', async () => {
  const planned = await inActions('--headless', 'plan');
  const { id } = JSON.parse(planned.stdout).result.plan;
  expect(planned.summary).toContain('| + create | `01/Group` |');
  expect(planned.output).toBe(`exit-code=0\nplan=${id}\nsummary=2 to create, 0 to update, 0 to replace, 0 to delete\n`);
  const applied = await inActions('--headless', '--yes', 'apply');
  expect(applied.stdout.trimEnd().split('\n')).toHaveLength(1);
  expect(applied.summary).toMatch(/\*\*Deployment Success\*\*[\s\S]*\| create \| `01\/Group` \| Success \|/);
});

test('problems of the files are annotations at file and line; text of a file cannot start a command of the runner', async () => {
  writeFileSync(
    join(cwd, 'phases/02.yaml'),
    `Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      "x\\n::set-output name=a::b%": 1\n`,
  );
  for (const command of ['validate', 'plan']) {
    const { code, stderr, output } = await inActions('--headless', command);
    expect([code, output]).toEqual([1, 'exit-code=1\n']);
    expect(stderr).toMatch(/^::error file=phases\/02\.yaml,line=5,col=\d+,title=[\w-]+::.*%25/m);
    expect(stderr).not.toMatch(/^::set-output/m);
  }
  rmSync(join(cwd, 'phases/02.yaml'));
  const missing = await inActions('--headless', 'apply', '--plan', 'x');
  expect(missing.stderr).toMatch(/^::error title=ial apply%3A \w+::/m);
});

test('elsewhere nothing of it is written', async () => {
  const { stderr } = await run(['--headless', 'validate'], { cwd });
  expect(stderr).toBe('');
});

test('values that are not to be shown are told to the runner before anything else, line by line', async () => {
  const secret = 'Parameters:\n  Password: { Type: String, NoEcho: true }\n  Plain: { Type: String, Default: shown }\nResources: {}\n';
  writeFileSync(join(cwd, 'phases/03.yaml'), secret);
  writeFileSync(join(cwd, 'parameters.env'), 'Password=correct%horse\nPlain=visible\n');
  const { stderr } = await inActions('--headless', 'plan');
  rmSync(join(cwd, 'phases/03.yaml'));
  rmSync(join(cwd, 'parameters.env'));
  expect(stderr.split('\n').filter((line) => line.startsWith('::add-mask::'))).toEqual(['::add-mask::correct%25horse']);
  expect(stderr.startsWith('::add-mask::')).toBe(true);
});
