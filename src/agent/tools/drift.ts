/** Tools over drift: look, and propose what to do about one finding. */
import { z } from 'zod';
import { detectDrift } from '../../engine/drift/drift.ts';
import { changeLines } from '../../engine/drift/notice.ts';
import type { Address } from '../../engine/model.ts';
import type { DriftFinding } from '../../engine/state/records.ts';
import { type Decided, type DriftDecision, proposeDriftDecisions } from '../drift.ts';
import { oneLine } from '../redact.ts';
import { countOf } from '../words.ts';
import { offered } from './propose.ts';
import { defineTool, PROPOSES, READS, type ToolResult } from './tool.ts';

export const detect = defineTool({
  name: 'detect_drift',
  title: 'Detect drift',
  description:
    'Compare AWS with what was last applied, resource by resource: what differs, how bad it is, who did it where that is known. Without `addresses` all; what is not recorded is not looked at.',
  audience: 'both',
  input: z.strictObject({ addresses: z.array(z.string().max(300)).max(500).optional() }),
  output: { findings: z.array(z.unknown()), checked: z.number(), notChecked: z.array(z.unknown()) },
  annotations: READS,
  run: async ({ addresses }, { ports, environment, signal }) => {
    const only = addresses === undefined ? {} : { only: addresses as Address[] };
    const report = await detectDrift(ports, environment, { ...only, record: false, ...(signal === undefined ? {} : { signal }) });
    if (report.deferred !== undefined) return { status: 'error', message: report.deferred, reason: 'LOCK_HELD', findings: [] };
    const { findings, checked } = report;
    return {
      status: 'success',
      message:
        findings.length === 0
          ? `${countOf(checked, 'resource')} checked, all in sync`
          : `${countOf(findings.length, 'resource')} of ${checked} drifted`,
      checked,
      findings: findings.slice(0, 50).map(findingData),
      notChecked: report.notChecked.slice(0, 50).map(({ address, reason }) => ({ address, reason })),
    };
  },
});

function findingData(finding: DriftFinding) {
  return {
    address: finding.address,
    type: finding.type,
    kind: finding.kind,
    severity: finding.severity,
    actor: finding.actor === undefined ? null : oneLine(finding.actor, 200),
    since: finding.foundAt,
    changes: finding.changes
      .slice(0, 20)
      .flatMap(changeLines)
      .map((line) => line.trim()),
  };
}

const decided = {
  address: z.string().min(1).max(300),
  decision: z.enum(['revert', 'adopt', 'ignore', 'snooze']),
  paths: z.array(z.string().max(500)).max(100).optional(),
  reason: z.string().max(1000).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
};

export const proposeDecision = defineTool({
  name: 'propose_drift_decision',
  title: 'Propose what to do about drift',
  description:
    'For one drifted resource: revert (AWS goes back to the files), adopt (the files take the live value), ignore (for good) or snooze (till `until`), both with a `reason`, kept in the files; `paths` (JSON Pointers such as /Tags) limits it to properties. `also`: further decisions for the same plan and commit. A person decides after seeing the plan.',
  audience: 'both',
  input: z.strictObject({ ...decided, also: z.array(z.strictObject(decided)).max(100).optional() }),
  annotations: PROPOSES,
  run: async ({ also = [], ...first }, context): Promise<ToolResult> => {
    const all: Decided[] = [];
    for (const input of [first, ...also]) {
      const decision = decisionOf(input);
      if (typeof decision === 'string') return { status: 'error', message: decision, reason: 'invalid-input' };
      all.push({ address: input.address, decision });
    }
    const { project } = await context.load();
    const { ports, environment, request, signal } = context;
    const deps = { ports, environment, project, request, ...(signal === undefined ? {} : { signal }) };
    return offered(await proposeDriftDecisions(deps, all), context);
  },
});

interface DecisionInput {
  readonly decision: 'revert' | 'adopt' | 'ignore' | 'snooze';
  readonly paths?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  readonly until?: string | undefined;
}

/** The decision, or what is missing for it. */
function decisionOf({ decision, paths, reason, until }: DecisionInput): DriftDecision | string {
  const chosen = paths === undefined ? {} : { paths };
  if (decision === 'revert' || decision === 'adopt') return { kind: decision, ...chosen };
  if (reason === undefined || reason.trim() === '') return `${decision} needs a reason`;
  if (decision === 'snooze' && until === undefined) return 'snooze needs until, a time such as 2030-01-31T09:00:00Z';
  return { kind: 'ignore', reason, ...chosen, ...(until === undefined ? {} : { until }) };
}
