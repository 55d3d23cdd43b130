/** Direct dependencies between desired resources. */
import type { Address, Desired } from '../model.ts';

export type DependencyGraph = Map<Address, Set<Address>>;

/** Each address with the addresses it needs first. Dependencies on resources outside `desired` are left out. */
export function dependencyGraph(desired: readonly Pick<Desired, 'address' | 'dependencies'>[]): DependencyGraph {
  const known = new Set(desired.map((resource) => resource.address));
  return new Map(desired.map(({ address, dependencies }) => [address, new Set(dependencies.filter((other) => known.has(other)))]));
}

type Node = Pick<Desired, 'address' | 'dependencies'>;

/** What the dependencies of one list of resources say: worked out once, and again only when a dependency is another. */
export class GraphMemory {
  #nodes: readonly Node[] = [];
  #order: readonly Address[] = [];
  #cycle: readonly Address[] | undefined;

  /** Addresses, each after what it needs. */
  order(nodes: readonly Node[]): readonly Address[] {
    this.#follow(nodes);
    return this.#order;
  }

  cycle(nodes: readonly Node[]): readonly Address[] | undefined {
    this.#follow(nodes);
    return this.#cycle;
  }

  #follow(nodes: readonly Node[]): void {
    const isSame = nodes.length === this.#nodes.length && nodes.every((node, index) => isSameNode(node, this.#nodes[index]));
    this.#nodes = nodes;
    if (isSame) return;
    const graph = dependencyGraph(nodes);
    this.#order = topological(graph);
    this.#cycle = findCycle(graph);
  }
}

function isSameNode(one: Node, other: Node | undefined): boolean {
  if (one === other) return true;
  if (other === undefined || one.address !== other.address) return false;
  return (
    one.dependencies.length === other.dependencies.length && one.dependencies.every((needed, index) => needed === other.dependencies[index])
  );
}

/** One cycle as a path whose last address needs the first, or `undefined`. Iterative: deep graphs do not overflow the stack. */
export function findCycle(graph: ReadonlyMap<Address, ReadonlySet<Address>>): Address[] | undefined {
  const done = new Set<Address>();
  for (const start of graph.keys()) {
    const cycle = done.has(start) ? undefined : cycleFrom(start, graph, done);
    if (cycle) return cycle;
  }
  return undefined;
}

function cycleFrom(start: Address, graph: ReadonlyMap<Address, ReadonlySet<Address>>, done: Set<Address>): Address[] | undefined {
  const path: Address[] = [start];
  const onPath = new Set<Address>(path);
  const iterators = [(graph.get(start) ?? new Set<Address>()).values()];
  while (path.length > 0) {
    const next = iterators.at(-1)?.next();
    if (!next || next.done) {
      const finished = path.pop();
      iterators.pop();
      if (finished) {
        onPath.delete(finished);
        done.add(finished);
      }
    } else if (onPath.has(next.value)) {
      return path.slice(path.indexOf(next.value));
    } else if (!done.has(next.value)) {
      path.push(next.value);
      onPath.add(next.value);
      iterators.push((graph.get(next.value) ?? new Set<Address>()).values());
    }
  }
  return undefined;
}

/** Addresses in an order where each comes after what it needs; ties keep the graph's own order. Addresses on a cycle come last. */
export function topological(graph: ReadonlyMap<Address, ReadonlySet<Address>>): Address[] {
  const waiting = new Map<Address, number>();
  const needers = new Map<Address, Address[]>();
  for (const [address, needs] of graph) {
    waiting.set(address, [...needs].filter((other) => graph.has(other)).length);
    for (const other of needs) needers.set(other, [...(needers.get(other) ?? []), address]);
  }
  const order = [...graph.keys()].filter((address) => waiting.get(address) === 0);
  for (let index = 0; index < order.length; index++) {
    for (const needer of needers.get(order[index] as Address) ?? []) {
      const left = (waiting.get(needer) ?? 0) - 1;
      waiting.set(needer, left);
      if (left === 0) order.push(needer);
    }
  }
  const ordered = new Set(order);
  return [...order, ...[...graph.keys()].filter((address) => !ordered.has(address))];
}
