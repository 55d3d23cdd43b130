/** Take references out of what stays, so that a resource can go. Where a schema demands the value, what holds it goes, up to the resource itself. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { type Edit, pointer } from '../reply.ts';
import { type Declared, type Listed, listAll, readAll } from '../resources.ts';
import { asList, asObject, asText, type Data, type DataObject, isList, isObject } from '../wire.ts';

/** What exists only to join two others or to watch one: without it, it says nothing. */
const JOINS =
  /(Policy|Attachment|Association|Permission|Subscription|Alarm|Route|Ingress|Egress|MountTarget|EventSourceMapping|Alias|ListenerRule|Listener|RecordSet|Dashboard|ScalingPolicy|ScalableTarget|UserToGroupAddition|InstanceProfile|MetricFilter|SubscriptionFilter)$/;
const MOST_ROUNDS = 3;

export type Unhooked =
  | { readonly kind: 'free'; readonly edits: readonly Edit[]; readonly along: readonly Declared[]; readonly changed: readonly string[] }
  | { readonly kind: 'blocked'; readonly by: readonly string[] };

type Path = readonly string[];

export async function unhook(dialogue: Dialogue, doomed: readonly Declared[], focus: Focus): Promise<Unhooked> {
  const listed = await listAll(dialogue);
  const going = new Map(doomed.map((resource) => [resource.address, resource]));
  const cuts = new Map<string, { readonly resource: Declared; readonly paths: Path[] }>();
  const blocked: string[] = [];
  let fresh: readonly Declared[] = doomed;
  for (let round = 0; round < MOST_ROUNDS && fresh.length > 0; round += 1) {
    const users = await usersOf(dialogue, fresh, listed, (address) => going.has(address) || focus.isGone(address));
    const names = new Set(fresh.map(({ name }) => name));
    const known = await knownOf(dialogue, users, names);
    const next: Declared[] = [];
    for (const user of users) {
      const places = placesOf(user.properties, names).filter((path) => !focus.hasRerouted(user.address, path));
      const removable = places.map((path) => removableAt(user, path, known.get(user.address) ?? NOTHING));
      const joining = JOINS.test(user.type) && removable.some((path) => path?.length === 1 && !isList(user.properties[path[0] ?? '']));
      if (!removable.includes(undefined) && !joining)
        cuts.set(user.address, { resource: user, paths: [...(cuts.get(user.address)?.paths ?? []), ...(removable as Path[])] });
      else if (JOINS.test(user.type)) next.push(user);
      else blocked.push(user.address);
    }
    for (const one of next) going.set(one.address, one);
    fresh = next;
  }
  if (blocked.length > 0 || fresh.length > 0) return { kind: 'blocked', by: [...blocked, ...fresh.map(({ address }) => address)] };
  const along = [...going.values()].filter((one) => !doomed.includes(one));
  const staying = [...cuts.values()].filter(({ resource }) => !going.has(resource.address));
  const edits = [
    ...staying.flatMap(({ resource, paths }) => cutEdits(resource, paths)),
    ...(await outputEdits(dialogue, [...going.values()])),
  ];
  return { kind: 'free', edits, along, changed: staying.map(({ resource }) => resource.address) };
}

async function usersOf(
  dialogue: Dialogue,
  fresh: readonly Declared[],
  listed: readonly Listed[],
  gone: (address: string) => boolean,
): Promise<Declared[]> {
  const addresses = new Set(fresh.flatMap(({ usedBy }) => usedBy).filter((address) => !gone(address)));
  return readAll(
    dialogue,
    listed.filter(({ address }) => addresses.has(address)),
  );
}

/** Pointers of a type that its schema knows, and those that it demands. */
interface Known {
  readonly paths: ReadonlySet<string>;
  readonly required: ReadonlySet<string>;
}

const NOTHING: Known = { paths: new Set(), required: new Set() };

/** Only as far as the references stand: types have hundreds of paths, and a list of them is cut. */
async function knownOf(dialogue: Dialogue, users: readonly Declared[], names: ReadonlySet<string>): Promise<Map<string, Known>> {
  const calls = users.map((user) => {
    const parts = placesOf(user.properties, names).flatMap((path) => path.filter((part) => !/^\d+$|^Fn::/.test(part)));
    return { name: 'describe_type', input: { type: user.type, find: [...new Set(parts)].join(' ').slice(0, 190) } };
  });
  const described = await dialogue.tools(calls);
  return new Map(
    users.map((user, index) => {
      const result = described[index] ?? {};
      const lines = asList(result.properties).map(asObject);
      const top = asList(result.required).map((name) => `/${asText(name)}`);
      const required = lines.filter((line) => line.required === true).map(({ path }) => asText(path));
      return [user.address, { paths: new Set(lines.map(({ path }) => asText(path))), required: new Set([...top, ...required]) }] as const;
    }),
  );
}

/** Where the names are referred to, as paths to the whole value that holds the reference. */
function placesOf(value: Data, names: ReadonlySet<string>, path: Path = []): Path[] {
  if (isList(value)) return value.flatMap((item, index) => placesOf(item, names, [...path, String(index)]));
  if (!isObject(value)) return [];
  if (Object.keys(value).some((key) => key === 'Ref' || (key.startsWith('Fn::') && key !== 'Fn::If')))
    return refers(value, names) ? [path] : [];
  return Object.entries(value).flatMap(([key, item]) => placesOf(item, names, [...path, key]));
}

function refers(value: DataObject, names: ReadonlySet<string>): boolean {
  const text = JSON.stringify(value);
  return [...names].some(
    (name) =>
      text.includes(`{"Ref":"${name}"}`) ||
      text.includes(`"Fn::GetAtt":["${name}"`) ||
      text.includes(`"Fn::GetAtt":"${name}.`) ||
      text.includes(`\${${name}}`) ||
      text.includes(`\${${name}.`),
  );
}

/** Parts of a policy statement: without one of them the statement means something else. */
const STATEMENT_PART = /^(Resource|Principal|Action|Condition|NotResource|NotPrincipal|AWS|Service)$/;

/** The smallest part that can go; `undefined` when the resource cannot be without it. */
function removableAt(user: Declared, path: Path, known: Known): Path | undefined {
  if (path.length === 0) return undefined;
  const parent = path.slice(0, -1);
  const last = path.at(-1) ?? '';
  const holder = valueAt(user.properties, parent);
  if (isList(holder)) return listItem(user, path, holder.length, known);
  // Failed messages without a queue to go to are no redrive policy.
  if (last === 'deadLetterTargetArn') return removableAt(user, parent, known);
  const inStatement = path.includes('Statement') && (STATEMENT_PART.test(last) || path.includes('Condition'));
  const alone = parent.length > 0 && isObject(holder) && Object.keys(holder).length === 1;
  if (inStatement || alone || isOperand(path)) return removableAt(user, parent, known);
  const schema = `/${path.map((part) => (/^\d+$/.test(part) ? '*' : part)).join('/')}`;
  if (known.required.has(schema)) return removableAt(user, parent, known);
  // What the schema does not describe is left alone, policies apart.
  return known.paths.has(schema) || hasFreeKeys(known, schema.slice(0, schema.lastIndexOf('/'))) || path.includes('Statement')
    ? path
    : undefined;
}

/** The only item of a list may go with the list when it is nothing but the reference: a list of things without its only thing is none. */
function listItem(user: Declared, path: Path, length: number, known: Known): Path | undefined {
  const parent = path.slice(0, -1);
  if (length > 1 && !isOperand(parent)) return path;
  const reference = Object.keys(asObject(valueAt(user.properties, path))).some((key) => key === 'Ref' || key.startsWith('Fn::'));
  return reference || isOperand(parent) || parent.includes('Statement') ? removableAt(user, parent, known) : undefined;
}

/** A map of names that people choose, such as environment variables. */
function hasFreeKeys({ paths }: Known, parent: string): boolean {
  return paths.has(parent) && ![...paths].some((path) => path.startsWith(`${parent}/`) && path !== `${parent}/*`);
}

/** Within an intrinsic nothing can go by itself. */
function isOperand(path: Path): boolean {
  return path.some((part) => part.startsWith('Fn::'));
}

function valueAt(value: Data | undefined, path: Path): Data | undefined {
  return path.reduce<Data | undefined>((held, key) => (isList(held) ? held[Number(key)] : asObject(held)[key]), value);
}

/** From the back of each list, so that indexes hold; what lies in a removed part is gone with it. */
function cutEdits(resource: Declared, paths: readonly Path[]): Edit[] {
  const outer = [...new Map(paths.map((path) => [pointer(path), path])).values()].filter(
    (path) => !paths.some((other) => other.length < path.length && pointer(path).startsWith(`${pointer(other)}/`)),
  );
  return outer.sort(compare).map((path) => ({ kind: 'remove', target: { address: resource.address, path: pointer(path) } }));
}

function compare(a: Path, b: Path): number {
  const key = (path: Path) => path.map((part) => part.padStart(8, '0')).join('/');
  return key(b).localeCompare(key(a));
}

/** Outputs of the same files that speak of what goes. */
async function outputEdits(dialogue: Dialogue, going: readonly Declared[]): Promise<Edit[]> {
  const files = [...new Set(going.map(({ file }) => file))];
  const read = await dialogue.tools(files.map((phase) => ({ name: 'read_phase', input: { phase } })));
  return files.flatMap((file, index) => {
    const names = new Set(going.filter((one) => one.file === file).map(({ name }) => name));
    return asList(read[index]?.outputs)
      .map(asObject)
      .filter(({ value }) => isObject(value) && placesOf({ value }, names).length > 0)
      .map(({ name }) => ({ kind: 'remove', target: { file, pointer: pointer(['Outputs', asText(name)]) } }));
  });
}
