/** Renaming a resource: its key, every mention of it, and a `Moved` entry so that it is moved and not replaced. */
import { isList, isObject, segmentsOf, valueAt } from '../json/pointer.ts';
import type { Declaration, Json, Phase } from '../model.ts';
import { INTRINSIC_NAMES, splitAttribute, subParts } from '../resolve/intrinsics.ts';
import type { Change } from './data.ts';

/** The changes of a native phase in the order in which they must be made. `data`: the file's. */
export function renameChanges(phase: Phase, data: Json, from: string, to: string): readonly Change[] {
  return [
    ...mentionsOf(data, from, to, []),
    ...settingChanges(data, ['Metadata', 'IaL'], { phase: phase.id, from, to }),
    { kind: 'rename-key', path: ['Resources', from], to },
  ];
}

/** The same in a phase of the original project's form: the entry's key, or in a list its `name`. Mentions are placeholders (`placeholders.ts`). */
export function legacyRenameChanges(phase: Phase, data: Json, declaration: Declaration, to: string): readonly Change[] {
  const path = segmentsOf(declaration.pointer);
  const settings = settingChanges(data, ['ial'], { phase: phase.id, from: declaration.logicalId, to });
  const own: Change = phase.dialect === 'D2' ? { kind: 'set', path: [...path, 'name'], value: to } : { kind: 'rename-key', path, to };
  return [...settings, own];
}

interface Renaming {
  readonly phase: string;
  readonly from: string;
  readonly to: string;
}

/** What `Metadata.IaL` says about the resource follows its name; last, the move itself. */
function settingChanges(data: Json, at: readonly string[], renaming: Renaming): readonly Change[] {
  const { phase, from, to } = renaming;
  const settings = valueAt(data, at);
  const listed = (key: string): readonly (readonly [number, Json])[] => {
    const list = valueAt(settings, [key]);
    return isList(list) ? [...list.entries()] : [];
  };
  const names = (value: Json | undefined): boolean => value === from || value === `${phase}/${from}`;
  const renamed = (value: Json | undefined): string => (value === from ? to : `${phase}/${to}`);
  const followed: Change[] = [
    ...listed('Protect').flatMap(([index, item]): Change[] =>
      names(item) ? [{ kind: 'set', path: [...at, 'Protect', String(index)], value: renamed(item) }] : [],
    ),
    ...listed('Ignore').flatMap(([index, item]): Change[] => {
      const address = valueAt(item, ['Address']);
      return names(address) ? [{ kind: 'set', path: [...at, 'Ignore', String(index), 'Address'], value: renamed(address) }] : [];
    }),
  ];
  return [...followed, ...moveChanges(listed('Moved'), at, renaming)];
}

/** A row knows one earlier name at a time: a move that ended here is led on, and one that began where this one ends is over. */
function moveChanges(moves: readonly (readonly [number, Json])[], at: readonly string[], { phase, from, to }: Renaming): readonly Change[] {
  const whole = (name: Json | undefined): string => (typeof name !== 'string' || name.includes('/') ? String(name) : `${phase}/${name}`);
  const [old, fresh] = [`${phase}/${from}`, `${phase}/${to}`];
  const ledOn: Change[] = [];
  const over: Change[] = [];
  for (const [index, move] of moves) {
    const path = [...at, 'Moved', String(index)];
    if (whole(valueAt(move, ['From'])) === fresh) over.unshift({ kind: 'remove', path });
    else if (whole(valueAt(move, ['To'])) === old) ledOn.push({ kind: 'set', path: [...path, 'To'], value: fresh });
  }
  return [...ledOn, ...over, { kind: 'append', path: [...at, 'Moved'], value: { From: old, To: fresh } }];
}

const CALLS: ReadonlySet<string> = new Set(INTRINSIC_NAMES);

/** A `set` for each value that names the resource; whole function calls, so that short tags are written again as a whole. */
function mentionsOf(value: Json, from: string, to: string, path: readonly string[]): Change[] {
  if (isList(value)) return value.flatMap((item, index) => mentionsOf(item, from, to, [...path, String(index)]));
  if (!isObject(value)) return [];
  const [name, ...others] = Object.keys(value);
  if (name !== undefined && others.length === 0 && CALLS.has(name)) {
    const own = renamedCall(name, value[name] ?? null, from, to);
    if (own !== undefined) return [{ kind: 'set', path, value: { [name]: own } }];
  }
  return Object.entries(value).flatMap(([key, member]) => {
    if (key === 'DependsOn' && path.length === 2 && path[0] === 'Resources') return dependsOn(member, from, to, [...path, key]);
    return mentionsOf(member, from, to, [...path, key]);
  });
}

function dependsOn(value: Json, from: string, to: string, path: readonly string[]): Change[] {
  if (value === from) return [{ kind: 'set', path, value: to }];
  if (!isList(value)) return [];
  return value.flatMap((item, index): Change[] => (item === from ? [{ kind: 'set', path: [...path, String(index)], value: to }] : []));
}

/** The call's argument with the new name everywhere in it, or `undefined` when it does not name the resource itself. */
function renamedCall(name: string, argument: Json, from: string, to: string): Json | undefined {
  if (name === 'Ref') return argument === from ? to : undefined;
  if (name === 'Fn::GetAtt') return renamedAttribute(argument, from, to);
  if (name !== 'Fn::Sub') return undefined;
  if (typeof argument === 'string') return renamedSub(argument, new Set(), from, to);
  if (!isList(argument) || typeof argument[0] !== 'string') return undefined;
  const [text, variables, ...rest] = argument;
  const own = new Set(isObject(variables) ? Object.keys(variables) : []);
  const changed = renamedSub(text, own, from, to);
  // Both the text and the values of its own variables may name it; they are one value in the file.
  return changed === undefined ? undefined : [changed, ...(variables === undefined ? [] : [renamedWithin(variables, from, to)]), ...rest];
}

function renamedAttribute(argument: Json, from: string, to: string): Json | undefined {
  if (typeof argument === 'string') {
    const [target = '', ...attribute] = splitAttribute(argument);
    return target === from ? [to, ...attribute].join('.') : undefined;
  }
  return isList(argument) && argument[0] === from ? [to, ...argument.slice(1)] : undefined;
}

function renamedWithin(value: Json, from: string, to: string): Json {
  if (isList(value)) return value.map((item) => renamedWithin(item, from, to));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const call = CALLS.has(key) ? renamedCall(key, member, from, to) : undefined;
      return [key, call ?? renamedWithin(member, from, to)];
    }),
  );
}

/** @param own variables of the call itself: they hide a resource of the same name */
function renamedSub(text: string, own: ReadonlySet<string>, from: string, to: string): string | undefined {
  const isOurs = (name: string): boolean => !own.has(name) && (name === from || name.startsWith(`${from}.`));
  if (!subParts(text).some((part) => 'name' in part && isOurs(part.name))) return undefined;
  return text.replaceAll(/\$\{([^!}][^}]*)\}/g, (whole, inner: string) => {
    const name = inner.trim();
    return isOurs(name) ? `\${${to}${name.slice(from.length)}}` : whole;
  });
}
