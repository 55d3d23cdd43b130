/**
 * What connects migrated phases: logical ids for the old names, parameters for placeholders, and an Output with a Parameter of the same
 * name for every value that one phase takes from another.
 */
import { placeholdersIn } from '../dialects/bind.ts';
import { isList, isObject } from '../json/pointer.ts';
import type { Address, Declaration, Json, JsonObject, Phase, Project } from '../model.ts';
import { type Intrinsic, intrinsicOf } from '../resolve/intrinsics.ts';
import type { ResourceFacts } from '../schema/facts.ts';

/** A phase being written anew (or, for a native one, given outputs). */
export interface Draft {
  readonly phase: Phase;
  readonly parameters: Map<string, JsonObject>;
  readonly outputs: Map<string, JsonObject>;
}

/** Marks a Ref as that of a placeholder: no logical id and no address holds braces. */
const markOf = (name: string): string => `{{${name}}}`;

export class Wiring {
  readonly #project: Project;
  readonly #facts: (type: string) => ResourceFacts | undefined;
  readonly #drafts: ReadonlyMap<string, Draft>;
  readonly #resources: ReadonlyMap<Address, Declaration>;
  /** New logical ids by old address. */
  readonly ids: ReadonlyMap<Address, string>;
  /** Names that mean something already, in any phase. */
  readonly #taken: Set<string>;
  readonly #outputs = new Map<string, string>();
  /** Parameter by placeholder name. */
  readonly placeholders = new Map<string, string>();

  constructor(project: Project, migrated: readonly Phase[], facts: (type: string) => ResourceFacts | undefined) {
    this.#project = project;
    this.#facts = facts;
    this.#drafts = new Map(project.phases.map((phase) => [phase.id, { phase, parameters: new Map(), outputs: new Map() }]));
    const all = project.phases.flatMap((phase) => phase.resources);
    this.#resources = new Map(all.map((resource) => [resource.address, resource]));
    this.ids = new Map(migrated.flatMap(logicalIds));
    const named = project.phases.flatMap((phase) => [...phase.parameters, ...phase.outputs].map(({ name }) => name));
    this.#taken = new Set([...named, ...Object.keys(project.parameters), ...this.ids.values(), ...all.map(({ logicalId }) => logicalId)]);
  }

  draft(phase: string): Draft {
    const found = this.#drafts.get(phase);
    if (found === undefined) throw new Error(`no phase ${phase}`);
    return found;
  }

  /** What `bindLegacy` puts for a placeholder whose value is given. */
  readonly parameter = (name: string): Json | undefined =>
    Object.hasOwn(this.#project.parameters, name) || OWN_VALUES.has(name) ? { Ref: markOf(name) } : undefined;

  /** A bound value in native form, for a resource of `draft`. */
  value(bound: Json, draft: Draft): Json {
    if (typeof bound === 'string') return this.#text(bound, draft);
    if (isList(bound)) return bound.map((item) => this.value(item, draft));
    if (!isObject(bound)) return bound;
    const call = intrinsicOf(bound);
    if (call === undefined) return Object.fromEntries(Object.entries(bound).map(([key, item]) => [key, this.value(item, draft)]));
    return this.#call(call, draft);
  }

  #call({ name, argument }: Intrinsic, draft: Draft): Json {
    const join = name === 'Fn::Join' && isList(argument) && argument[0] === '' && isList(argument[1]) ? argument[1] : undefined;
    if (join !== undefined) return joined(join.flatMap((part) => partsOf(this.value(part, draft))));
    const target = isList(argument) ? argument[0] : argument;
    if (name === 'Ref' && typeof target === 'string') return this.#reference(target, undefined, draft);
    if (name === 'Fn::GetAtt' && isList(argument) && typeof target === 'string')
      return this.#reference(target, argument.slice(1).join('.'), draft);
    return { [name]: this.value(argument, draft) };
  }

  /** A placeholder that nothing provides becomes a parameter without a value: the same problem, in the same place. */
  #text(text: string, draft: Draft): Json {
    const parts: Json[] = [];
    let last = 0;
    for (const { token, name, index } of placeholdersIn(text)) {
      parts.push(text.slice(last, index), this.#placeholder(name, draft));
      last = index + token.length;
    }
    return last === 0 ? text : joined([...parts, text.slice(last)]);
  }

  #placeholder(name: string, draft: Draft): Json {
    const known = this.placeholders.get(name) ?? this.#free(pascal(name));
    this.placeholders.set(name, known);
    const given = Object.hasOwn(this.#project.parameters, name);
    const fallback = given ? undefined : OWN_VALUES.get(name)?.(this.#project);
    const secret = /passw|secret|token/i.test(name) ? { NoEcho: true } : {};
    draft.parameters.set(known, { Type: 'String', ...secret, ...(fallback === undefined ? {} : { Default: fallback }) });
    return { Ref: known };
  }

  #reference(target: string, attribute: string | undefined, draft: Draft): Json {
    const mark = /^\{\{(\w+)\}\}$/.exec(target)?.[1];
    if (mark !== undefined) return this.#placeholder(mark, draft);
    const resource = this.#resources.get(target as Address);
    if (resource === undefined) return attribute === undefined ? { Ref: target } : { 'Fn::GetAtt': [target, attribute] };
    const id = this.ids.get(resource.address) ?? resource.logicalId;
    const own = attribute === undefined ? { Ref: id } : { 'Fn::GetAtt': [id, attribute] };
    return resource.phase === draft.phase.id ? own : this.#across(resource, attribute, own, draft);
  }

  /** From an earlier phase by Output and Parameter; a later one exports it, since outputs go forward only. */
  #across(resource: Declaration, attribute: string | undefined, value: Json, draft: Draft): Json {
    const key = `${resource.address}.${attribute ?? 'Ref'}`;
    const name = this.#outputs.get(key) ?? this.#free(this.#outputName(resource, attribute));
    this.#outputs.set(key, name);
    const provider = this.draft(resource.phase);
    const order = (phase: Phase): number => this.#project.phases.indexOf(phase);
    const forward = order(provider.phase) < order(draft.phase);
    const before = provider.outputs.get(name);
    const exported = forward ? before?.Export : { Name: `${this.#project.name}-${name}` };
    provider.outputs.set(name, { Value: value, ...(exported === undefined ? {} : { Export: exported }) });
    if (!forward) return { 'Fn::ImportValue': `${this.#project.name}-${name}` };
    draft.parameters.set(name, { Type: 'String', Description: `Output of ${provider.phase.id}` });
    return { Ref: name };
  }

  #outputName(resource: Declaration, attribute: string | undefined): string {
    const id = this.ids.get(resource.address) ?? resource.logicalId;
    if (attribute !== undefined) return `${id}${pascal(attribute)}`;
    const ref = this.#facts(resource.type)?.ref ?? [];
    const suffix = /(Id|Arn|Name|Url)$/.exec(ref.length === 1 ? (ref[0] ?? '') : '')?.[1] ?? 'Ref';
    return id.endsWith(suffix) ? id : `${id}${suffix}`;
  }

  #free(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#taken.has(name); count++) name = `${wanted}${count}`;
    this.#taken.add(name);
    return name;
  }
}

/** Placeholders that have a value without anyone giving one. */
const OWN_VALUES: ReadonlyMap<string, (project: Project) => string> = new Map([
  ['PROJECT_NAME', (project: Project) => project.name],
  ['EXECUTOR_NAME', () => 'ial'],
]);

function logicalIds(phase: Phase): (readonly [Address, string])[] {
  const used = new Set<string>();
  return phase.resources.map(({ address, logicalId, type }) => {
    const wanted = pascal(logicalId) || pascal(type.split('::').at(-1) ?? 'Resource');
    let id = wanted;
    for (let count = 2; used.has(id); count++) id = `${wanted}${count}`;
    used.add(id);
    return [address, id] as const;
  });
}

/** `sg_alb_cloudfront_only` and `{{PROJECT_NAME}}-sg-alb` to `SgAlbCloudfrontOnly` and `SgAlb`. */
export function pascal(name: string): string {
  const words = name
    .replaceAll(/\{\{\w+\}\}/g, ' ')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  return words
    .map((word) => word.charAt(0).toUpperCase() + (word === word.toUpperCase() ? word.slice(1).toLowerCase() : word.slice(1)))
    .join('');
}

/** Pieces of a text that was joined already, so that joins do not nest. */
function partsOf(value: Json): readonly Json[] {
  const call = intrinsicOf(value);
  if (call?.name !== 'Fn::Join' || !isList(call.argument) || !isList(call.argument[1])) return [value];
  return call.argument[1];
}

/** One text of pieces: plain, or a `Fn::Sub` where every piece has a name, or else a `Fn::Join`. */
function joined(pieces: readonly Json[]): Json {
  const parts = pieces.filter((part) => part !== '');
  if (parts.every((part) => typeof part === 'string')) return parts.join('');
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const names = parts.map(subName);
  return names.some((name) => name === undefined) ? { 'Fn::Join': ['', parts] } : { 'Fn::Sub': names.join('') };
}

function subName(part: Json): string | undefined {
  if (typeof part === 'string') return part.replaceAll('${', '${!');
  const call = intrinsicOf(part);
  if (call?.name === 'Ref' && typeof call.argument === 'string') return `\${${call.argument}}`;
  return call?.name === 'Fn::GetAtt' && isList(call.argument) ? `\${${call.argument.join('.')}}` : undefined;
}
