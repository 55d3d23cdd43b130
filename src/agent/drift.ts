/** Decisions about drift, as proposals: revert enters at the plan, adopt, ignore and snooze at the files (DESIGN §9). */
import { adoptionOf } from '../engine/drift/adopt.ts';
import { detectDrift } from '../engine/drift/drift.ts';
import { IalError } from '../engine/errors.ts';
import type { Address, Environment, JsonObject, LeftDrift, Phase, PhaseEdit, Pointer, Project, PropertyChange } from '../engine/model.ts';
import { levelOf, makePlan } from '../engine/plan/plan.ts';
import type { Ports } from '../engine/ports.ts';
import type { DriftFinding } from '../engine/state/records.ts';
import { didYouMean } from '../engine/text/suggest.ts';
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
 * Look at the resources again, then propose one plan and at most one commit for all decisions. What nobody decided about stays as it is.
 * Nothing is written.
 * @throws IalError `USAGE` when an address is unknown or in sync, or a property is decided twice, and those of a plan
 */
export async function proposeDriftDecisions(deps: DriftDeps, decided: readonly Decided[]): Promise<ProposeResult> {
  const cases = await casesOf(deps, decided);
  const only = [...new Set(cases.map(({ finding }) => finding.address))];
  const edits = [...(await adoptEdits(deps, cases.filter(isAdopted))), ...ignoreEdits(deps, cases.filter(isIgnored))];
  const left = undecided(cases);
  if (edits.length === 0) return { kind: 'proposal', proposal: await revertProposal(deps, only, left) };
  const reason = oneLine([...new Set(cases.map(reasonOf))].join('; '), 300);
  const result = await propose(deps.ports, deps.environment, deps.project, edits, reason, deps.request, { only, left, ...signalOf(deps) });
  if (result.kind === 'refused') return result;
  return { ...result, proposal: { ...result.proposal, ...wordsFor(cases), only, notes: [...result.proposal.notes, ...leftNotes(left)] } };
}

const isAdopted = (one: Case): one is Case<DriftDecision & { kind: 'adopt' }> => one.decision.kind === 'adopt';
const isIgnored = (one: Case): one is Case<DriftDecision & { kind: 'ignore' }> => one.decision.kind === 'ignore';

const signalOf = ({ signal }: DriftDeps) => (signal === undefined ? {} : { signal });

function reasonOf({ decision }: Case): string {
  if (decision.kind === 'ignore') return decision.reason;
  return decision.kind === 'adopt' ? 'the files take what AWS has' : 'AWS goes back to the files';
}

/** Words of a commit about several decisions, or about what is not to be seen; an adoption alone is called as its edit. */
function wordsFor(cases: readonly Case[]): Pick<Proposal, 'title' | 'subject'> {
  const [first, ...others] = cases;
  if (first === undefined || (others.length === 0 && first.decision.kind === 'adopt')) return {};
  const one = ({ finding, decision, changes }: Case): string => {
    const verb = decision.kind === 'ignore' && decision.until !== undefined ? 'snooze' : decision.kind;
    const what = changes.length === 1 ? `${changes[0]?.path.slice(1).replaceAll('/', '.')} of ` : '';
    return `${verb} ${what}${nameOf(finding.address)}`;
  };
  const subject = `Drift: ${cases.map(one).join(', ')}`;
  return { title: subject, subject };
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
  assertOnce(cases);
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

function assertOnce(cases: readonly Case[]): void {
  const seen = new Set<string>();
  for (const { finding, changes } of cases) {
    for (const key of changes.length === 0 ? [finding.address] : changes.map(({ path }) => `${finding.address} ${path}`)) {
      if (seen.has(key)) {
        const hint = 'decide once about each property';
        throw new IalError('USAGE', `two decisions about ${key}`, { argument: finding.address }, { hint });
      }
      seen.add(key);
    }
  }
}

/** What differs of the decided resources and nobody decided about: the plan leaves it. */
function undecided(cases: readonly Case[]): readonly LeftDrift[] {
  const decided = new Set(cases.flatMap(({ changes }) => changes));
  const findings = [...new Set(cases.map(({ finding }) => finding))];
  return findings.flatMap(({ address, changes }) =>
    changes.filter((change) => !decided.has(change)).map(({ path }) => ({ address, path })),
  );
}

function leftNotes(left: readonly LeftDrift[]): string[] {
  return left.map(({ address, path }) => `${address}: nobody decided about ${path}, which stays as it is`);
}

async function revertProposal(deps: DriftDeps, only: readonly Address[], left: readonly LeftDrift[]): Promise<Proposal> {
  const { ports, environment, project } = deps;
  const { plan, diagnostics } = await makePlan(ports, environment, project, { only, left, ...signalOf(deps) });
  const { head } = await ports.repo.status();
  return {
    id: ports.random.uuid(),
    request: oneLine(deps.request, 2_000),
    reason: 'AWS goes back to the files',
    edits: [],
    files: [],
    plan,
    diagnostics: diagnostics.filter((diagnostic) => diagnostic.severity === 'warning'),
    notes: leftNotes(left),
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
    if (edits.length > 0 && refused.length === 0) return edits;
    throw new IalError('USAGE', `${finding.address} cannot be adopted: ${refused.join('; ') || 'no such property differs'}`, {});
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
