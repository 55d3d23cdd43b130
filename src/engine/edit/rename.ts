/** Renaming a resource in a native phase: its key, every mention of it, and a `Moved` entry so that it is not replaced. */
import { INTRINSIC_NAMES, subParts } from '../intrinsics.ts';
import type { Address, Json, Phase } from '../model.ts';
import { isList, isObject } from '../pointer.ts';
import type { Change } from './data.ts';

/** The changes in the order in which they must be made. `data`: the file's. */
export function renameChanges(phase: Phase, data: Json, from: string, to: string): readonly Change[] {
  const mentions = mentionsOf(data, from, to, []);
  const moved = { From: `${phase.id}/${from}` as Address, To: `${phase.id}/${to}` as Address };
  return [
    ...mentions,
    { kind: 'append', path: ['Metadata', 'IaL', 'Moved'], value: moved },
    { kind: 'rename-key', path: ['Resources', from], to },
  ];
}

const CALLS: ReadonlySet<string> = new Set(INTRINSIC_NAMES);

/** A `set` for each value that names the resource; whole function calls, so that short tags are written again as a whole. */
function mentionsOf(value: Json, from: string, to: string, path: readonly string[]): Change[] {
  if (isList(value)) return value.flatMap((item, index) => mentionsOf(item, from, to, [...path, String(index)]));
  if (!isObject(value)) return [];
  const [name, ...others] = Object.keys(value);
  if (name !== undefined && others.length === 0 && CALLS.has(name)) {
    const renamed = renamedCall(name, value[name] ?? null, from, to);
    if (renamed !== undefined) return [{ kind: 'set', path, value: { [name]: renamed } }];
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

/** The call's argument with the new name, or `undefined` when it does not name the resource. */
function renamedCall(name: string, argument: Json, from: string, to: string): Json | undefined {
  if (name === 'Ref') return argument === from ? to : undefined;
  if (name === 'Fn::GetAtt' && isList(argument)) return argument[0] === from ? [to, ...argument.slice(1)] : undefined;
  if (name !== 'Fn::Sub') return undefined;
  if (typeof argument === 'string') return renamedSub(argument, from, to);
  if (!isList(argument) || typeof argument[0] !== 'string') return undefined;
  const text = renamedSub(argument[0], from, to);
  return text === undefined ? undefined : [text, ...argument.slice(1)];
}

function renamedSub(text: string, from: string, to: string): string | undefined {
  const named = subParts(text).some((part) => 'name' in part && (part.name === from || part.name.startsWith(`${from}.`)));
  if (!named) return undefined;
  return text.replaceAll(/\$\{([^!}][^}]*)\}/g, (whole, inner: string) => {
    const name = inner.trim();
    if (name === from) return `\${${to}}`;
    return name.startsWith(`${from}.`) ? `\${${to}${name.slice(from.length)}}` : whole;
  });
}
