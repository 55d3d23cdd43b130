/**
 * What phases 00b and 00c say about every deployment of a project: two SSM parameters with JSON, read by people's machines, CI and the drift
 * function alike. An absent parameter or key means the default; guardrails can be made stricter, never weaker.
 */
import { APPLY_LIMITS, type ApplyLimits } from './apply/operation.ts';
import { IalError } from './errors.ts';
import { isList, isObject } from './json/paths.ts';
import type { Diagnostic, GuardrailLevel, IgnoreRule, Json, JsonObject, Pointer, TypeName } from './model.ts';
import type { Lookup } from './ports.ts';
import { LOCK_TIMES, type LockTimes } from './state/lock.ts';
import type { DriftSeverity } from './state/records.ts';

/** A property of every resource of a type that is neither changed nor reported as drift. */
export type TypeIgnore = Omit<IgnoreRule, 'address'> & { readonly type: TypeName };

export interface ProjectSettings {
  readonly lock: LockTimes;
  readonly apply: ApplyLimits;
  /** Rule id -> the least level its findings have. */
  readonly guardrails: { readonly [rule: string]: GuardrailLevel };
  /** Added to each resource that can be tagged, unless its phase sets the same key. */
  readonly tags: { readonly [key: string]: string };
  readonly ignore: readonly TypeIgnore[];
  readonly notify: DriftNotices;
}

/** Which drift people are told of, and how often. */
export interface DriftNotices {
  readonly minimum: DriftSeverity;
  /** What is still open is told again after so long; absent: once. */
  readonly remindMs?: number;
}

export const DEFAULT_SETTINGS: ProjectSettings = {
  lock: LOCK_TIMES,
  apply: APPLY_LIMITS,
  guardrails: {},
  tags: {},
  ignore: [],
  notify: { minimum: 'LOW' },
};

/** Names of the two parameters, as phases 00b and 00c write them. */
export function settingNames(project: string): { readonly engine: string; readonly rules: string } {
  return { engine: `/ial/${project}/reconciliation-engine`, rules: `/ial/${project}/guardrails` };
}

/**
 * Read both parameters.
 * @param known  rule ids that exist; another one is a mistake that would leave a wish without effect
 * @throws IalError `CONFIG_INVALID` naming parameter and key; `CREDENTIALS`, `CLOUD_UNREACHABLE`, `CLOUD_REQUEST_FAILED` (not allowed to read)
 */
export async function readSettings(
  lookup: Pick<Lookup, 'dynamicReference'>,
  project: string,
  known: readonly string[],
): Promise<ProjectSettings> {
  const names = settingNames(project);
  const [engineText, rulesText] = await Promise.all([parameterText(lookup, names.engine), parameterText(lookup, names.rules)]);
  if (engineText === undefined && rulesText === undefined) return DEFAULT_SETTINGS;
  const engine = new Section(names.engine, engineText ?? '{}', ['lease', 'concurrency', 'retries']);
  const rules = new Section(names.rules, rulesText ?? '{}', ['guardrails', 'tags', 'ignore', 'notify']);
  const lease = engine.section('lease', ['beat', 'stop', 'steal', 'safety']);
  const retries = engine.section('retries', ['attempts', 'pending']);
  return {
    lock: lockTimes(lease),
    apply: {
      ...APPLY_LIMITS,
      concurrency: engine.integer('concurrency', 256) ?? APPLY_LIMITS.concurrency,
      attempts: retries.integer('attempts', 20) ?? APPLY_LIMITS.attempts,
      pendingMs: milliseconds(retries, 'pending', APPLY_LIMITS.pendingMs),
    },
    guardrails: guardrailLevels(rules, known),
    tags: rules.texts('tags'),
    ignore: rules.list('ignore').map(ignoreRule),
    notify: driftNotices(rules.section('notify', ['minimum', 'remindHours'])),
  };
}

async function parameterText(lookup: Pick<Lookup, 'dynamicReference'>, name: string): Promise<string | undefined> {
  try {
    return await lookup.dynamicReference(`resolve:ssm:${name}`);
  } catch (error) {
    if (error instanceof IalError && error.code === 'CLOUD_REQUEST_FAILED') {
      const { handlerCode } = (error as IalError<'CLOUD_REQUEST_FAILED'>).details;
      if (handlerCode === 'ParameterNotFound') return undefined;
    }
    throw error;
  }
}

/** A lease whose holder could act after another took over is no lease. */
function lockTimes(lease: Section): LockTimes {
  const times: LockTimes = {
    ...LOCK_TIMES,
    beatMs: milliseconds(lease, 'beat', LOCK_TIMES.beatMs),
    stopMs: milliseconds(lease, 'stop', LOCK_TIMES.stopMs),
    stealMs: milliseconds(lease, 'steal', LOCK_TIMES.stealMs),
    safetyMs: milliseconds(lease, 'safety', LOCK_TIMES.safetyMs),
  };
  if (times.beatMs < times.stopMs && times.stopMs < times.stealMs && times.stealMs <= times.safetyMs) return times;
  throw lease.wrong('', 'beat < stop < steal <= safety must hold; the defaults are 30, 180, 300 and 1800 seconds');
}

function milliseconds(section: Section, key: string, fallback: number): number {
  const seconds = section.integer(key, 86_400);
  return seconds === undefined ? fallback : seconds * 1_000;
}

const STRICTER: readonly string[] = ['moderate', 'severe', 'refuse'] satisfies GuardrailLevel[];

function guardrailLevels(rules: Section, known: readonly string[]): ProjectSettings['guardrails'] {
  const levels = rules.texts('guardrails');
  for (const [rule, level] of Object.entries(levels)) {
    if (!known.includes(rule)) throw rules.wrong(`guardrails.${rule}`, `is no rule; the rules are ${known.join(', ')}`);
    if (!STRICTER.includes(level)) throw rules.wrong(`guardrails.${rule}`, `must be one of ${STRICTER.join(', ')}`);
  }
  return levels as ProjectSettings['guardrails'];
}

const SEVERITIES: readonly DriftSeverity[] = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

function driftNotices(notify: Section): DriftNotices {
  const minimum = notify.choice('minimum', SEVERITIES) ?? 'LOW';
  const hours = notify.integer('remindHours', 8_760);
  return { minimum, ...(hours === undefined ? {} : { remindMs: hours * 3_600_000 }) };
}

function ignoreRule(rule: Section): TypeIgnore {
  rule.only(['type', 'path', 'reason', 'author', 'until']);
  const { type = '', path = '', reason = '', author = '', until } = rule.texts('');
  if (!path.startsWith('/') || type === '' || reason === '' || author === '')
    throw rule.wrong('', 'needs type, path (a JSON pointer), reason and author');
  if (until !== undefined && Number.isNaN(Date.parse(until))) throw rule.wrong('until', 'is not a time such as 2027-01-31T00:00:00Z');
  return { type: type as TypeName, path: path as Pointer, reason, author, ...(until === undefined ? {} : { until }) };
}

/** One object of a parameter's JSON, with its place for messages. An unknown key is a mistake, not a comment. */
class Section {
  readonly #parameter: string;
  readonly #place: string;
  readonly #value: JsonObject;

  constructor(parameter: string, source: string | JsonObject, keys: readonly string[], place = '') {
    this.#parameter = parameter;
    this.#place = place;
    this.#value = typeof source === 'string' ? this.#parsed(source) : source;
    if (keys.length > 0) this.only(keys);
  }

  only(keys: readonly string[]): void {
    const unknown = Object.keys(this.#value).find((key) => !keys.includes(key));
    if (unknown !== undefined) throw this.wrong(unknown, `is not known; the keys are ${keys.join(', ')}`);
  }

  section(key: string, keys: readonly string[]): Section {
    const value = this.#value[key] ?? {};
    if (!isObject(value)) throw this.wrong(key, 'must be an object');
    return new Section(this.#parameter, value, keys, this.#at(key));
  }

  list(key: string): Section[] {
    const value = this.#value[key] ?? [];
    if (!isList(value)) throw this.wrong(key, 'must be a list');
    return value.map((item, index) => {
      if (!isObject(item)) throw this.wrong(`${key}.${index}`, 'must be an object');
      return new Section(this.#parameter, item, [], this.#at(`${key}.${index}`));
    });
  }

  integer(key: string, most: number): number | undefined {
    const value = this.#value[key];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw this.wrong(key, `must be a whole number from 1 to ${most}`);
  }

  choice<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const value = this.#value[key];
    const found = choices.find((one) => one === value);
    if (value !== undefined && found === undefined) throw this.wrong(key, `must be one of ${choices.join(', ')}`);
    return found;
  }

  /** The texts of an object below `key`; of this one for the empty key. */
  texts(key: string): { readonly [name: string]: string } {
    const value: Json = key === '' ? this.#value : (this.#value[key] ?? {});
    if (!isObject(value)) throw this.wrong(key, 'must be an object');
    const other = Object.entries(value).find(([, text]) => typeof text !== 'string');
    if (other !== undefined) throw this.wrong(key === '' ? other[0] : `${key}.${other[0]}`, 'must be a text');
    return value as { readonly [name: string]: string };
  }

  wrong(key: string, message: string): IalError<'CONFIG_INVALID'> {
    const place = this.#at(key);
    const hint = 'correct it in the phase that owns the parameter: 00b-reconciliation-engine or 00c-reconciliation-wrapper';
    const text = `parameter ${this.#parameter}: ${place === '' ? '' : `${place} `}${message}`;
    const diagnostic: Diagnostic = { severity: 'error', code: 'settings-invalid', message: text, hint };
    return new IalError('CONFIG_INVALID', text, { diagnostics: [diagnostic] }, { hint });
  }

  #at(key: string): string {
    return [this.#place, key].filter((part) => part !== '').join('.');
  }

  #parsed(text: string): JsonObject {
    let value: Json = null;
    try {
      value = JSON.parse(text) as Json;
    } catch {
      // Told below, like any other value that is no object.
    }
    if (!isObject(value)) throw this.wrong('', 'its value is not a JSON object');
    return value;
  }
}
