/** `propose_rollback`: an older commit's files as a proposal. */
import { z } from 'zod';
import { proposeRollback } from '../rollback.ts';
import { offered } from './propose.ts';
import { defineTool, PROPOSES } from './tool.ts';

export const rollback = defineTool({
  name: 'propose_rollback',
  title: 'Propose a rollback',
  description:
    'One of: go back to the phases of an earlier `commit`, undo the last `steps` commits of phases (default 1), or go back to what was deployed before the deployment `before` (its id or version), by a new commit. A person decides after seeing the plan and what cannot come back.',
  audience: 'both',
  input: z.strictObject({
    commit: z.string().min(1).max(100).optional(),
    steps: z.int().min(1).max(1000).optional(),
    before: z.string().min(1).max(100).optional(),
    reason: z.string().max(1000).optional(),
  }),
  annotations: PROPOSES,
  run: async ({ commit, steps, before }, context) => {
    const { ports, environment, load, request, signal } = context;
    if ([commit, steps, before].filter((given) => given !== undefined).length > 1)
      return { status: 'error', message: 'give one of commit, steps and before', reason: 'invalid-input' };
    const deps = { ports, environment, load, request, ...(signal === undefined ? {} : { signal }) };
    const target = commit !== undefined ? { commit } : before !== undefined ? { before } : { steps: steps ?? 1 };
    return offered({ kind: 'proposal', proposal: await proposeRollback(deps, target) }, context);
  },
});
