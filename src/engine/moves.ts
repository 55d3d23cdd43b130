/** Resources under a new name: which row of the state table belongs to which address. */
import type { Address, Project } from './model.ts';
import type { ResourceRow } from './records.ts';

/**
 * New address by the one a row is still recorded under. A move counts once: where the old name is declared again, or the new one has a
 * row of its own, it is history. Files of before a move (a rollback, a revert in Git) declare the old name again and say nothing of the
 * new one: the row knows the names it had, and moves back.
 * @param declared addresses that the files declare now
 */
export function movesOf(
  { phases }: Project,
  rows: readonly ResourceRow[],
  declared: ReadonlySet<Address> = new Set(phases.flatMap((phase) => phase.resources.map(({ address }) => address))),
): ReadonlyMap<Address, Address> {
  const recorded = new Set(rows.map(({ ResourceName }) => ResourceName as Address));
  const isFree = (address: Address): boolean => declared.has(address) && !recorded.has(address);
  const moves = new Map(
    phases
      .flatMap((phase) => phase.moved)
      .filter(({ from, to }) => recorded.has(from) && !declared.has(from) && isFree(to))
      .map(({ from, to }) => [from, to]),
  );
  const taken = new Set(moves.values());
  const typeOf = typesOf(phases);
  for (const { ResourceName, FormerNames = [], Type } of rows) {
    const from = ResourceName as Address;
    if (declared.has(from) || moves.has(from)) continue;
    const back = FormerNames.find((name) => isFree(name) && !taken.has(name) && typeOf().get(name) === Type);
    if (back === undefined) continue;
    moves.set(from, back);
    taken.add(back);
  }
  return moves;
}

/** Made when first asked for: hardly any plan undoes a move. */
function typesOf(phases: Project['phases']): () => ReadonlyMap<Address, string> {
  let types: ReadonlyMap<Address, string> | undefined;
  return () => {
    types ??= new Map(phases.flatMap(({ resources }) => resources.map(({ address, type }) => [address, type] as const)));
    return types;
  };
}

/** Names that the files say a resource had before this one. */
export function namesBefore({ phases }: Project, address: Address): readonly Address[] {
  return phases.flatMap((phase) => phase.moved.filter(({ to }) => to === address).map(({ from }) => from));
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
