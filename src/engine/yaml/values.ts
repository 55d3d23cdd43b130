/** From the tree to JSON: scalars by YAML's core rules, read with care, and intrinsics in long form. */
import type { Json } from '../model.ts';
import { longForm } from '../resolve/intrinsics.ts';
import { syntaxHint } from './hints.ts';
import type { YamlNode } from './tree.ts';
import type { Report } from './yaml.ts';

interface Limits {
  readonly nodes: number;
  readonly aliases: number;
}

interface Reading {
  readonly report: Report;
  readonly limits: Limits;
  readonly anchors: Map<string, { readonly data: Json; readonly weight: number }>;
  nodes: number;
  aliases: number;
  full: boolean;
}

const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** The tree as JSON. Problems go to `report`; what cannot be read is left out. */
export function toData(root: YamlNode, limits: Limits, report: Report): Json {
  return dataOf(root, { report, limits, anchors: new Map(), nodes: 0, aliases: 0, full: false });
}

function dataOf(node: YamlNode, reading: Reading): Json {
  const before = reading.nodes;
  if (++reading.nodes > reading.limits.nodes) return tooLarge(node, reading);
  const content = contentOf(node, reading);
  const data = node.intrinsic === undefined ? content : longForm(node.intrinsic, content);
  if (node.intrinsic === undefined && node.tag !== undefined && !node.tag.startsWith('tag:yaml.org')) {
    reading.report(
      'unknown-tag',
      `${node.tag} is not a CloudFormation function`,
      node.start,
      'only CloudFormation short tags are read',
      node.tag.length,
    );
  }
  if (node.anchor !== undefined) reading.anchors.set(node.anchor, { data, weight: reading.nodes - before });
  return data;
}

function contentOf(node: YamlNode, reading: Reading): Json {
  switch (node.kind) {
    case 'empty':
      return null;
    case 'scalar':
      return scalarValue(node);
    case 'alias':
      return aliasValue(node, reading);
    case 'seq':
      return node.entries.map((entry) => dataOf(entry.value, reading));
    case 'map':
      return mapValue(node, reading);
  }
}

function mapValue(node: YamlNode, reading: Reading): Json {
  const data: { [key: string]: Json } = {};
  for (const entry of node.entries) {
    const length = entry.keyEnd - entry.keyStart;
    if (entry.badKey) reading.report('yaml-key', 'a key must be plain text', entry.keyStart, 'a mapping or list cannot be a key', length);
    else if (REFUSED_KEYS.has(entry.key))
      reading.report('yaml-key', `the key ${entry.key} is refused`, entry.keyStart, 'rename the key', length);
    else if (Object.hasOwn(data, entry.key)) {
      reading.report('duplicate-key', `the key ${entry.key} stands twice in one mapping`, entry.keyStart, 'keep one of the two', length);
      // Read all the same, so that every duplicate is named; an empty first one gives way.
      const other = dataOf(entry.value, reading);
      data[entry.key] ??= other;
    } else data[entry.key] = dataOf(entry.value, reading);
  }
  return data;
}

function aliasValue(node: YamlNode, reading: Reading): Json {
  const target = reading.anchors.get(node.text ?? '');
  if (!target) {
    reading.report(
      'yaml-syntax',
      `the alias *${node.text} has no anchor before it`,
      node.start,
      syntaxHint('BAD_ALIAS'),
      node.end - node.start,
    );
    return null;
  }
  reading.nodes += target.weight;
  if (++reading.aliases > reading.limits.aliases || reading.nodes > reading.limits.nodes) return tooLarge(node, reading);
  return target.data;
}

function tooLarge(node: YamlNode, reading: Reading): Json {
  if (!reading.full)
    reading.report(
      'yaml-too-large',
      `more than ${reading.limits.nodes} values or ${reading.limits.aliases} aliases`,
      node.start,
      'write the values out, in several files',
    );
  reading.full = true;
  return null;
}

function scalarValue(node: YamlNode): Json {
  const text = node.text ?? '';
  if (node.tag === 'tag:yaml.org,2002:str' || node.intrinsic !== undefined || node.style !== 'plain') return text;
  return plainValue(text);
}

/**
 * What an unquoted scalar means: null, true, false, a number that prints as it was written, else text. So `012345678901`, `1.10`,
 * `0x1F` and integers past 2^53 stay text, and so do YAML 1.1's `yes` and `on`.
 */
export function plainValue(text: string): Json {
  if (text === '' || text === '~' || text === 'null' || text === 'Null' || text === 'NULL') return null;
  if (text === 'true' || text === 'True' || text === 'TRUE') return true;
  if (text === 'false' || text === 'False' || text === 'FALSE') return false;
  if (!/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return text;
  const number = Number(text);
  return String(number) === text.replace(/\.0+$/, '') && !Object.is(number, -0) ? number : text;
}
