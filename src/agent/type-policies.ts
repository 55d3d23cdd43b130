/** The lists of actions in phases 05b and 16 that follow the types in use: written anew in a phase that comes with the program, added to in one that is there. */
import { applyEdits } from '../engine/edit/index.ts';
import { childPointer, isList, memberOf } from '../engine/json/paths.ts';
import type { Address, Json, PhaseEdit, Pointer, Project, TypeName } from '../engine/model.ts';
import { deployActions, type PermissionsOf, readActions } from '../engine/policy/type-permissions.ts';

const ROLES = '05b-iam-bedrock-github';
/** The statement that follows the types. */
const SID = 'Types';

/** The actions that one policy lists because of the types in use. */
export interface TypeList {
  readonly address: Address;
  /** Where the policy's statements are. */
  readonly statements: Pointer;
  readonly actions: readonly string[];
}

/**
 * The files of `project` with every list complete. Actions that somebody added stay.
 * @param fresh files of the program: their lists are exactly what the types need
 */
export function withTypePolicies(
  project: Project,
  types: readonly TypeName[],
  permissionsOf: PermissionsOf,
  fresh: ReadonlySet<string>,
): readonly { readonly path: string; readonly after: string }[] {
  const result = applyEdits(
    project,
    typeLists(types, permissionsOf).flatMap((list) => editsFor(project, list, fresh)),
  );
  return result.kind === 'edited' ? result.files : [];
}

/** Every list, with what belongs in it. */
export function typeLists(types: readonly TypeName[], permissionsOf: PermissionsOf): readonly TypeList[] {
  const read = readActions(types, permissionsOf);
  return [
    { address: `${ROLES}/ReadPolicy`, statements: '/PolicyDocument/Statement', actions: read },
    { address: '16-drift-detection/DriftFunctionRole', statements: '/Policies/0/PolicyDocument/Statement', actions: read },
    ...[...deployActions(types, permissionsOf)].map(
      ([policy, actions]): TypeList => ({ address: `${ROLES}/${policy}`, statements: '/PolicyDocument/Statement', actions }),
    ),
  ];
}

function editsFor(project: Project, { address, statements, actions }: TypeList, fresh: ReadonlySet<string>): readonly PhaseEdit[] {
  const phase = project.phases.find(({ resources }) => resources.some((one) => one.address === address));
  const declared = phase?.resources.find((one) => one.address === address);
  const index = listOf(at(declared?.properties, statements)).findIndex((statement) => memberOf(statement, 'Sid') === SID);
  if (phase === undefined || index === -1) return [];
  const path = `${childPointer(statements, index)}/Action`;
  const now = listOf(at(declared?.properties, path));
  const target = { address, path };
  if (fresh.has(phase.file)) return isSame(now, actions) ? [] : [{ kind: 'set', target, value: actions }];
  const missing = actions.filter((action) => !now.some((one) => typeof one === 'string' && covers(one, action)));
  return missing.map((value): PhaseEdit => ({ kind: 'append', target, value }));
}

function at(value: Json | undefined, pointer: Pointer): Json | undefined {
  return pointer
    .split('/')
    .slice(1)
    .reduce<Json | undefined>((inside, key) => memberOf(inside, key), value);
}

const listOf = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);

function isSame(one: readonly Json[], other: readonly Json[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** Whether an entry of a policy's `Action` allows `action`: IAM does not look at the case of letters. */
export function covers(pattern: string, action: string): boolean {
  const [given, asked] = [pattern.toLowerCase(), action.toLowerCase()];
  return given === asked || (given.endsWith('*') && asked.startsWith(given.slice(0, -1)));
}
