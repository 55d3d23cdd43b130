/** Resources under a new name: which row of the state table belongs to which address. */
import type { Address, Project } from './model.ts';
import type { ResourceRow } from './records.ts';

/**
 * New address by the one a row is still recorded under. A move counts once: where the old name is declared again, or the new one has a
 * row of its own, it is history.
 * @param declared addresses that the files declare now
 */
export function movesOf(
  { phases }: Project,
  rows: readonly ResourceRow[],
  declared: ReadonlySet<Address> = new Set(phases.flatMap((phase) => phase.resources.map(({ address }) => address))),
): ReadonlyMap<Address, Address> {
  const recorded = new Set(rows.map(({ ResourceName }) => ResourceName as Address));
  const moves = phases.flatMap((phase) => phase.moved);
  return new Map(
    moves
      .filter(({ from, to }) => recorded.has(from) && !declared.has(from) && declared.has(to) && !recorded.has(to))
      .map(({ from, to }) => [from, to]),
  );
}
