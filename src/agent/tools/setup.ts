/** `propose_setup`, an AWS environment in `ial.yaml`, and the original project's `setup_ial` with its parameters, which also shows what the account gets. */
import { z } from 'zod';
import { environmentOf, parseConfig } from '../../engine/load/config.ts';
import { planBootstrap } from '../bootstrap.ts';
import { propose } from '../change.ts';
import { setupEdits } from '../setup.ts';
import { countOf, summaryLine } from '../words.ts';
import { diffText, offered } from './propose.ts';
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
  return offered(
    await propose(ports, context.environment, project, edits, reason, request || reason, { signal, memory: context.desk.memory }),
    context,
  );
}

export const proposeSetup = defineTool({
  name: 'propose_setup',
  title: 'Propose a setup',
  description:
    'An AWS environment in ial.yaml: account, region, name (default prod). A person decides after seeing the diff; for an MCP client a person makes the change in the file.',
  audience: 'both',
  input: z.strictObject({
    account: z.string().max(20).optional(),
    region: z.string().max(30).optional(),
    environment: z.string().max(60).optional(),
  }),
  annotations: PROPOSES,
  run: setUp,
});

/** What the account of this environment would get: what `ial bootstrap` shows, with the same plan id. Nothing of it is put to a client. */
async function whatAccountNeeds(context: ToolContext): Promise<ToolResult> {
  const { ports, environment, setup } = context;
  if (setup === undefined) return { status: 'error', message: 'ial bootstrap sets up an account', reason: 'not-here' };
  const [parts, { project }] = await Promise.all([setup(), context.load()]);
  const { files, plan } = await planBootstrap(ports, environment, project, parts);
  const where = `${environment.sandbox ? 'SANDBOX ' : ''}${environment.name} (account ${environment.account}, ${environment.region})`;
  const acting = plan.actions.filter(({ kind }) => kind !== 'no-op');
  if (files.length === 0 && acting.length === 0)
    return { status: 'success', message: `nothing to do: everything ial needs is in ${where}`, plan: plan.id, files: [] };
  return {
    status: 'success',
    message: `setting up ${where}: ${countOf(files.length, 'file')}, ${summaryLine(plan.summary)}; nothing is written yet`,
    plan: plan.id,
    summary: summaryLine(plan.summary),
    files: files.map(({ path }) => path),
    actions: acting.map(({ kind, address, type }) => ({ kind, address, type })),
    consequence: plan.consequence.text,
    guardrails: plan.guardrails.map(({ rule, level, message }) => ({ rule, level, message })),
    diff: diffText(files),
    // Roles and tables of an account are made by a person: no client can confirm what needs a typed name.
    next: 'a person runs: ial bootstrap',
  };
}

export const setupIal = defineTool({
  name: 'setup_ial',
  title: 'Set up IaL',
  description:
    "The original project's setup. For an account that ial.yaml does not name: proposes its environment there. Else shows what `ial bootstrap` would make in the server's account (phases, roles with their policies, drift function) as files, diff and plan; a person runs that command.",
  audience: 'mcp',
  input: z.strictObject({
    aws_account_id: z.string().max(20).optional(),
    aws_region: z.string().max(30).optional(),
    project_name: z.string().max(100).optional(),
  }),
  annotations: PROPOSES,
  run: async ({ aws_account_id: account, aws_region: region }, context) => {
    const { environment } = context;
    const isHere = (account ?? environment.account) === environment.account && (region ?? environment.region) === environment.region;
    if (isHere) return whatAccountNeeds(context);
    const named = await environmentFor(context, account, region);
    if (named === undefined) {
      const result = await setUp({ account, region }, context);
      return { ...result, next: 'once ial.yaml names the account, call setup_ial with the server started for it (--env prod)' };
    }
    const next = `start the server with --env ${named} and call setup_ial again, or a person runs: ial bootstrap --env ${named}`;
    return { status: 'success', message: `ial.yaml names that account already: environment ${named}`, environment: named, next };
  },
});

/** The environment of `ial.yaml` in this account and region. */
async function environmentFor(context: ToolContext, account?: string, region?: string): Promise<string | undefined> {
  const { project } = await context.load();
  const { config } = parseConfig(project.files.find(({ path }) => path === 'ial.yaml'));
  return Object.keys(config.environments).find((name) => {
    const one = environmentOf(config, name);
    return !one.sandbox && one.account === account && (region === undefined || one.region === region);
  });
}
