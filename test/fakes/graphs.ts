/** Random projects of the small types, and random changes of them: create, update, replace and delete. */
import type { Project, Properties } from '../../src/engine/model.ts';
import type { Random } from '../../src/engine/ports.ts';
import { projectOf, type ResourceEntry } from './project.ts';
import { below, pick } from './random.ts';

export interface Node {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly kind: string;
  /** Names of earlier nodes. */
  readonly uses: readonly string[];
  readonly named: boolean;
  readonly secret: boolean;
}

const CRASH_TYPES = ['Test::Svc::Tagged', 'Test::Svc::Named', 'Test::Svc::Bare'] as const;

function randomNode(random: Random, name: string, earlier: readonly string[]): Node {
  return {
    name,
    type: pick(random, CRASH_TYPES),
    size: below(random, 10),
    kind: pick(random, ['plain', 'strong']),
    uses: earlier.filter(() => random.next() < 0.3).slice(0, 3),
    named: random.next() < 0.3,
    secret: random.next() < 0.2,
  };
}

/** @param most nodes at most; at least one */
export function randomGraph(random: Random, most: number): readonly Node[] {
  const nodes: Node[] = [];
  for (let index = 0; index <= below(random, most); index += 1) {
    const earlier = nodes.map((node) => node.name);
    nodes.push(randomNode(random, `N${index}`, earlier));
  }
  return nodes;
}

/** The same graph after some edits. */
export function mutated(random: Random, nodes: readonly Node[]): readonly Node[] {
  const kept = nodes.filter(() => random.next() < 0.8);
  const names = new Set(kept.map((node) => node.name));
  const changed = kept.map((node) => ({
    ...node,
    uses: node.uses.filter((name) => names.has(name)),
    size: random.next() < 0.4 ? below(random, 10) : node.size,
    kind: random.next() < 0.2 ? pick(random, ['plain', 'strong', 'odd']) : node.kind,
  }));
  const added = Array.from({ length: below(random, 3) }, (_none, index) =>
    randomNode(
      random,
      `A${below(random, 1_000_000)}x${index}`,
      changed.map((node) => node.name),
    ),
  );
  return [...changed, ...added];
}

function entryOf(node: Node): ResourceEntry {
  const Properties: Properties = {
    Kind: node.kind,
    Size: node.size,
    Uses: node.uses.map((Ref) => ({ Ref })),
    Members: ['b', 'a', 'c'],
    ...(node.named ? { Name: `given-${node.name.toLowerCase()}` } : {}),
    ...(node.secret ? { Secret: `s3cret-${node.name}` } : {}),
  };
  return { Type: node.type, Properties };
}

export function projectOfGraph(nodes: readonly Node[]): Project {
  const empty: ResourceEntry = { Type: 'Test::Svc::Tagged', Properties: { Kind: 'anchor' } };
  return projectOf({ '01-graph': { Anchor: empty, ...Object.fromEntries(nodes.map((node) => [node.name, entryOf(node)])) } });
}
