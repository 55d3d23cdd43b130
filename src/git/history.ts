/** Commits and their files: log, trailers, and the project's files as a commit holds them. */
import type { Diagnostic, SourceFile } from '../engine/model.ts';
import type { CommitInfo, LogOptions } from '../engine/ports.ts';
import { collect, decoded, type Found, isProjectFile, MAX_BYTES, notRegular, tooLarge } from './paths.ts';
import { git, gitBytes } from './run.ts';

const FIELDS = ['%H', '%an <%ae>', '%aI', '%s', '%b'];
const FORMAT = FIELDS.join('%x00');

/** Newest first, from `head`. */
export async function log(
  root: string,
  head: string,
  limit: number,
  { paths = [], line, without }: Pick<LogOptions, 'paths' | 'line' | 'without'> = {},
): Promise<readonly CommitInfo[]> {
  const args = [
    'log',
    '-z',
    '--no-color',
    '--no-show-signature',
    '--no-ext-diff',
    `--format=${FORMAT}`,
    `--max-count=${Math.max(0, Math.floor(limit))}`,
    ...(line === 'own' ? ['--first-parent'] : []),
  ];
  const output = await git(root, [
    ...args,
    '--end-of-options',
    head,
    ...(without === undefined ? [] : [`^${without}`]),
    '--',
    ...paths.map(literal),
  ]);
  const parts = output.split('\0');
  const commits: CommitInfo[] = [];
  for (let index = 0; index + FIELDS.length <= parts.length; index += FIELDS.length) {
    const [sha = '', author = '', date = '', subject = '', body = ''] = parts.slice(index, index + FIELDS.length);
    if (/^[0-9a-f]{40,64}$/.test(sha)) commits.push({ sha, author, date, subject, body: body.trim(), trailers: trailersIn(body) });
  }
  return commits;
}

/** A path that Git must take letter by letter. */
export function literal(path: string): string {
  return `:(literal)${path}`;
}

/** `Key: value` lines of the last paragraph, when it holds nothing else (a following line that is indented continues a value). */
export function trailersIn(body: string): { readonly [name: string]: string } {
  const paragraph =
    body
      .trim()
      .split(/\n[ \t]*\n/)
      .at(-1) ?? '';
  const found: [string, string][] = [];
  for (const line of paragraph.split('\n')) {
    const start = /^([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)$/.exec(line);
    const previous = found.at(-1);
    if (start) found.push([start[1] ?? '', (start[2] ?? '').trim()]);
    else if (/^[ \t]/.test(line) && previous) previous[1] = `${previous[1]} ${line.trim()}`;
    else return {};
  }
  return Object.fromEntries(found);
}

interface Entry {
  readonly mode: string;
  readonly sha: string;
  readonly size: number;
  readonly path: string;
}

/** The project's files as the commit holds them. */
export async function readCommit(root: string, commit: string): Promise<Found> {
  const tree = (args: readonly string[]) => git(root, ['ls-tree', '-z', '-l', '--full-tree', ...args]);
  const top = entriesOf(await tree([commit]));
  const below = top.some(({ path, mode }) => path === 'phases' && mode === '040000')
    ? entriesOf(await tree(['-r', commit, '--', 'phases/']))
    : [];
  const odd = top.filter(({ path, mode }) => path === 'phases' && mode !== '040000');
  const wanted = [...top, ...below].filter(({ path }) => isProjectFile(path));
  const readable = wanted.filter((entry) => isFile(entry) && entry.size <= MAX_BYTES);
  const texts = await blobs(root, readable);
  return collect([...[...wanted, ...odd].flatMap(refusal), ...texts]);
}

function entriesOf(listing: string): Entry[] {
  return listing
    .split('\0')
    .map((line) => /^(\d{6}) \S+ ([0-9a-f]+) +(\d+|-)\t([\s\S]*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, mode = '', sha = '', size = '', path = '']) => ({ mode, sha, size: Number(size) || 0, path }));
}

const isFile = ({ mode }: Entry) => mode === '100644' || mode === '100755';

function refusal(entry: Entry): Diagnostic[] {
  if (entry.mode === '120000') return [notRegular(entry.path, 'a symbolic link')];
  if (!isFile(entry)) return [notRegular(entry.path, 'a submodule')];
  return entry.size > MAX_BYTES ? [tooLarge(entry.path, entry.size)] : [];
}

/** Contents of many blobs through one `git cat-file --batch`. */
async function blobs(root: string, entries: readonly Entry[]): Promise<(SourceFile | Diagnostic)[]> {
  if (entries.length === 0) return [];
  const bytes = await gitBytes(root, ['--batch'], { input: entries.map(({ sha }) => `${sha}\n`).join('') });
  const found: (SourceFile | Diagnostic)[] = [];
  let offset = 0;
  for (const { path } of entries) {
    const end = bytes.indexOf(10, offset);
    const size = Number(bytes.toString('latin1', offset, end).split(' ')[2] ?? '0');
    found.push(decoded(path, bytes.subarray(end + 1, end + 1 + size)));
    offset = end + 1 + size + 1;
  }
  return found;
}
