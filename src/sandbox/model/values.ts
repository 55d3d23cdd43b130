/** The value a slot takes for what a clause wants; `undefined` when it cannot be meant for it. */
import type { Change } from './changes.ts';
import type { Slot } from './slots.ts';
import { type Amount, valueFor } from './units.ts';
import type { Data } from './wire.ts';

export function newValue(change: Change | undefined, slot: Slot): Data | undefined {
  if (change === undefined) return undefined;
  if (change.kind === 'switch') return switched(slot, change.on);
  if (change.kind === 'text') return textFor(slot, change.text);
  return numberFor(change, slot);
}

export function textsAllowed(slot: Slot): string[] {
  return slot.allowed.filter((value): value is string => typeof value === 'string');
}

// ---------------------------------------------------------------------------------------------------------------- numbers

function numberFor(change: Exclude<Change, { kind: 'switch' | 'text' }>, slot: Slot): Data | undefined {
  const numeric =
    /integer|number/.test(slot.type) || typeof slot.now === 'number' || (typeof slot.now === 'string' && /^-?\d+(\.\d+)?$/.test(slot.now));
  const text = slot.now === undefined && /string/.test(slot.type) && slot.allowed.length === 0;
  if (!numeric && !text) return undefined;
  const now = Number(slot.now);
  const amount = change.kind === 'times' ? Number.NaN : (ageFor(change.amount, slot) ?? amountFor(change.amount, slot));
  // A bare count for a text that is not set could be anything.
  if (!numeric && change.kind === 'to' && change.amount.dimension === 'count') return undefined;
  const raw = change.kind === 'to' ? amount : change.kind === 'times' ? now * change.factor : now + change.sign * (amount ?? Number.NaN);
  if (raw === undefined || !Number.isFinite(raw) || (Number.isInteger(now) && !Number.isInteger(raw))) return undefined;
  if (isFarOff(change, slot, raw)) return undefined;
  const written = slot.now === undefined ? !numeric : typeof slot.now === 'string';
  return written ? String(raw) : raw;
}

/** A property that no schema describes and that holds 30 does not count in the seconds of 14 days. */
function isFarOff(change: Change, { now, described }: Slot, raw: number): boolean {
  if (described || change.kind !== 'to' || change.amount.dimension !== 'time' || !Number.isFinite(Number(now)) || Number(now) <= 0)
    return false;
  return raw / Number(now) > 500;
}

const NAMES_UNIT = /(Days|Hours|Minutes|Seconds|Millis|GB|GiB|MB|MiB)$/i;

/** In the unit that the parameter behind it names, else in that of the property. */
function amountFor(amount: Amount, slot: Slot): number | undefined {
  const behind =
    slot.source?.kind === 'parameter' && NAMES_UNIT.test(String(slot.source.name))
      ? valueFor(amount, slot.resource.type, String(slot.source.name))
      : undefined;
  return behind ?? valueFor(amount, slot.resource.type, unitName(slot));
}

/** An alarm counts in what its metric counts in. */
function ageFor(amount: Amount, slot: Slot): number | undefined {
  if (amount.dimension !== 'time' || slot.path.at(-1) !== 'Threshold') return undefined;
  const metric = String(slot.resource.properties.MetricName ?? '');
  if (/Duration|Latency$/.test(metric)) return amount.base * 1000;
  return /Age|Time|Lag|Delay/.test(metric) ? amount.base : undefined;
}

/** The name that says what the number counts in: of a pair, its key. */
function unitName(slot: Slot): string {
  // `DataStorage: {Maximum: 5}` counts in what data storage counts in.
  const name = slot.path.findLast((part) => !/^(\d+|Maximum|Minimum|Fn::If)$/.test(part)) ?? '';
  return /^(Value|value)$/.test(name) ? slot.name.join('_') : name;
}

// --------------------------------------------------------------------------------------------------------------- switches

const POSITIVE = /^(enabled?|on|active|true|yes)$/i;
const NEGATIVE = /^(disabled?|off|inactive|suspended|paused|false|no)$/i;

/** The value that switches a slot on or off; a property named for the opposite is turned round. */
function switched(slot: Slot, on: boolean): Data | undefined {
  if (slot.on !== undefined) return on ? slot.on : undefined;
  const inverse = slot.name.some((word) => /^(disabled?|suspended|skip)$/.test(word));
  const wanted = inverse ? !on : on;
  const texts = textsAllowed(slot);
  const named = texts.find((text) => (wanted ? POSITIVE : NEGATIVE).test(text));
  if (named !== undefined || texts.length > 0) return named;
  if (typeof slot.now === 'string') return spelledAs(slot.now, wanted);
  return /boolean/.test(slot.type) ? wanted : undefined;
}

const PAIRS: readonly (readonly [string, string])[] = [
  ['true', 'false'],
  ['enabled', 'disabled'],
  ['on', 'off'],
  ['yes', 'no'],
  ['active', 'inactive'],
];

/** In the words and letters that stand there now. */
function spelledAs(now: string, on: boolean): string | undefined {
  const text = PAIRS.find((pair) => pair.includes(now.toLowerCase()))?.[on ? 0 : 1];
  if (text === undefined || now === now.toLowerCase()) return text;
  return now === now.toUpperCase() ? text.toUpperCase() : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

// ------------------------------------------------------------------------------------------------------------------ texts

/** A text the slot can take: an allowed one, or one of the shape that stands there now. */
export function textFor(slot: Slot, text: string): Data | undefined {
  const texts = textsAllowed(slot);
  const listed = texts.find((one) => one.toLowerCase() === text.toLowerCase());
  // Lists of runtimes are older than the newest runtime.
  if (texts.length > 0 && (listed !== undefined || shapeOf(text) !== 'runtime' || shapeOf(String(slot.now)) !== 'runtime')) return listed;
  if (!/string/.test(slot.type)) return undefined;
  if (slot.now === undefined) return fitsName(slot, text) ? text : undefined;
  if (typeof slot.now !== 'string') return undefined;
  if (slot.path.at(-1) === 'Image' && /^v?\d|^latest$/.test(text)) return `${slot.now.replace(/:[\w.[\]{}-]*$/, '')}:${text}`;
  return shapeOf(slot.now) === shapeOf(text) ? text : undefined;
}

type Shape = 'day window' | 'week window' | 'runtime' | 'schedule' | 'address' | 'path' | 'arn' | 'class' | 'version' | 'number' | 'word';

/** What a name promises to hold, where nothing stands there yet. */
function fitsName(slot: Slot, text: string): boolean {
  const name = slot.path.at(-1) ?? '';
  const wanted: readonly (readonly [RegExp, Shape])[] = [
    [/Path$/, 'path'],
    [/Cidr/, 'address'],
    [/Arn$|Kms\w*Key(?:Id)?$|KMS\w*Key\w*$/, 'arn'],
    [/(Class|InstanceType|NodeType)$/, 'class'],
    [/Version$/, 'version'],
    [/^(?!Role|User|Group|Policy).*[a-z]Name$/, 'word'],
  ];
  const shape = wanted.find(([pattern]) => pattern.test(name))?.[1];
  return shape !== undefined && shape === shapeOf(text);
}

export function shapeOf(text: string): Shape {
  if (/^(nodejs|python|java|dotnet|dotnetcore|ruby|go|provided)\d*[\d.]*\w*$/.test(text) && /\d/.test(text)) return 'runtime';
  if (/^(rate|cron|at)\(.*\)$/.test(text)) return 'schedule';
  if (/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/.test(text)) return 'address';
  if (/^(\w{3}:)?\d\d:\d\d-(\w{3}:)?\d\d:\d\d$/.test(text)) return text.length > 12 ? 'week window' : 'day window';
  if (text.startsWith('/')) return 'path';
  if (text.startsWith('arn:')) return 'arn';
  if (/^(db|cache|ml|dms)\.\w+\.\w+$/.test(text) || /^[a-z]+\d\w*\.\w+$/.test(text)) return 'class';
  if (/^\d+(\.\d+)+$/.test(text)) return 'version';
  return /^-?\d+(\.\d+)?$/.test(text) ? 'number' : 'word';
}
