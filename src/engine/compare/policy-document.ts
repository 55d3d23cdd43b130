/** Policy documents in one spelling, so that two texts of one policy are one value. */
import { canonicalJson } from '../json/canonical.ts';
import { isList, isObject } from '../json/paths.ts';
import type { Json, JsonObject } from '../model.ts';

/** Every statement has an effect: AWS WAF rules have a `Statement` too and are no policies. */
export function isPolicy(value: Json | undefined): value is JsonObject {
  if (!isObject(value) || !(isList(value.Statement) || isObject(value.Statement))) return false;
  return asList(value.Statement).every((statement) => isObject(statement) && 'Effect' in statement);
}

/** One statement, as the types have it that add it to a policy of their parent. */
export function isStatement(value: Json | undefined): value is JsonObject {
  return isObject(value) && (value.Effect === 'Allow' || value.Effect === 'Deny') && ('Action' in value || 'NotAction' in value);
}

/** Policy documents in one spelling: lists for scalars, statements and their lists in canonical order. Others come back unchanged. */
export function canonicalPolicy(document: Json): Json {
  if (!isPolicy(document)) return isStatement(document) ? canonicalStatement(document) : document;
  const statements = asList(document.Statement).map(canonicalStatement);
  return { ...document, Statement: sorted(statements) };
}

function canonicalStatement(statement: Json): Json {
  if (!isObject(statement)) return statement;
  const copy: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(statement)) {
    if (/^(Not)?(Action|Resource)$/.test(key)) copy[key] = sorted(asList(value));
    else if (/^(Not)?Principal$/.test(key) && isObject(value)) copy[key] = listMembers(value, accountRoot);
    else if (key === 'Condition' && isObject(value)) copy[key] = conditionLists(value);
    else copy[key] = value;
  }
  return copy;
}

function conditionLists(condition: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(condition).map(([operator, keys]) => [operator, isObject(keys) ? listMembers(keys) : keys]));
}

function listMembers(value: JsonObject, spelled: (value: Json) => Json = scalarText): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sorted(asList(member).map(spelled))]));
}

/** An account id as principal is that account's root. */
function accountRoot(value: Json): Json {
  const account = typeof value === 'string' ? /^arn:[\w-]+:iam::(\d{12}):root$/.exec(value)?.[1] : undefined;
  return account ?? value;
}

/** IAM compares condition values as text: `true` and `"true"` are one value there. */
function scalarText(value: Json): Json {
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;
}

function asList(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function sorted(list: readonly Json[]): Json[] {
  return [...list].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
}
