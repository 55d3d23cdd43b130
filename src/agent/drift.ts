/** Decisions about drift, as proposals: revert enters at the plan, adopt, ignore and snooze at the files (DESIGN §9). */
import { adoptionOf } from '../engine/adopt.ts';
import { detectDrift } from '../engine/drift.ts';
import { IalError } from '../engine/errors.ts';
import type { Address, Environment, PhaseEdit, Pointer, Project, PropertyChange } from '../engine/model.ts';
import { levelOf, makePlan } from '../engine/plan.ts';
import type { Ports } from '../engine/ports.ts';
import type { DriftFinding } from '../engine/records.ts';
import { didYouMean } from '../engine/suggest.ts';
import { type ProposeResult, propose } from './change.ts';
import type { Proposal } from './events.ts';
import { oneLine } from './redact.ts';

export type DriftDecision =
  | { readonly kind: 'revert' }
  | { readonly kind: 'adopt'; readonly paths?: readonly Pointer[] }
  | { readonly kind: 'ignore'; readonly reason: string; readonly paths?: readonly Pointer[]; readonly until?: string };

export interface DriftDeps {
  readonly ports: Ports;
  readonly environment: Environment;
  readonly project: Project;
  readonly request: string;
  readonly signal?: AbortSignal;
}

/**
 * Look at the resource again, then propose. Nothing is written.
 * @throws IalError `USAGE` when the address is unknown or in sync, and those of a plan
 */
export async function proposeDriftDecision(deps: DriftDeps, address: Address, decision: DriftDecision): Promise<ProposeResult> {
  const finding = await findingOf(deps, address);
  if (decision.kind === 'revert') return { kind: 'proposal', proposal: await revertProposal(deps, finding) };
  const edits = decision.kind === 'adopt' ? await adoptEdits(deps, finding, decision.paths) : await ignoreEdits(deps, finding, decision);
  const reason = decision.kind === 'adopt' ? 'the files take what AWS has' : oneLine(decision.reason, 300);
  return propose(deps.ports, deps.environment, deps.project, edits, reason, deps.request, deps.signal);
}

/** The finding as it is now; an address may be given by its last part when only one resource has it. */
async function findingOf({ ports, environment, signal }: DriftDeps, given: string): Promise<DriftFinding> {
  const rows = (await ports.state.rows()).map((row) => row.ResourceName);
  const matches = rows.filter((name) => name === given || name.endsWith(`/${given}`));
  const [address] = matches;
  if (address === undefined || matches.length > 1) {
    const hint =
      matches.length > 1 ? `it could be ${matches.join(' or ')}` : (didYouMean(given, rows) ?? 'ial status lists what is recorded');
    throw new IalError('USAGE', `${given} is ${matches.length > 1 ? 'not one resource' : 'not recorded'}`, { argument: given }, { hint });
  }
  const only = { only: [address as Address], record: false, ...(signal === undefined ? {} : { signal }) };
  const report = await detectDrift(ports, environment, only);
  const [finding] = report.findings;
  if (finding !== undefined) return finding;
  const why = report.deferred ?? report.notChecked[0]?.reason;
  throw new IalError('USAGE', why === undefined ? `${address} is in sync` : `${address} cannot be judged: ${why}`, { argument: given });
}

async function revertProposal(deps: DriftDeps, finding: DriftFinding): Promise<Proposal> {
  const { ports, environment, project } = deps;
  const only = [finding.address];
  const { plan, diagnostics } = await makePlan(ports, environment, project, {
    only,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  const { head } = await ports.repo.status();
  return {
    id: ports.random.uuid(),
    request: oneLine(deps.request, 2_000),
    reason: 'AWS goes back to the files',
    edits: [],
    files: [],
    plan,
    diagnostics: diagnostics.filter((diagnostic) => diagnostic.severity === 'warning'),
    notes: [],
    level: levelOf(plan),
    title: `${nameOf(finding.address)} reverted`,
    only,
    ...(head === undefined ? {} : { head }),
  };
}

const nameOf = (address: string): string => address.slice(address.lastIndexOf('/') + 1);

async function adoptEdits(deps: DriftDeps, finding: DriftFinding, paths: readonly Pointer[] | undefined): Promise<readonly PhaseEdit[]> {
  const { ports, environment, project } = deps;
  const changes = finding.changes.filter((change) => wanted(change, paths));
  const { desired } = await makePlan(ports, environment, project, { refresh: false });
  const declared = desired.find((one) => one.address === finding.address);
  if (declared === undefined) throw notDeclared(finding.address);
  const { edits, refused } = adoptionOf({ ...finding, changes }, declared);
  if (edits.length > 0) return edits;
  throw new IalError('USAGE', `nothing of ${finding.address} can be adopted: ${refused.join('; ') || 'no such property differs'}`, {});
}

function wanted(change: PropertyChange, paths: readonly Pointer[] | undefined): boolean {
  return paths === undefined || paths.some((path) => change.path === path || change.path.startsWith(`${path}/`));
}

function notDeclared(address: Address): IalError {
  return new IalError('USAGE', `no phase declares ${address}`, { argument: address }, { hint: 'import it first, or let apply delete it' });
}

/** An `Ignore` rule per property, with who, why and until when, in the phase that declares the resource. */
async function ignoreEdits(
  deps: DriftDeps,
  finding: DriftFinding,
  decision: DriftDecision & { kind: 'ignore' },
): Promise<readonly PhaseEdit[]> {
  const phase = deps.project.phases.find((one) => one.resources.some((resource) => resource.address === finding.address));
  if (phase === undefined) throw notDeclared(finding.address);
  const base = phase.dialect === 'cloudformation' ? '/Metadata/IaL/Ignore' : '/ial/Ignore';
  const rules = finding.changes
    .filter((change) => wanted(change, decision.paths))
    .map((change) => ({
      Address: finding.address,
      Path: change.path,
      Reason: oneLine(decision.reason, 300),
      Author: deps.ports.host.executor,
      ...(decision.until === undefined ? {} : { Until: decision.until }),
    }));
  const target = { file: phase.file, pointer: base };
  if (phase.ignore.length > 0) return rules.map((value): PhaseEdit => ({ kind: 'append', target, value }));
  return [{ kind: 'set', target, value: rules }];
}
