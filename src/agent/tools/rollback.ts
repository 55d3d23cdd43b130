/** `propose_rollback`: an older commit's files as a proposal. */
import { z } from 'zod';
import { proposeRollback } from '../rollback.ts';
import { offered } from './propose.ts';
import { defineTool, PROPOSES } from './tool.ts';

export const rollback = defineTool({
  name: 'propose_rollback',
  title: 'Propose a rollback',
  description:
    'Go back to the phases of an earlier `commit`, or undo the last `steps` changes (default 1), by a new commit. A person decides after seeing the plan and what cannot come back.',
  audience: 'both',
  input: z.strictObject({
    commit: z.string().min(1).max(100).optional(),
    steps: z.int().min(1).max(1000).optional(),
    reason: z.string().max(1000).optional(),
  }),
  annotations: PROPOSES,
  run: async ({ commit, steps }, context) => {
    const { ports, environment, load, request, signal } = context;
    if (commit !== undefined && steps !== undefined)
      return { status: 'error', message: 'give commit or steps, not both', reason: 'invalid-input' };
    const deps = { ports, environment, load, request, ...(signal === undefined ? {} : { signal }) };
    const proposal = await proposeRollback(deps, commit === undefined ? { steps: steps ?? 1 } : { commit });
    return offered({ kind: 'proposal', proposal }, context);
  },
});
