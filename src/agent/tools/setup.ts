/** `propose_setup`, and the original project's `setup_ial` with its parameters: an AWS environment in `ial.yaml`. */
import { z } from 'zod';
import { propose } from '../change.ts';
import { setupEdits } from '../setup.ts';
import { offered } from './propose.ts';
import { defineTool, PROPOSES, type ToolContext, type ToolResult } from './tool.ts';

interface Wanted {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly environment?: string | undefined;
}

async function setUp({ account = '', region = '', environment = 'prod' }: Wanted, context: ToolContext): Promise<ToolResult> {
  const { project } = await context.load();
  const edits = setupEdits(project, { account, region, environment });
  if (typeof edits === 'string') return { status: 'error', message: edits, reason: 'invalid-input' };
  const { ports, request, signal } = context;
  const reason = `environment ${environment}: account ${account}, ${region}`;
  return offered(await propose(ports, context.environment, project, edits, reason, request || reason, { signal }), context);
}

export const proposeSetup = defineTool({
  name: 'propose_setup',
  title: 'Propose a setup',
  description: 'An AWS environment in ial.yaml: account, region, name (default prod). A person decides after seeing the diff.',
  audience: 'both',
  input: z.strictObject({
    account: z.string().max(20).optional(),
    region: z.string().max(30).optional(),
    environment: z.string().max(60).optional(),
  }),
  annotations: PROPOSES,
  run: setUp,
});

export const setupIal = defineTool({
  name: 'setup_ial',
  title: 'Set up IaL',
  description:
    "The original project's setup: proposes the environment of an AWS account in ial.yaml. A person decides after seeing the diff, and runs `ial bootstrap` for table, roles and drift function.",
  audience: 'mcp',
  input: z.strictObject({
    aws_account_id: z.string().max(20).optional(),
    aws_region: z.string().max(30).optional(),
    project_name: z.string().max(100).optional(),
  }),
  annotations: PROPOSES,
  run: async ({ aws_account_id: account, aws_region: region }, context) => {
    const result = await setUp({ account, region }, context);
    // Roles and tables of an account are made by a person: no client can confirm what needs a typed name.
    return { ...result, next: 'a person runs ial bootstrap --dry-run to see what the account needs, then ial bootstrap' };
  },
});
