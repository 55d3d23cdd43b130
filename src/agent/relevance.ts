/** Which resources a sentence is about, by words: for the repository map and for `list_resources`. Ranking only, never a decision. */
import { isObject } from '../engine/json/pointer.ts';
import type { Declaration, Json } from '../engine/model.ts';
import { oneLine } from './redact.ts';

const ABOUT_KEYS = /(Name|Description|Comment)$/;

/** `AlbSecurityGroup` -> `alb security group`; accents removed, so that `função` and `funcao` are one word. */
export function wordsIn(text: string): string[] {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 1);
}

/** What a resource says about itself: names and descriptions among its properties, at most `limit` characters. */
export function aboutOf(resource: Declaration, limit = 100): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(resource.properties)) {
    if (typeof value === 'string' && ABOUT_KEYS.test(key)) parts.push(value);
    if (key.endsWith('Tags')) parts.push(...tagNames(value));
  }
  return oneLine(parts.join('; '), limit);
}

function tagNames(value: Json): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((tag) => (isObject(tag) && tag.Key === 'Name' && typeof tag.Value === 'string' ? [tag.Value] : []));
}

/** The resources, those that share most words with `text` first; equal ones keep their order. */
export function ranked(resources: readonly Declaration[], text: string): Declaration[] {
  const wanted = new Set(wordsIn(text));
  if (wanted.size === 0) return [...resources];
  const scored = resources.map((resource) => ({ resource, score: scoreOf(resource, wanted) }));
  return scored.sort((a, b) => b.score - a.score).map((entry) => entry.resource);
}

function scoreOf(resource: Declaration, wanted: ReadonlySet<string>): number {
  const count = (text: string, weight: number) => new Set(wordsIn(text).filter((word) => wanted.has(word))).size * weight;
  const service = resource.type.split('::').slice(1).join(' ');
  return count(resource.logicalId, 3) + count(service, 2) + count(aboutOf(resource), 1) + count(resource.phase, 0.5);
}
