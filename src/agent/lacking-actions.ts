/** What the roles that `ial bootstrap` made may not do although types in use need it: a new type came after their policies were deployed. */
import { isList, isObject } from '../engine/json/paths.ts';
import type { Address, Json, Properties, TypeName } from '../engine/model.ts';
import type { PermissionsOf } from '../engine/policy/type-permissions.ts';
import type { Ports } from '../engine/ports.ts';
import type { ResourceRow } from '../engine/state/records.ts';
import { covers, typeLists } from './type-policies.ts';

export interface LackingDeps {
  readonly ports: Pick<Ports, 'cloud' | 'state'>;
  /** Types in use. */
  readonly types: readonly TypeName[];
  readonly permissionsOf: PermissionsOf;
}

/** One role, and the actions of the types in use that none of its policies allows. */
export interface Lacking {
  readonly who: string;
  readonly actions: readonly string[];
}

/** By the policies' addresses. Together they are what one role may do: an action may stand in any of them. */
const ROLES: readonly (readonly [who: string, policies: RegExp])[] = [
  ['the deploy role', /\/Deploy\w+Policy$/],
  ['the plan role', /\/ReadPolicy$/],
  ['the drift function', /\/DriftFunctionRole$/],
];

/** @returns `undefined` when no role was made by `ial bootstrap`; empty when none lacks anything */
export async function lackingActions({ ports, types, permissionsOf }: LackingDeps): Promise<readonly Lacking[] | undefined> {
  const rows = new Map((await ports.state.rows()).map((row) => [row.ResourceName as Address, row]));
  const lists = typeLists(types, permissionsOf);
  if (!lists.some(({ address }) => rows.has(address))) return undefined;
  const found = await Promise.all(
    ROLES.map(async ([who, policies]): Promise<Lacking> => {
      const mine = lists.filter(({ address }) => policies.test(address));
      const deployed = mine.flatMap(({ address }) => rows.get(address) ?? []);
      // What nobody deployed is somebody's own role: its rights are not ours to judge.
      if (deployed.length === 0) return { who, actions: [] };
      const allowed = (await Promise.all(deployed.map((row) => allowedBy(ports, row)))).flat();
      const needed = [...new Set(mine.flatMap(({ actions }) => actions))].sort();
      return { who, actions: needed.filter((action) => !allowed.some((pattern) => covers(pattern, action))) };
    }),
  );
  return found.filter(({ actions }) => actions.length > 0);
}

async function allowedBy({ cloud }: LackingDeps['ports'], { Type, Identifier }: ResourceRow): Promise<readonly string[]> {
  const live = Identifier === undefined ? undefined : await cloud.read(Type, Identifier);
  return live === undefined ? [] : documentsOf(live.properties).flatMap(allowedIn);
}

/** A managed policy has one document, a role one for each inline policy. */
function documentsOf({ PolicyDocument, Policies }: Properties): readonly Json[] {
  const inline = isList(Policies) ? Policies.flatMap((policy) => (isObject(policy) ? [policy.PolicyDocument ?? null] : [])) : [];
  return [...(PolicyDocument === undefined ? [] : [PolicyDocument]), ...inline];
}

function allowedIn(document: Json): readonly string[] {
  const statements = isObject(document) ? document.Statement : undefined;
  const allowing = (isList(statements) ? statements : [statements ?? null]).filter((one) => isObject(one) && one.Effect === 'Allow');
  return allowing.flatMap((one) => {
    const actions = isObject(one) ? one.Action : undefined;
    return (isList(actions) ? actions : [actions]).filter((action) => typeof action === 'string');
  });
}
