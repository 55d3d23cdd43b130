/** One change of one file: splice, parse again, compare with the same change on data. What does not come out equal is refused. */
import { equalJson } from '../json/canonical.ts';
import { pointerOf, valueAt } from '../json/pointer.ts';
import type { Json, SourceFile } from '../model.ts';
import { findNode, type ParsedYaml, parseYaml, type YamlNode } from '../yaml/yaml.ts';
import { type Change, changedData } from './data.ts';
import { type Source, spliceFor } from './splice.ts';
import { styleOf } from './style.ts';
import { means } from './verify.ts';

export type Changed = { readonly file: SourceFile } | { readonly problem: string };

const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** @returns the new file; every byte outside one range is the old one's */
export function changeText(file: SourceFile, change: Change): Changed {
  const parsed = parseYaml(file);
  // A tag nobody knows hides one value; the rest of the file is read as it stands, and every byte of the tag stays.
  const errors = parsed.diagnostics.filter(({ severity, code }) => severity === 'error' && code !== 'unknown-tag');
  const [error] = errors;
  if (error !== undefined || parsed.root === undefined || parsed.data === undefined) {
    return {
      problem: `${file.path} cannot be read${error?.at === undefined ? '' : ` at line ${error.at.line}`}: ${error?.message ?? 'it is empty'}`,
    };
  }
  if (change.path.some((segment) => REFUSED_KEYS.has(segment))) return { problem: 'that key is refused' };
  const expected = changedData(parsed.data, change);
  if ('problem' in expected) return expected;
  if (equalJson(parsed.data, expected.data)) return { file };
  return firstThatHolds(file, { ...parsed, root: parsed.root, data: parsed.data }, change, expected.data);
}

type Readable = ParsedYaml & { readonly root: YamlNode; readonly data: Json };

function firstThatHolds(file: SourceFile, parsed: Readable, change: Change, expected: Json): Changed {
  let problem = 'the edited text would not mean what was asked';
  for (const one of [change, ...wholeCall(parsed.root, change, expected)]) {
    for (const source of sourcesOf(file, parsed.root)) {
      const splice = spliceFor(source, one);
      if (typeof splice === 'string') {
        if (one === change) problem = splice;
        continue;
      }
      const text = file.text.slice(0, splice.start) + splice.text + file.text.slice(splice.end);
      if (means(parsed, text, splice, one, expected)) return { file: { path: file.path, text } };
    }
  }
  return { problem };
}

/** Ways of writing, the nicest first: rarely, a short tag or a block of lines does not mean the same in its new place. */
function sourcesOf({ text }: SourceFile, root: YamlNode): readonly Source[] {
  const style = styleOf(text, root);
  const own = { text, root, style, keep: true };
  return [
    own,
    { ...own, keep: false },
    { ...own, keep: false, style: { ...style, shortTags: false } },
    { ...own, keep: false, style: { ...style, shortTags: false, literals: false } },
  ];
}

/** The same change as setting the function call around it: the arguments of a short tag cannot always be changed alone. */
function wholeCall(root: YamlNode, change: Change, expected: Json): Change[] {
  for (let length = 1; length <= change.path.length; length++) {
    const path = change.path.slice(0, length);
    const { node, rest } = findNode(root, pointerOf(path));
    if (rest.length > 0) return [];
    const value = node.intrinsic === undefined ? undefined : valueAt(expected, path);
    if (value !== undefined) return [{ kind: 'set', path, value }];
  }
  return [];
}
