/** Resources under a new name: which row of the state table belongs to which address. */
import type { Address, Declaration, Project } from '../model.ts';
import type { ResourceRow } from '../state/records.ts';

/**
 * New address by the one a row is still recorded under. Three ways to know:
 * - the files say so (`Moved`);
 * - files of before a move (a rollback, a revert in Git) declare a name again that the row once had;
 * - the row's phase is gone, and one new resource has the same logical id and type: the file has another name.
 *
 * A move counts once: where the old name is declared again, or the new one has a row of its own, it is history.
 * @param declared addresses that the files declare now
 */
export function movesOf(
  { phases }: Project,
  rows: readonly ResourceRow[],
  declared: ReadonlySet<Address> = new Set(phases.flatMap((phase) => phase.resources.map(({ address }) => address))),
): ReadonlyMap<Address, Address> {
  // Most of the time every row's name is in the files.
  if (rows.every(({ ResourceName }) => declared.has(ResourceName as Address))) return NONE;
  const recorded = new Set(rows.map(({ ResourceName }) => ResourceName as Address));
  const isFree = (address: Address): boolean => declared.has(address) && !recorded.has(address);
  const moves = new Map(
    phases
      .flatMap((phase) => phase.moved)
      .filter(({ from, to }) => recorded.has(from) && !declared.has(from) && isFree(to))
      .map(({ from, to }) => [from, to]),
  );
  const unnamed = rows.filter(({ ResourceName }) => !declared.has(ResourceName as Address) && !moves.has(ResourceName as Address));
  if (unnamed.length === 0) return moves;
  const taken = new Set(moves.values());
  const free = phases.flatMap(({ resources }) => resources.filter(({ address }) => isFree(address) && !taken.has(address)));
  for (const [from, to] of [...movesBack(unnamed, free), ...movesOfFiles(unnamed, free, phases)]) {
    if (moves.has(from) || taken.has(to)) continue;
    moves.set(from, to);
    taken.add(to);
  }
  return moves;
}

const NONE: ReadonlyMap<Address, Address> = new Map();

type Move = readonly [from: Address, to: Address];

function movesBack(rows: readonly ResourceRow[], free: readonly Declaration[]): Move[] {
  const typeOf = new Map(free.map(({ address, type }) => [address, type]));
  return rows.flatMap(({ ResourceName, FormerNames = [], Type }): Move[] =>
    FormerNames.filter((name) => typeOf.get(name) === Type).map((name) => [ResourceName as Address, name]),
  );
}

/** A file under another name keeps its `Moved` entries, so a resource may have taken both ways, in any order. */
function movesOfFiles(rows: readonly ResourceRow[], free: readonly Declaration[], phases: Project['phases']): Move[] {
  const present = new Set(phases.map(({ id }) => id));
  const gone = rows.filter(({ Phase }) => !present.has(Phase));
  if (gone.length === 0) return [];
  const moved = phases.flatMap((phase) => phase.moved);
  const typeOf = new Map(free.map(({ address, type }) => [address, type]));
  const withId = grouped([...free.map(({ address }) => address), ...moved.map(({ from }) => from)], idOf);
  const next = (address: Address): readonly Address[] => [
    ...moved.flatMap(({ from, to }) => (from === address ? [to] : [])),
    ...(present.has(phaseOf(address)) ? [] : (withId.get(idOf(address)) ?? [])),
  ];
  const found = gone.map(({ ResourceName, Type }) => {
    const from = ResourceName as Address;
    return { from, targets: [...reached(from, next)].filter((address) => typeOf.get(address) === Type) };
  });
  const rivals = grouped(
    found.flatMap(({ targets }) => targets),
    (address) => address,
  );
  return found.flatMap(({ from, targets: [to, other] }): Move[] => {
    const isOne = to !== undefined && other === undefined && rivals.get(to)?.length === 1;
    return isOne ? [[from, to]] : [];
  });
}

function reached(from: Address, next: (address: Address) => readonly Address[]): ReadonlySet<Address> {
  const seen = new Set<Address>([from]);
  for (const address of seen) for (const one of next(address)) seen.add(one);
  return seen;
}

function grouped(addresses: readonly Address[], keyOf: (address: Address) => string): ReadonlyMap<string, readonly Address[]> {
  const groups = new Map<string, Address[]>();
  for (const address of addresses) {
    const group = groups.get(keyOf(address));
    if (group === undefined) groups.set(keyOf(address), [address]);
    else group.push(address);
  }
  return groups;
}

function phaseOf(address: Address): string {
  return address.slice(0, address.lastIndexOf('/'));
}

function idOf(address: Address): string {
  return address.slice(address.lastIndexOf('/') + 1);
}

/** Names that the files say a resource had before this one, through files that have got another name since. */
export function namesBefore({ phases }: Project, address: Address): readonly Address[] {
  const moved = phases.flatMap((phase) => phase.moved);
  if (moved.length === 0) return [];
  const present = new Set(phases.map(({ id }) => id));
  const led = (to: Address, name: Address): boolean => to === name || (idOf(to) === idOf(name) && !present.has(phaseOf(to)));
  const names = reached(address, (name) => moved.flatMap(({ from, to }) => (led(to, name) ? [to, from] : [])));
  return [...names].filter((name) => name !== address);
}

/** Rows by the address they belong to now. A moved row still says its old name and those of what it refers to. */
export function underNewNames(
  rows: ReadonlyMap<Address, ResourceRow>,
  moves: ReadonlyMap<Address, Address>,
): ReadonlyMap<Address, ResourceRow> {
  return moves.size === 0 ? rows : new Map([...rows].map(([address, row]) => [moves.get(address) ?? address, row]));
}

/** The same rows, referring to others by their new names too: who waits for whom. */
export function withNewReferences(
  rows: ReadonlyMap<Address, ResourceRow>,
  moves: ReadonlyMap<Address, Address>,
): ReadonlyMap<Address, ResourceRow> {
  if (moves.size === 0) return rows;
  const now = (address: Address): Address => moves.get(address) ?? address;
  return new Map([...rows].map(([address, row]) => [address, { ...row, ...references(row, now) }]));
}

function references({ Dependencies, Leftovers }: ResourceRow, now: (address: Address) => Address) {
  const left = Leftovers?.map((leftover) => ({ ...leftover, dependencies: leftover.dependencies.map(now) }));
  return { Dependencies: Dependencies.map(now), ...(left === undefined ? {} : { Leftovers: left }) };
}
