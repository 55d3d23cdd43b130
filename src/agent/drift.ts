/** Decisions about drift, as proposals: revert enters at the plan, adopt, ignore and snooze at the files (DESIGN §9). */
import { adoptionOf } from '../engine/adopt.ts';
import { detectDrift } from '../engine/drift.ts';
import { IalError } from '../engine/errors.ts';
import type { Address, Environment, JsonObject, Phase, PhaseEdit, Pointer, Project, PropertyChange } from '../engine/model.ts';
import { levelOf, makePlan } from '../engine/plan.ts';
import type { Ports } from '../engine/ports.ts';
import type { DriftFinding } from '../engine/records.ts';
import { didYouMean } from '../engine/suggest.ts';
import { type ProposeResult, propose } from './change.ts';
import type { Proposal } from './events.ts';
import { oneLine } from './redact.ts';

export type DriftDecision = { readonly paths?: readonly Pointer[] } & (
  | { readonly kind: 'revert' }
  | { readonly kind: 'adopt' }
  | { readonly kind: 'ignore'; readonly reason: string; readonly until?: string }
);

export interface Decided {
  readonly address: string;
  readonly decision: DriftDecision;
}

export interface DriftDeps {
  readonly ports: Ports;
  readonly environment: Environment;
  readonly project: Project;
  readonly request: string;
  readonly signal?: AbortSignal;
}

/** A decision with what it is about. */
interface Case<D extends DriftDecision = DriftDecision> {
  readonly finding: DriftFinding;
  readonly decision: D;
  readonly changes: readonly PropertyChange[];
}

/**
 * Look at the resources again, then propose one plan and at most one commit for all decisions. Nothing is written.
 * @throws IalError `USAGE` when an address is unknown or in sync, a property is decided twice or left open, and those of a plan
 */
export async function proposeDriftDecisions(deps: DriftDeps, decided: readonly Decided[]): Promise<ProposeResult> {
  const cases = await casesOf(deps, decided);
  const only = [...new Set(cases.map(({ finding }) => finding.address))];
  const edits = [...(await adoptEdits(deps, cases.filter(isAdopted))), ...ignoreEdits(deps, cases.filter(isIgnored))];
  if (edits.length === 0) return { kind: 'proposal', proposal: await revertProposal(deps, only, openNotes(cases)) };
  const reason = oneLine([...new Set(cases.map(reasonOf))].join('; '), 300);
  const result = await propose(deps.ports, deps.environment, deps.project, edits, reason, deps.request, { only, ...signalOf(deps) });
  if (result.kind === 'refused') return result;
  return { ...result, proposal: { ...result.proposal, only, notes: [...result.proposal.notes, ...openNotes(cases)] } };
}

const isAdopted = (one: Case): one is Case<DriftDecision & { kind: 'adopt' }> => one.decision.kind === 'adopt';
const isIgnored = (one: Case): one is Case<DriftDecision & { kind: 'ignore' }> => one.decision.kind === 'ignore';

const signalOf = ({ signal }: DriftDeps) => (signal === undefined ? {} : { signal });

function reasonOf({ decision }: Case): string {
  if (decision.kind === 'ignore') return decision.reason;
  return decision.kind === 'adopt' ? 'the files take what AWS has' : 'AWS goes back to the files';
}

async function casesOf(deps: DriftDeps, decided: readonly Decided[]): Promise<readonly Case[]> {
  const rows = (await deps.ports.state.rows()).map((row) => row.ResourceName);
  const named = decided.map(({ address, decision }) => ({ address: addressOf(rows, address), decision }));
  const findings = await findingsOf(
    deps,
    named.map(({ address }) => address),
  );
  const cases = named.map(({ address, decision }): Case => {
    const finding = findings.get(address) as DriftFinding;
    const changes = finding.changes.filter((change) => wanted(change, decision.paths));
    if (decision.paths !== undefined && changes.length === 0) {
      const hint = `what differs: ${finding.changes.map(({ path }) => path).join(', ') || 'the whole resource'}`;
      throw new IalError(
        'USAGE',
        `${address} does not differ in ${decision.paths.join(', ')}`,
        { argument: decision.paths[0] ?? '' },
        { hint },
      );
    }
    if (finding.kind === 'missing' && decision.kind === 'ignore') {
      const hint = 'revert makes it again, adopt takes it out of the files';
      throw new IalError(
        'USAGE',
        `${address} is gone: there is nothing left whose difference could be ignored`,
        { argument: address },
        { hint },
      );
    }
    return { finding, decision, changes };
  });
  assertWhole(cases);
  return cases;
}

/** An address may be given by its last part when only one resource has it. */
function addressOf(rows: readonly string[], given: string): Address {
  const matches = rows.filter((name) => name === given || name.endsWith(`/${given}`));
  const [address] = matches;
  if (address !== undefined && matches.length === 1) return address as Address;
  const hint =
    matches.length > 1 ? `it could be ${matches.join(' or ')}` : (didYouMean(given, rows) ?? 'ial status lists what is recorded');
  throw new IalError('USAGE', `${given} is ${matches.length > 1 ? 'not one resource' : 'not recorded'}`, { argument: given }, { hint });
}

/** The findings as they are now. */
async function findingsOf(deps: DriftDeps, addresses: readonly Address[]): Promise<ReadonlyMap<Address, DriftFinding>> {
  const report = await detectDrift(deps.ports, deps.environment, { only: addresses, record: false, ...signalOf(deps) });
  const findings = new Map(report.findings.map((finding) => [finding.address, finding]));
  for (const address of addresses.filter((one) => !findings.has(one))) {
    const why = report.deferred ?? report.notChecked.find((one) => one.address === address)?.reason;
    throw new IalError('USAGE', why === undefined ? `${address} is in sync` : `${address} cannot be judged: ${why}`, { argument: address });
  }
  return findings;
}

/** Each property is decided once; a part of a resource goes back only together with a decision about the rest of it. */
function assertWhole(cases: readonly Case[]): void {
  const seen = new Map<string, DriftDecision>();
  for (const { finding, decision, changes } of cases) {
    for (const key of changes.length === 0 ? [finding.address] : changes.map(({ path }) => `${finding.address} ${path}`)) {
      if (seen.has(key))
        throw new IalError(
          'USAGE',
          `two decisions about ${key}`,
          { argument: finding.address },
          { hint: 'decide once about each property' },
        );
      seen.set(key, decision);
    }
  }
  for (const { finding, decision } of cases.filter((one) => one.decision.kind === 'revert' && one.decision.paths !== undefined)) {
    const open = openPaths(cases, finding);
    if (open.length === 0) continue;
    const hint = 'a deployment sets the whole resource: adopt, ignore or snooze the rest in the same call, or revert all of it';
    const message = `${finding.address} cannot go back in ${decision.paths?.join(', ')} alone: ${open.join(', ')} would go back as well`;
    throw new IalError('USAGE', message, { argument: finding.address }, { hint });
  }
}

/** What differs of a resource and nobody decided about. */
function openPaths(cases: readonly Case[], { address, changes }: DriftFinding): readonly Pointer[] {
  const decided = new Set(cases.flatMap((one) => (one.finding.address === address ? one.changes : [])));
  return changes.filter((change) => !decided.has(change)).map(({ path }) => path);
}

function openNotes(cases: readonly Case[]): string[] {
  const findings = [...new Set(cases.map(({ finding }) => finding))];
  return findings.flatMap((finding) => {
    const open = openPaths(cases, finding);
    return open.length === 0 ? [] : [`${finding.address}: nobody decided about ${open.join(', ')}, which goes back to the files`];
  });
}

async function revertProposal(deps: DriftDeps, only: readonly Address[], notes: readonly string[]): Promise<Proposal> {
  const { ports, environment, project } = deps;
  const { plan, diagnostics } = await makePlan(ports, environment, project, { only, ...signalOf(deps) });
  const { head } = await ports.repo.status();
  return {
    id: ports.random.uuid(),
    request: oneLine(deps.request, 2_000),
    reason: 'AWS goes back to the files',
    edits: [],
    files: [],
    plan,
    diagnostics: diagnostics.filter((diagnostic) => diagnostic.severity === 'warning'),
    notes,
    level: levelOf(plan),
    title: only.length === 1 ? `${nameOf(only[0] ?? '')} reverted` : `${only.length} resources reverted`,
    only,
    ...(head === undefined ? {} : { head }),
  };
}

const nameOf = (address: string): string => address.slice(address.lastIndexOf('/') + 1);

async function adoptEdits(deps: DriftDeps, cases: readonly Case[]): Promise<readonly PhaseEdit[]> {
  if (cases.length === 0) return [];
  const { ports, environment, project } = deps;
  const { desired } = await makePlan(ports, environment, project, { refresh: false });
  return cases.flatMap(({ finding, changes }) => {
    const declared = desired.find((one) => one.address === finding.address);
    if (declared === undefined) throw notDeclared(finding.address);
    const { edits, refused } = adoptionOf({ ...finding, changes }, declared);
    if (edits.length > 0) return edits;
    throw new IalError('USAGE', `nothing of ${finding.address} can be adopted: ${refused.join('; ') || 'no such property differs'}`, {});
  });
}

function wanted(change: PropertyChange, paths: readonly Pointer[] | undefined): boolean {
  return paths === undefined || paths.some((path) => change.path === path || change.path.startsWith(`${path}/`));
}

function notDeclared(address: Address): IalError {
  return new IalError('USAGE', `no phase declares ${address}`, { argument: address }, { hint: 'import it first, or let apply delete it' });
}

/** An `Ignore` rule per property, with who, why and until when, in the phase that declares the resource. */
function ignoreEdits({ project, ports }: DriftDeps, cases: readonly Case<DriftDecision & { kind: 'ignore' }>[]): readonly PhaseEdit[] {
  const rules = new Map<Phase, JsonObject[]>();
  for (const { finding, decision, changes } of cases) {
    const phase = project.phases.find((one) => one.resources.some((resource) => resource.address === finding.address));
    if (phase === undefined) throw notDeclared(finding.address);
    const { reason, until } = decision;
    const made = changes.map(({ path }) => ({
      Address: finding.address,
      Path: path,
      Reason: oneLine(reason, 300),
      Author: ports.host.executor,
      ...(until === undefined ? {} : { Until: until }),
    }));
    rules.set(phase, [...(rules.get(phase) ?? []), ...made]);
  }
  return [...rules].flatMap(([phase, made]): PhaseEdit[] => {
    const pointer = phase.dialect === 'cloudformation' ? '/Metadata/IaL/Ignore' : '/ial/Ignore';
    const target = { file: phase.file, pointer };
    return phase.ignore.length > 0
      ? made.map((value): PhaseEdit => ({ kind: 'append', target, value }))
      : [{ kind: 'set', target, value: made }];
  });
}
