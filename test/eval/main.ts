/**
 * Options: `--set visible|utterances|own` (all), or `--set FILE.jsonl` with `--files FOLDER` (rows of your own and what their files are relative to), `--id PATTERN` (rows whose whole id fits the regular expression), `--verbose` (each failed row), `--model ID` and `--region REGION` (Bedrock with
 * this machine's credentials, or the endpoint in AWS_ENDPOINT_URL_BEDROCK_RUNTIME, instead of the sandbox's rule-based model).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { RequestResult } from '../../src/headless/one-shot.ts';
import { runProgram } from '../../src/headless/program.ts';
import { createServices } from '../../src/services.ts';
import { type Judged, judge, loadChecker } from './judge.ts';
import { type Row, readRows } from './rows.ts';

/** From dist/. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const corpus = join(root, '..', 'shared', 'corpus');
const own = join(root, 'test', 'eval');

const SETS: { readonly [name: string]: () => Row[] } = {
  visible: () => readRows(join(corpus, 'requests-visible.jsonl'), corpus, ''),
  utterances: () => expected(readRows(join(corpus, 'nl/ial-upstream-utterances.visible.jsonl'), corpus, 'legacy-phases/*')),
  own: () => readRows(join(own, 'requests.jsonl'), join(own, 'files'), ''),
};

function rowsOf(name: string, files: string | undefined): Row[] {
  return name.endsWith('.jsonl') ? readRows(name, files ?? dirname(name), '') : (SETS[name]?.() ?? []);
}

/** The original's sentences carry clauses only for edits; how the others should end is ours. */
function expected(rows: Row[]): Row[] {
  const ends = JSON.parse(readFileSync(join(own, 'utterances.json'), 'utf8')) as { readonly [id: string]: NonNullable<Row['outcomes']> };
  return rows.map((row) => ({ ...row, ...(ends[row.id] === undefined ? {} : { outcomes: ends[row.id] }) }) as Row);
}

interface Done {
  readonly row: Row;
  readonly judged: Judged;
  readonly result: RequestResult;
  readonly milliseconds: number;
}

/** @returns the exit code: 1 when a file was edited wrongly */
export async function evaluate(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      set: { type: 'string' },
      files: { type: 'string' },
      id: { type: 'string' },
      model: { type: 'string' },
      region: { type: 'string', default: 'us-east-1' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const checker = await loadChecker(corpus);
  if (checker === undefined) {
    console.log('eval: the corpus and its checker are not beside the project (../shared/corpus): nothing was judged');
    return 0;
  }
  const directory = mkdtempSync(join(tmpdir(), 'ial-eval-'));
  const repository = join(directory, 'repository');
  let wrong = 0;
  try {
    for (const name of values.set === undefined ? Object.keys(SETS) : [values.set]) {
      const wanted = new RegExp(`^(?:${values.id ?? '.*'})$`);
      const rows = rowsOf(name, values.files).filter(({ id }) => wanted.test(id));
      const done: Done[] = [];
      for (const row of rows) done.push(await evaluateRow(repository, row, checker, values));
      report(name, done, values.verbose);
      wrong += done.filter(({ judged }) => judged.verdict === 'wrong edit').length;
    }
  } finally {
    await program(repository, ['sandbox', 'stop']);
    rmSync(directory, { recursive: true, force: true });
  }
  return wrong === 0 ? 0 : 1;
}

type Checker = NonNullable<Awaited<ReturnType<typeof loadChecker>>>;

async function evaluateRow(
  repository: string,
  row: Row,
  checker: Checker,
  model: { model?: string | undefined; region: string },
): Promise<Done> {
  fresh(repository, row, model);
  const started = performance.now();
  const output = await program(repository, ['--json', '--write', row.request]);
  const milliseconds = performance.now() - started;
  const envelope = JSON.parse(output) as { readonly result?: RequestResult; readonly error?: { readonly message: string } };
  const result = envelope.result ?? failed(row.request, envelope.error?.message ?? 'no result');
  const after = new Map(row.files.map(({ name }) => [name, readFileSync(join(repository, 'phases', name), 'utf8')] as const));
  return { row, judged: judge(checker, row, after, result), result, milliseconds };
}

/** An error of the program counts as words that help nobody. */
function failed(request: string, message: string): RequestResult {
  const none = {
    guardrail: null,
    question: null,
    choices: [],
    edits: [],
    diff: '',
    plan: null,
    notes: [],
    warnings: [],
    written: [],
    done: null,
  };
  return { request, outcome: 'answer', answer: `ERROR ${message}`, ...none, usage: { inputTokens: 0, outputTokens: 0 } };
}

/** A repository that holds the row's files and nothing else. Its sandbox stays; a project of its own keeps the states apart. */
function fresh(repository: string, row: Row, { model, region }: { model?: string | undefined; region: string }): void {
  mkdirSync(repository, { recursive: true });
  for (const name of readdirSync(repository)) if (name !== '.ial') rmSync(join(repository, name), { recursive: true });
  const settings = [
    `project: ${row.id.toLowerCase()}`,
    'default: sandbox',
    'environments: { sandbox: { sandbox: true } }',
    ...(model === undefined ? [] : [`model: { id: ${JSON.stringify(model)}, region: ${region} }`]),
  ];
  const files = [
    ['ial.yaml', `${settings.join('\n')}\n`],
    ['.gitignore', '.ial/\n'],
    ...row.files.map(({ name, text }) => [`phases/${name}`, text] as const),
  ] as const;
  mkdirSync(join(repository, 'phases'));
  for (const [path, text] of files) writeFileSync(join(repository, path), text);
  const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('-c', 'user.name=eval', '-c', 'user.email=eval@example.invalid', 'commit', '--quiet', '-m', 'before');
}

/** The program inside this process, without a terminal. @returns what it wrote to stdout */
async function program(repository: string, args: readonly string[]): Promise<string> {
  let text = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
  const io = { stdin: process.stdin, stdout, stderr, env: process.env, terminal: false };
  await runProgram(['-C', repository, ...args], createServices('eval', io), io, new AbortController().signal);
  return text;
}

// ------------------------------------------------------------------------------------------------------------------ report

function report(name: string, done: readonly Done[], verbose: boolean): void {
  const count = (rows: readonly Done[], verdict: Judged['verdict']) => rows.filter(({ judged }) => judged.verdict === verdict).length;
  console.log(`\n${name}: ${count(done, 'pass')} of ${done.length} pass, ${count(done, 'wrong edit')} wrong edits`);
  if (done.length === 0) return;
  console.log('| intent | rows | pass | wrong edits | needless questions | other |\n|---|---|---|---|---|---|');
  for (const intent of [...new Set(done.map(({ row }) => row.intent))].sort()) {
    const rows = done.filter(({ row }) => row.intent === intent);
    const cells = [rows.length, ...(['pass', 'wrong edit', 'needless question', 'fail'] as const).map((verdict) => count(rows, verdict))];
    console.log(`| ${intent} | ${cells.join(' | ')} |`);
  }
  const times = done.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const tokens = done.map(({ result }) => result.usage.inputTokens).sort((a, b) => a - b);
  const at = (values: readonly number[], share: number) =>
    Math.round(values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0);
  console.log(
    `ms a request: median ${at(times, 0.5)}, p95 ${at(times, 0.95)}; input tokens a request: median ${at(tokens, 0.5)}, most ${at(tokens, 1)}`,
  );
  for (const { row, judged, result } of done) {
    if (judged.verdict === 'pass' || (!verbose && judged.verdict !== 'wrong edit')) continue;
    console.log(`\n${row.id} ${judged.verdict}: ${row.request}\n  ${judged.why.join('; ')}`);
    const said = [result.question, result.answer, ...result.choices.map((choice) => `- ${choice}`)].filter((part) => part !== null);
    console.log(`  ${result.outcome}: ${said.join(' ').slice(0, 400)}`);
    for (const edit of result.edits) console.log(`  ${JSON.stringify(edit).slice(0, 300)}`);
  }
}
