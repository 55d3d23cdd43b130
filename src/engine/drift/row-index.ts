/** Which recorded resources an event means: any identifier, ARN or name in it that the rows know. */
import { parentsOf } from '../compare/siblings.ts';
import type { Address } from '../model.ts';
import type { Ports } from '../ports.ts';
import type { IndexedRow, ResourceRow, RowIndex } from '../state/records.ts';
import type { DriftEvent } from './drift.ts';

/** Rows to judge with the newest event that names them, and those beside them that share their lists. */
export interface Selected {
  readonly named: ReadonlyMap<string, DriftEvent>;
  readonly rows: readonly ResourceRow[];
}

/**
 * The rows that the events mean. All rows are read once after a deployment; from then on only those that are meant.
 * @param fence read before anything else: what is written under a later one is not in the index
 * @param keep write the index where it was not there
 */
export async function selectedRows(
  { state }: Pick<Ports, 'state'>,
  events: readonly DriftEvent[],
  fence: number | undefined,
  keep: boolean,
): Promise<Selected> {
  const known = fence === undefined ? undefined : await state.rowIndex();
  if (known !== undefined && known.fence === fence) {
    const named = meant(known.rows, events);
    return { named, rows: named.size === 0 ? [] : await state.rowsNamed([...named.keys(), ...beside(known.rows, named)]) };
  }
  const rows = await state.rows();
  const index = rows.map(indexed);
  if (fence !== undefined && keep) await state.putRowIndex({ fence, rows: index });
  return { named: meant(index, events), rows };
}

/** Later events win: they are oldest first. */
function meant(index: RowIndex['rows'], events: readonly DriftEvent[]): ReadonlyMap<string, DriftEvent> {
  const byName = new Map<string, string[]>();
  for (const { resourceName, names } of index) {
    for (const name of names) {
      const others = byName.get(name);
      if (others === undefined) byName.set(name, [resourceName]);
      else others.push(resourceName);
    }
  }
  const named = new Map<string, DriftEvent>();
  for (const event of events) for (const name of event.names) for (const one of byName.get(name) ?? []) named.set(one, event);
  return named;
}

function beside(index: RowIndex['rows'], named: ReadonlyMap<string, DriftEvent>): readonly string[] {
  const parents = new Set(
    index.flatMap(({ resourceName, type, names }) => (named.has(resourceName) ? names.map((name) => `${type} ${name}`) : [])),
  );
  return index.filter((row) => row.parents?.some((parent) => parents.has(parent))).map(({ resourceName }) => resourceName);
}

export function indexed(row: ResourceRow): IndexedRow {
  const parents = parentsOf({ type: row.Type, properties: row.DesiredState }, row.Identifier);
  return {
    resourceName: row.ResourceName as Address,
    type: row.Type,
    names: namesOf(row),
    ...(parents.length === 0 ? {} : { parents }),
  };
}

/**
 * Identifier and its parts, ARN, and what the resource itself is called: `Name`, `Id` and `Arn`, also behind the last word or words of its
 * type (`GroupName` of a security group, never `VpcId` of a subnet).
 */
function namesOf({ Identifier, ARN, Type, CurrentState }: ResourceRow): readonly string[] {
  const kind = Type.slice(Type.lastIndexOf(':') + 1);
  const own = Object.entries(CurrentState).flatMap(([key, value]) => {
    const owner = /^(.*?)(?:Name|Id|Arn|ARN|Identifier)$/.exec(key)?.[1];
    return typeof value === 'string' && owner !== undefined && kind.endsWith(owner) ? [value] : [];
  });
  const parts = [...(Identifier?.split('|') ?? []), ...own].filter(isTelling);
  return [...new Set([Identifier ?? '', ARN ?? '', ...parts])].filter((name) => name !== '');
}

/** Ports, protocols and address ranges stand in many events that mean other resources. */
function isTelling(name: string): boolean {
  return name.length >= 3 && !/^[\d./:-]+$/.test(name) && !['tcp', 'udp', 'icmp', 'default'].includes(name);
}
