/** What giving a property a value comes to: the edit, what goes with it, and the words for it. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { type Edit, proposal, setProperty, type Understood } from '../reply.ts';
import type { Slot } from '../slots.ts';
import { plain } from '../tokenise.ts';
import { asObject, asText, type Data } from '../wire.ts';

/** A place and its new value. */
export interface Assignment {
  readonly slot: Slot;
  readonly value: Data;
}

export function assignOne(dialogue: Dialogue, focus: Focus, chosen: Assignment): Understood {
  focus.on(chosen.slot.resource);
  if (sameValue(chosen.slot.now, chosen.value)) return alreadySo(dialogue, chosen);
  const meant = ofItAlone(dialogue, chosen);
  return proposal([editOf(meant), ...impliedBy(meant)], describeChange(dialogue, meant));
}

export function assignAll(dialogue: Dialogue, focus: Focus, all: readonly Assignment[]): Understood {
  focus.on(...all.map(({ slot }) => slot.resource));
  const changed = all.filter(({ slot, value }) => !sameValue(slot.now, value));
  const [first] = all;
  if (changed.length === 0) return first === undefined ? '' : alreadySo(dialogue, first);
  return proposal(
    changed.flatMap((one) => [editOf(one), ...impliedBy(one)]),
    changed.map((one) => describeChange(dialogue, one)).join(' '),
  );
}

export function sameValue(now: Data | undefined, value: Data): boolean {
  return now !== undefined && String(now) === String(value);
}

/** Two slots fed by one parameter are one place. */
export function distinct<Place extends Assignment>(candidates: readonly Place[]): Place[] {
  return [
    ...new Map(candidates.map((candidate) => [JSON.stringify([editOf(candidate).target, candidate.slot.pair?.key]), candidate])).values(),
  ];
}

export function editOf({ slot, value }: Assignment): Edit {
  const { source, pair, resource } = slot;
  if (pair !== undefined) {
    const target = { address: resource.address, path: `/${pair.list}` };
    const item = pair.item(value);
    return resource.properties[pair.list] === undefined ? { kind: 'set', target, value: [item] } : { kind: 'append', target, value: item };
  }
  if (source?.pointer !== undefined) return { kind: 'set', target: { file: source.file ?? '', pointer: source.pointer }, value };
  return setProperty(slot.resource, slot.path, value);
}

/** `only above 5000` says how much, and not of which. */
const ALONE = /\b(?:only|just|apenas|somente) (?:for|on|of|in|para|n[ao]|d[ao]|em)\b|\balone\b|\b(?:only|apenas|somente)\s*[.!]?$/;

/** `for the replica only`: a parameter that others share is not the place. */
function ofItAlone(dialogue: Dialogue, { slot, value }: Assignment): Assignment {
  const { source, ...own } = slot;
  const alone = ALONE.test(plain(dialogue.sentence)) && Number(source?.usedBy ?? 0) > 1;
  return alone ? { slot: own, value } : { slot, value };
}

const EXCLUDES = [{ property: 'BillingMode', is: 'PAY_PER_REQUEST', removes: 'ProvisionedThroughput' }] as const;

/** Switches that are one setting: neither is valid without the other. */
const TOGETHER: readonly { readonly parent: string; readonly one: string; readonly other: string; readonly value: Data }[] = [
  { parent: 'DeploymentCircuitBreaker', one: 'Rollback', other: 'Enable', value: true },
  { parent: 'DeploymentCircuitBreaker', one: 'Enable', other: 'Rollback', value: false },
  { parent: 'SSESpecification', one: 'SSEType', other: 'SSEEnabled', value: true },
  { parent: 'SSESpecification', one: 'KMSMasterKeyId', other: 'SSEEnabled', value: true },
];

function broughtAlong({ slot }: Assignment): Edit[] {
  const [own = '', parent = ''] = [slot.path.at(-1), slot.path.at(-2)];
  const held = slot.path.slice(0, -1).reduce<Data | undefined>((inside, key) => asObject(inside)[key], slot.resource.properties);
  return TOGETHER.filter((rule) => rule.parent === parent && rule.one === own && asObject(held)[rule.other] === undefined).map((rule) =>
    setProperty(slot.resource, [...slot.path.slice(0, -1), rule.other], rule.value),
  );
}

/** What cannot stand beside the new value, and what it cannot stand without. */
function impliedBy({ slot, value }: Assignment): Edit[] {
  const names = EXCLUDES.filter(({ property, is }) => slot.path.at(-1) === property && value === is).map(({ removes }) => removes);
  const removed = names
    .filter((name) => Object.hasOwn(slot.resource.properties, name))
    .map((name): Edit => ({ kind: 'remove', target: { address: slot.resource.address, path: `/${name}` } }));
  return [...removed, ...broughtAlong({ slot, value })];
}

export function describeChange(dialogue: Dialogue, { slot, value }: Assignment): string {
  const { resource, path, now, source } = slot;
  const from = now === undefined ? dialogue.words('not set', 'não definido') : asText(now);
  const behind = source
    ? dialogue.words(` (through ${asText(source.kind)} ${asText(source.name)})`, ` (pelo ${asText(source.kind)} ${asText(source.name)})`)
    : '';
  return dialogue.words(
    `Sets ${path.join('.')} of ${resource.address} (${resource.at}) from ${from} to ${asText(value)}${behind}.`,
    `Muda ${path.join('.')} de ${resource.address} (${resource.at}) de ${from} para ${asText(value)}${behind}.`,
  );
}

export function alreadySo(
  dialogue: Dialogue,
  { slot, value }: { readonly slot: Pick<Slot, 'path' | 'resource'>; readonly value: Data },
): string {
  const held = slot.path.reduce<Data | undefined>((inside, key) => asObject(inside)[key], slot.resource.properties);
  const shown = typeof value === 'object' ? JSON.stringify(held ?? value) : asText(value);
  const what = `${slot.path.join('.')} = ${shown} (${slot.resource.address}, ${slot.resource.at})`;
  return dialogue.words(`It is already so: ${what}. Nothing to change.`, `Já está assim: ${what}. Nada a mudar.`);
}
