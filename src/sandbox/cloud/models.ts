/** From what was asked for to what there is, and from what there is to what a read shows. */

import jsonPatch from 'fast-json-patch';
import { ServiceError } from '../errors.ts';
import { isObject, type Json, type JsonObject, mapAt, sameJson, tokensOf, valuesAt, without } from '../json.ts';
import { givenName, madeUpName, withAdded, withDefaults, withNames, withReadOnly } from './generate.ts';
import { HandlerFailure } from './records.ts';
import type { TypeFacts } from './schemas.ts';
import { modelProblems } from './validate.ts';

export interface TypeInfo {
  readonly type: string;
  readonly facts: TypeFacts;
  readonly schema: JsonObject;
}

const drop = (model: JsonObject, pointers: readonly string[]) =>
  pointers.reduce<Json>((at, pointer) => without(at, tokensOf(pointer)), model) as JsonObject;

/** @throws HandlerFailure `InvalidRequest` naming every problem. */
export function requireValid(info: TypeInfo, desired: JsonObject): void {
  const problems = modelProblems(info.schema, desired);
  if (problems.length > 0) throw new HandlerFailure('InvalidRequest', `Model validation failed (${problems.join('; ')})`);
}

/** The complete model of a new resource. @throws HandlerFailure `InvalidRequest`. */
export function madeFrom(info: TypeInfo, desired: JsonObject): JsonObject {
  const set = info.facts.readOnly.filter((pointer) => valuesAt(desired, tokensOf(pointer)).length > 0);
  if (set.length > 0) {
    const names = set.map((pointer) => `/properties${pointer}`).join(', ');
    throw new HandlerFailure('InvalidRequest', `Encountered unsupported properties: read-only properties [${names}] cannot be set`);
  }
  requireValid(info, desired);
  const name = givenName(info.type, desired, info.facts) ?? madeUpName(info.type);
  let model = withDefaults(desired, info.facts);
  model = withNames({ ...info, model, name });
  model = withAdded({ ...info, model, name });
  return withReadOnly({ ...info, model, name });
}

/** What AWS gives back: nothing write-only. */
export const readable = (info: TypeInfo, model: JsonObject) => drop(model, info.facts.writeOnly);

/** As a read shows it: lists without an order of their own come in any order. */
export function shown(info: TypeInfo, model: JsonObject): JsonObject {
  const shuffle = (value: Json | undefined) => (Array.isArray(value) ? shuffled(value) : value);
  return info.facts.unordered.reduce<Json>((at, pointer) => mapAt(at, tokensOf(pointer), shuffle), readable(info, model)) as JsonObject;
}

function shuffled(list: readonly Json[]): Json[] {
  const rest = [...list];
  for (let at = rest.length - 1; at > 0; at -= 1) {
    const other = Math.floor(Math.random() * (at + 1));
    [rest[at], rest[other]] = [rest[other] as Json, rest[at] as Json];
  }
  return rest;
}

/** @throws ServiceError `InvalidRequestException` for text that is not a JSON object. */
export function parseModel(text: string, name: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isObject(parsed)) return parsed;
  } catch {
    // Falls through to the one message for both.
  }
  throw new ServiceError('InvalidRequestException', `${name} is not a JSON object`);
}

/**
 * The model after a patch, applied to what a read shows: write-only values vanish unless the patch brings them again.
 * @throws ServiceError `InvalidRequestException` (bad patch, failed test) or `NotUpdatableException`.
 */
export function patched(info: TypeInfo, model: JsonObject, document: string): JsonObject {
  const before = readable(info, model);
  const after = applied(before, document);
  const differs = (pointer: string) =>
    !sameJson(valuesAt(before, tokensOf(pointer)), valuesAt(after, tokensOf(pointer))) && !info.facts.writeOnly.includes(pointer);
  const fixed = info.facts.createOnly.filter(differs);
  if (fixed.length > 0) {
    const names = fixed.map((pointer) => `/properties${pointer}`).join(', ');
    throw new ServiceError('NotUpdatableException', `Invalid patch update: createOnlyProperties [${names}] cannot be updated`);
  }
  const readOnly = info.facts.readOnly.filter((pointer) => !pointer.includes('*') && differs(pointer));
  if (readOnly.length > 0) {
    const names = readOnly.map((pointer) => `/properties${pointer}`).join(', ');
    throw new ServiceError('InvalidRequestException', `Invalid patch update: readOnlyProperties [${names}] cannot be updated`);
  }
  return after;
}

function applied(before: JsonObject, document: string): JsonObject {
  try {
    const operations = JSON.parse(document);
    return jsonPatch.applyPatch(structuredClone(before), operations, true, true, true).newDocument as JsonObject;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new ServiceError('InvalidRequestException', `Invalid patch document: ${why}`);
  }
}

/** What a person could have asked for: no read-only values. */
export const desiredPart = (info: TypeInfo, model: JsonObject) => drop(model, info.facts.readOnly);
