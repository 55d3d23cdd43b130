/** Keeps secrets out of prompts, logs, commit messages and tool results. Shape is all that is known here, so it errs on hiding. */
import type { Json } from '../engine/model.ts';

const HIDDEN = '(redacted)';

/** Text that is a secret by its own shape, wherever it stands. Every repetition has an end: a model or a file may send a megabyte of it. */
const SECRET_SHAPES: readonly RegExp[] = [
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}\b/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}\b/g,
  /\bsk-[A-Za-z0-9_-]{20,}\b/g,
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{5,2000}\b/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@]{1,200}:)[^\s@/]{1,500}@/gi;
const SECRET_KEY = /(?:password|passwd|secret|token|private_?key|credential|api_?key|access_?key|auth_?key)$/i;
const KEY_VALUE =
  /((?:password|passwd|senha|secret|auth_?token|private_?key|api_?key|access_?key)["']?\s{0,100}(?:[:=]|\bis\b|\bé\b)\s{0,100})(["']?)(?!\{\{|!|\$\{)([^\s"',}]{3,})\2/gi;

/** The text with whatever looks like a secret replaced by `(redacted)`. */
export function redactText(text: string): string {
  const shaped = SECRET_SHAPES.reduce((kept, shape) => kept.replace(shape, HIDDEN), text);
  return shaped.replace(URL_PASSWORD, `$1${HIDDEN}@`).replace(KEY_VALUE, `$1$2${HIDDEN}$2`);
}

/** True when a property of this name holds a secret itself, not a pointer to one (`MasterUserPassword`, not `SecretArn`). */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** The value with secret properties and secret-shaped text hidden; dynamic references and intrinsics stay, they hold no secret. */
export function redactJson(value: Json, key = ''): Json {
  if (typeof value === 'string') return redactString(value, key);
  if (typeof value === 'number' && isSecretKey(key)) return HIDDEN;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => redactJson(item, key));
  const named = namedSecret(value as { readonly [key: string]: Json });
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, redactJson(item, named && /^value$/i.test(name) ? named : name)]),
  );
}

function redactString(value: string, key: string): string {
  if (isSecretKey(key) && !value.startsWith('{{resolve:')) return HIDDEN;
  return redactText(value);
}

/** `{Name: DB_PASSWORD, Value: ...}`: the sibling `Name` says what `Value` is. */
function namedSecret(value: { readonly [key: string]: Json }): string | undefined {
  const name = value.Name ?? value.name ?? value.Key ?? value.ParameterKey;
  return typeof name === 'string' && isSecretKey(name) ? name : undefined;
}

/** One line of at most `limit` characters without control characters: for trailers, subjects and titles. */
export function oneLine(text: string, limit: number): string {
  const flat = redactText(text)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}

/** Whether something in it was hidden. */
export function hidesSecret(value: Json): boolean {
  return JSON.stringify(value).includes(HIDDEN);
}
