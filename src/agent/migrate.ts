/** `ial migrate`: legacy phases as templates, put to the person as a proposal like any other. Nothing is created, changed or deleted. */
import { IalError } from '../engine/errors.ts';
import { equalJson } from '../engine/json/canonical.ts';
import { type Migration, migrateProject } from '../engine/migrate/index.ts';
import type { Address, Desired, Environment, Plan, Project, SourceFile } from '../engine/model.ts';
import { levelOf, makePlan } from '../engine/plan/plan.ts';
import type { Ports } from '../engine/ports.ts';
import { resolveProject } from '../engine/resolve/resolve.ts';
import { addedProblems, settingsLevel, touchesSettings } from './change.ts';
import type { Proposal } from './events.ts';
import type { Load } from './tools/tool.ts';
import { countOf } from './words.ts';

export interface MigrateDeps {
  readonly ports: Ports;
  readonly environment: Environment;
  readonly load: Load;
  readonly signal?: AbortSignal;
}

export interface MigrationProposal {
  readonly migration: Migration;
  /** Absent where there is nothing to migrate. */
  readonly proposal?: Proposal;
}

/**
 * Rewrite, hold the desired state before against the one after, and plan. Writes nothing.
 * @throws IalError `EDIT_REFUSED` when a resource would be desired differently or be more than moved, and those of a plan
 */
export async function proposeMigration({ ports, environment, load, signal }: MigrateDeps): Promise<MigrationProposal> {
  const [{ project }, status] = await Promise.all([load(), ports.repo.status()]);
  const migration = migrateProject(project, { facts: (type) => ports.schemas.facts(type) });
  if (migration.files.length === 0) return { migration };
  const after = new Map(migration.files.map((file) => [file.path, file.after]));
  const files: SourceFile[] = project.files.map(({ path, text }) => ({ path, text: after.get(path) ?? text }));
  const migrated = await load(files);
  const options = signal === undefined ? {} : { signal };
  const before = await makePlan(ports, environment, project, options);
  const { plan, diagnostics } = await makePlan(ports, environment, migrated.project, options);
  assertSame(changedBy(migration, project, migrated.project, ports));
  assertOnlyMoves(migration, before.plan, plan);
  const count = migration.phases.length;
  const proposal: Proposal = {
    id: ports.random.uuid(),
    request: 'migrate the legacy phases to CloudFormation form',
    reason: `${countOf(count, 'phase')} written as CloudFormation; what is desired stays the same`,
    edits: [],
    files: migration.files,
    plan,
    diagnostics: addedProblems(before.diagnostics, diagnostics),
    notes: notesOf(migration),
    level: touchesSettings(migration.files) ? settingsLevel(levelOf(plan), environment) : levelOf(plan),
    title: `${countOf(count, 'phase')} migrated`,
    subject: `Migrate ${countOf(count, 'phase')} to CloudFormation form`,
    ...(status.head === undefined ? {} : { head: status.head }),
  };
  return { migration, proposal };
}

/** Addresses whose desired state is not what it was, under the names after the migration. */
export function changedBy({ moved }: Migration, before: Project, after: Project, { schemas }: Pick<Ports, 'schemas'>): Address[] {
  const named = (address: Address): Address => moved.get(address) ?? address;
  // Every attribute has a value that says whose it is: nothing stays unknown, and the same reference gives the same text.
  const desiredOf = (project: Project, name: (address: Address) => Address): ReadonlyMap<Address, Desired> => {
    const known = (address: Address, attribute: string): string => `<${name(address)}.${attribute}>`;
    const facts = (type: string) => schemas.facts(type);
    const context = { account: '000000000000', region: 'us-east-1', projectName: project.name, facts, known };
    return new Map(resolveProject(project, context).desired.map((one) => [name(one.address), one]));
  };
  const [then, now] = [desiredOf(before, named), desiredOf(after, (address) => address)];
  const comparable = (one: Desired | undefined, name: (address: Address) => Address) =>
    one === undefined ? null : { type: one.type, properties: one.properties, dependencies: one.dependencies.map(name).sort() };
  const addresses = [...new Set([...then.keys(), ...now.keys()])];
  return addresses.filter(
    (address) =>
      !equalJson(
        comparable(then.get(address), named),
        comparable(now.get(address), (own) => own),
      ),
  );
}

function assertSame(changed: readonly Address[]): void {
  if (changed.length === 0) return;
  const message = `migrating would change what is desired of ${changed.slice(0, 3).join(', ')}${changed.length > 3 ? ' ...' : ''}`;
  const hint = 'nothing was written; write these by hand, then run ial migrate again';
  throw new IalError('EDIT_REFUSED', message, { diagnostics: [], candidates: [] }, { hint });
}

/** What was waiting to be applied before may wait still; nothing more may happen to any resource. */
function assertOnlyMoves({ moved }: Migration, before: Plan, after: Plan): void {
  const waiting = new Map(before.actions.map((action) => [moved.get(action.address) ?? action.address, action.kind]));
  const quiet = new Set(['no-op', 'move', 'record']);
  assertSame(after.actions.filter(({ address, kind }) => !quiet.has(kind) && waiting.get(address) !== kind).map(({ address }) => address));
}

function notesOf({ phases, left, notes }: Migration): string[] {
  const steps = phases.reduce((sum, { manualSteps }) => sum + manualSteps, 0);
  return [
    ...(steps === 0 ? [] : [`${countOf(steps, 'manual step')} kept under Metadata: for a person to run, ial never does`]),
    ...left.map(({ phase, reason }) => `${phase} stays as it is: ${reason}`),
    ...notes,
  ];
}
