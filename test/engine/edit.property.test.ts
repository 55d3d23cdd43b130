/** Edits of random and real files, judged by an evaluation of their own: the data is what was asked, no other byte moves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/engine/edit/index.ts';
import { equalJson } from '../../src/engine/json/canonical.ts';
import { isList, isObject, pointerOf, valueAt } from '../../src/engine/json/pointer.ts';
import type { Json, PhaseEdit, Project, Properties, SourceFile } from '../../src/engine/model.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { parseYaml } from '../../src/engine/yaml/yaml.ts';
import { corpus, corpusFiles, loadFiles, ownPhases, resolving, withCrlf } from '../fixtures/corpus.ts';
import { changedOnlyWithin, type DataEdit, editData, entryRange, isInsertion } from '../fixtures/edits-on-data.ts';
import { randomYaml } from '../fixtures/random-yaml.ts';
import { SHAPES } from '../fixtures/value-shapes.ts';

const RUNS = Number(process.env.IAL_RUNS ?? 70);
const SEED = Number(process.env.IAL_SEED ?? 42);
const KINDS = ['set', 'new-key', 'append', 'insert', 'remove'] as const;

const choice = fc.record({
  kind: fc.constantFrom(...KINDS),
  shape: fc.nat({ max: SHAPES.length - 1 }),
  place: fc.nat(),
  index: fc.nat(),
});
type Choice = typeof choice extends fc.Arbitrary<infer T> ? T : never;

/** Paths of every value, of every list and of every mapping. */
function placesIn(data: Json): { readonly all: string[][]; readonly lists: string[][]; readonly maps: string[][] } {
  const places = { all: [] as string[][], lists: [] as string[][], maps: [] as string[][] };
  const walk = (value: Json, path: string[]): void => {
    if (path.length > 0) places.all.push(path);
    if (isList(value)) places.lists.push(path);
    if (isObject(value) && !isCall(value)) places.maps.push(path);
    const members = isList(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
    for (const [key, member] of members) walk(member, [...path, String(key)]);
  };
  walk(data, []);
  return places;
}

function isCall(value: { readonly [key: string]: Json }): boolean {
  const [name = '', ...others] = Object.keys(value);
  return others.length === 0 && (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::'));
}

/** The edit a choice means in this data; `undefined` where the file has no such place. */
function editOf(data: Json, { kind, shape, place, index }: Choice): DataEdit | undefined {
  const { all, lists, maps } = placesIn(data);
  const from = kind === 'append' || kind === 'insert' ? lists : kind === 'new-key' ? maps : all;
  const path = from[place % from.length];
  const value = SHAPES[shape] ?? null;
  if (path === undefined) return undefined;
  if (kind === 'new-key') return { kind: 'set', path: [...path, `New${index % 1000}Key`], value };
  if (kind !== 'insert') return kind === 'remove' ? { kind, path } : { kind, path, value };
  const list = valueAt(data, path);
  return { kind, path, index: index % ((isList(list) ? list.length : 0) + 1), value };
}

function phaseEdit(file: SourceFile, edit: DataEdit): PhaseEdit {
  const { path, ...rest } = edit;
  return { ...rest, target: { file: file.path, pointer: pointerOf(path) } } as PhaseEdit;
}

interface Tally {
  accepted: number;
  readonly refused: string[];
}

/** Apply, judge, count. Throws on a wrong result. */
function judge(file: SourceFile, picked: Choice, tally: Tally): void {
  const data = parseYaml(file).data ?? null;
  const edit = editOf(data, picked);
  if (edit === undefined) return;
  const result = applyEdits(loadFiles(file).project, [phaseEdit(file, edit)]);
  const what = `${file.path} ${edit.kind} ${pointerOf(edit.path)} ${JSON.stringify(SHAPES[picked.shape])}`;
  if (result.kind === 'refused') {
    expect(result.diagnostics[0]?.message, what).toBeTruthy();
    tally.refused.push(`${what}: ${result.diagnostics[0]?.message}`);
    return;
  }
  tally.accepted++;
  const after = result.files[0]?.after ?? '';
  const again = parseYaml({ path: file.path, text: after });
  const expected = editData(data, edit);
  if (!equalJson(again.data, expected)) expect(again.data, `${what}\n${file.text}\n=====\n${after}`).toEqual(expected);
  expect(bytesKept(file.text, after, data, edit), `bytes moved: ${what} ${JSON.stringify(picked)}\n${file.text}\n=====\n${after}`).toBe(
    true,
  );
}

/** No byte outside the edited entry changes; what is added is one piece. Line ends stay of one kind. */
function bytesKept(before: string, after: string, data: Json, edit: DataEdit): boolean {
  if (!before.includes('\r\n') && after.includes('\r')) return false;
  if (before.includes('\r\n') && !/[^\r]\n/.test(before) && /[^\r]\n/.test(after)) return false;
  return placeKept(before, after, data, edit) || callKept(before, after, edit.path);
}

/** The arguments of a short tag may be written again as a whole: `!GetAtt A.B` is one scalar. */
function callKept(before: string, after: string, path: readonly string[]): boolean {
  const call = path.findIndex((segment) => /^(?:Ref|Fn::[A-Za-z]+)$/.test(segment));
  const range = call < 1 ? undefined : entryRange(before, path.slice(0, call));
  return range?.tagged === true && changedOnlyWithin(before, after, range.from, range.to);
}

function placeKept(before: string, after: string, data: Json, edit: DataEdit): boolean {
  const isNew = edit.kind === 'set' && valueAt(data, edit.path) === undefined;
  const holder = isNew ? edit.path.slice(0, -1) : edit.path;
  if (edit.kind === 'append' || edit.kind === 'insert' || isNew) {
    if (isInsertion(before, after)) return true;
    const range = entryRange(before, holder);
    return range === undefined || (range.empty && changedOnlyWithin(before, after, range.from, range.to));
  }
  const range = entryRange(before, edit.path);
  if (range === undefined) return true;
  if (edit.kind === 'set') return changedOnlyWithin(before, after, range.from, range.to);
  const parent = entryRange(before, edit.path.slice(0, -1));
  return keepsNeighbours(before, after, range, parent?.from ?? 0);
}

/** A removed entry takes its line and its separators, never a neighbour's text. */
function keepsNeighbours(before: string, after: string, range: { from: number; to: number }, least: number): boolean {
  const lineStart = before.lastIndexOf('\n', range.from - 1) + 1;
  const from = Math.max(0, Math.min(lineStart - 2, least));
  return after.length < before.length + 4 && (changedOnlyWithin(before, after, from, range.to) || isInsertion(after, before));
}

/** Edits for each kind of file. */
const CROWD = Math.max(RUNS, 400);

describe('random documents', () => {
  test('every edit gives the asked data and keeps every other byte', () => {
    const tally: Tally = { accepted: 0, refused: [] };
    const property = fc.property(fc.integer(), choice, (seed, picked) => {
      const file = { path: 'phases/random.yaml', text: randomYaml(seed) };
      const parsed = parseYaml(file);
      if (parsed.diagnostics.length > 0) expect(parsed.diagnostics, file.text).toEqual([]);
      judge(file, picked, tally);
    });
    fc.assert(property, { numRuns: CROWD, seed: SEED });
    report('random', tally);
    expect(tally.accepted / (tally.accepted + tally.refused.length)).toBeGreaterThanOrEqual(0.99);
  }, 600_000);

  test('setting what is there already changes nothing, byte for byte, for text', () => {
    const property = fc.property(fc.integer(), fc.nat(), (seed, place) => {
      const file = { path: 'phases/random.yaml', text: randomYaml(seed) };
      expect(sameAgain(file, place), file.text).toBe(true);
    });
    fc.assert(property, { numRuns: RUNS, seed: SEED });
  });
});

/** Set one value to itself: nothing may move. */
function sameAgain(file: SourceFile, place: number): boolean {
  const data = parseYaml(file).data ?? null;
  const { all } = placesIn(data);
  const path = all[place % all.length];
  if (path === undefined) return true;
  const value = valueAt(data, path) ?? null;
  const result = applyEdits(loadFiles(file).project, [phaseEdit(file, { kind: 'set', path, value })]);
  return result.kind === 'refused' || (result.files[0]?.after ?? file.text) === file.text;
}

function report(name: string, { accepted, refused }: Tally): void {
  if (process.env.IAL_SHOW !== '1') return;
  const reasons = new Map<string, number>();
  for (const one of refused) {
    const reason = one.replace(/^.*?: (?:\S+: )?/, '').replaceAll(/"[^"]*"|\d+/g, '_');
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  process.stdout.write(
    `${name}: ${accepted} accepted, ${refused.length} refused ${JSON.stringify([...reasons])}\n${refused.slice(0, 5).join('\n')}\n`,
  );
}

function crowd(name: string, files: readonly SourceFile[], runs: number): Tally {
  const tally: Tally = { accepted: 0, refused: [] };
  const readable = files.filter((file) => parseYaml(file).diagnostics.length === 0);
  const both = readable.flatMap((file) => [file, withCrlf(file)]);
  const property = fc.property(fc.nat(), choice, (which, picked) => {
    const file = both[which % both.length];
    if (file !== undefined) judge(file, picked, tally);
  });
  fc.assert(property, { numRuns: runs, seed: SEED });
  report(name, tally);
  return tally;
}

function share({ accepted, refused }: Tally): number {
  return accepted / (accepted + refused.length);
}

describe('real files, in LF and CRLF', () => {
  test('our own phases', () => {
    expect(share(crowd('own phases', ownPhases, CROWD))).toBeGreaterThanOrEqual(0.995);
  }, 600_000);

  test.skipIf(!corpus)(
    "the original project's phases",
    () => {
      expect(share(crowd('legacy', corpusFiles('legacy-phases'), CROWD))).toBeGreaterThanOrEqual(0.995);
    },
    600_000,
  );

  test.skipIf(!corpus)(
    'templates of the corpus',
    () => {
      const files = [...corpusFiles('cfn-visible'), ...corpusFiles('ial-cfn-phases')];
      expect(share(crowd('corpus', files, CROWD))).toBeGreaterThanOrEqual(0.995);
    },
    600_000,
  );

  test('setting a value to itself moves nothing, in every file', () => {
    const folders = corpus ? (['legacy-phases', 'cfn-visible', 'ial-cfn-phases'] as const) : [];
    const files = [...ownPhases, ...folders.flatMap(corpusFiles)].flatMap((file) => [{ ...file, text: withLf(file.text) }, withCrlf(file)]);
    expect(files.length).toBeGreaterThanOrEqual(corpus ? 2 * (ownPhases.length + 138) : 2 * ownPhases.length);
    const moved = files.flatMap((file) => [1, 17, 99].filter((place) => !sameAgain(file, place)).map((place) => `${file.path} ${place}`));
    expect(moved).toEqual([]);
  }, 600_000);
});

function withLf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

describe('resources of real templates', () => {
  const files = [...ownPhases, ...corpusFiles('cfn-visible')].filter((file) => parseYaml(file).diagnostics.length === 0);
  const places = files.flatMap((file) => {
    const { project } = loadFiles(file);
    return (project.phases[0]?.resources ?? []).map(({ address, logicalId, pointer }) => ({ file, project, address, logicalId, pointer }));
  });
  const few = RUNS > 1000 ? RUNS : RUNS / 3;
  const sample = places.filter((_place, index) => index % Math.max(1, Math.floor(places.length / few)) === 0);
  const editedFile = (file: SourceFile, project: Project, edit: PhaseEdit): SourceFile => {
    const result = applyEdits(project, [edit]);
    if (result.kind === 'refused') throw new Error(`${file.path}: ${result.diagnostics[0]?.message}`);
    return { path: file.path, text: result.files[0]?.after ?? '' };
  };
  const codes = (file: SourceFile): string[] => {
    const { project, diagnostics } = loadFiles(file);
    return [...diagnostics, ...resolveProject(project, resolving).diagnostics].map(({ code }) => code).sort();
  };

  test('renamed: nothing refers to the old name, nothing new is wrong, and back again it means the same', () => {
    for (const { file, project, address, logicalId } of sample) {
      const renamed = editedFile(file, project, { kind: 'rename', address, to: 'Renamed0' });
      expect(codes(renamed), address).toEqual(codes(file));
      const phase = address.slice(0, address.lastIndexOf('/'));
      const back = editedFile(renamed, loadFiles(renamed).project, { kind: 'rename', address: `${phase}/Renamed0`, to: logicalId });
      const { Metadata: _moved, ...data } = parseYaml(back).data as { readonly [key: string]: Json };
      const { Metadata: _before, ...before } = parseYaml(file).data as { readonly [key: string]: Json };
      expect(equalJson(data, before), address).toBe(true);
    }
  }, 600_000);

  test('deleted: every other value stays; added again: the same data, at the end', () => {
    for (const { file, project, address, logicalId, pointer } of sample) {
      const data = parseYaml(file).data ?? null;
      const path = ['Resources', logicalId];
      const deleted = editedFile(file, project, { kind: 'delete-resource', address });
      expect(pointer).toBe(pointerOf(path));
      expect(equalJson(parseYaml(deleted).data, editData(data, { kind: 'remove', path })), address).toBe(true);
      const entry = valueAt(data, path) as { readonly Type: string; readonly Properties?: Properties };
      const added = editedFile(deleted, loadFiles(deleted).project, {
        kind: 'add-resource',
        file: file.path,
        logicalId,
        type: entry.Type,
        properties: entry.Properties ?? {},
      });
      const kept = { Type: entry.Type, ...(Object.keys(entry.Properties ?? {}).length > 0 ? { Properties: entry.Properties } : {}) };
      expect(equalJson(valueAt(parseYaml(added).data, path), kept as Json), address).toBe(true);
      expect(isInsertion(deleted.text, added.text) || Object.keys(valueAt(data, ['Resources']) ?? {}).length === 1, address).toBe(true);
    }
  }, 600_000);
});
