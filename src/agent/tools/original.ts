/** The original project's MCP tools: names, parameters and result shape as they were. */
import { z } from 'zod';
import { escapeSegment, isObject } from '../../engine/json/pointer.ts';
import { environmentOf, parseConfig } from '../../engine/load/config.ts';
import type { Json, PhaseEdit, Pointer, Project, SourceFile } from '../../engine/model.ts';
import { levelOf, makePlan } from '../../engine/plan/plan.ts';
import { parseYaml } from '../../engine/yaml/yaml.ts';
import { forgedTrailer, usableApproval } from '../approval.ts';
import { propose } from '../change.ts';
import { proposalResult } from './propose.ts';
import { defineTool, diagnosticData, type ToolContext, type ToolResult, WRITES_FILES } from './tool.ts';

export const updateYamlFile = defineTool({
  name: 'update_yaml_file',
  title: 'Update a YAML phase file',
  description:
    'Append, remove or replace the value at `yaml_path` (dots, `[0]`, `[Key=value]`) in a file under phases/. Every other byte stays. Writes the working tree; returns diff and plan.',
  audience: 'mcp',
  input: z.strictObject({
    file_path: z.string().min(1).max(500),
    yaml_path: z.string().min(1).max(1000),
    action: z.enum(['append', 'remove', 'replace']),
    value: z.unknown().optional(),
  }),
  output: { file_path: z.string(), diff: z.string(), plan: z.string() },
  annotations: WRITES_FILES,
  run: async (input, context) => {
    const { project } = await context.load();
    if (!/^phases\/(?!.*(?:^|\/)\.\.(?:\/|$)).+\.ya?ml$/.test(input.file_path)) return outside(input.file_path);
    const file = project.files.find((candidate) => candidate.path === input.file_path);
    if (!file) return unknownFile(project, input.file_path);
    const found = locate(parseYaml(file).data ?? null, input.yaml_path);
    if (found.kind === 'missing') return unknownPath(input.yaml_path, found);
    const value = meant(input.value as Json | undefined, input.action === 'replace' ? found.value : firstOf(found.value));
    const edit = editFor(input.action, { file: file.path, pointer: found.pointer }, found.value, value);
    if (typeof edit === 'string') return { status: 'error', message: edit, reason: 'invalid-input' };
    return writeEdit(edit, context, project);
  },
});

function outside(path: string): ToolResult {
  return { status: 'error', message: `${path} is not a YAML file under phases/`, reason: 'outside-phases' };
}

function unknownFile(project: Project, path: string): ToolResult {
  const candidates = project.files.map((file) => file.path).filter((name) => name.startsWith('phases/'));
  return { status: 'error', message: `no file ${path}`, reason: 'not-found', candidates: candidates.slice(0, 50) };
}

function unknownPath(path: string, found: Missing): ToolResult {
  const message = `${path} is not in the file: \`${found.at}\` is unknown${found.below === '' ? '' : ` below ${found.below}`}`;
  return { status: 'error', message, reason: 'unknown-path', candidates: found.candidates };
}

async function writeEdit(edit: PhaseEdit, context: ToolContext, project: Project): Promise<ToolResult> {
  const { ports, environment, signal } = context;
  const result = await propose(ports, environment, project, [edit], 'update_yaml_file', context.request, {
    signal,
    memory: context.desk.memory,
  });
  if (result.kind === 'refused') {
    const problems = result.diagnostics.map(diagnosticData);
    return {
      status: 'error',
      message: `refused: ${result.diagnostics[0]?.message ?? 'the edit does not fit'}`,
      reason: 'EDIT_REFUSED',
      problems,
      candidates: result.candidates,
    };
  }
  const { proposal } = result;
  await ports.repo.write(proposal.files.map((file) => ({ path: file.path, text: file.after })));
  const path = proposal.files[0]?.path ?? '';
  return { ...proposalResult(proposal), message: `${path} updated in the working tree; not committed, not deployed`, file_path: path };
}

/** Clients that know only texts send JSON: where a thing of its kind stands, or a list is still empty, it is that thing. */
function meant(value: Json | undefined, there: Json | undefined): Json | undefined {
  if (typeof value !== 'string' || typeof there === 'string') return value;
  const read = readJson(value);
  return there === undefined ? (isObject(read) ? read : value) : kindOf(read) === kindOf(there) ? read : value;
}

function firstOf(value: Json): Json | undefined {
  return Array.isArray(value) ? value[0] : undefined;
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function kindOf(value: Json | undefined): string {
  return Array.isArray(value) ? 'list' : typeof value;
}

type Target = { readonly file: string; readonly pointer: Pointer };

/** The typed edit for one of the three actions, or why there is none. */
function editFor(action: 'append' | 'remove' | 'replace', target: Target, current: Json, value: Json | undefined): PhaseEdit | string {
  if (action === 'remove' && value !== undefined && Array.isArray(current)) {
    const index = current.findIndex((item) => matches(item, value));
    return index < 0
      ? 'no item of the list equals the value to remove'
      : { kind: 'remove', target: { ...target, pointer: `${target.pointer}/${index}` } };
  }
  if (action === 'remove') return { kind: 'remove', target };
  if (value === undefined) return `action ${action} needs a value`;
  if (action === 'append' && !Array.isArray(current)) return 'append needs a list at yaml_path';
  return { kind: action === 'append' ? 'append' : 'set', target, value };
}

/** Every field the client names is equal; fields it leaves out do not matter. */
function matches(item: Json, wanted: Json): boolean {
  if (isObject(item) && isObject(wanted)) return Object.entries(wanted).every(([key, value]) => matches(item[key] ?? null, value));
  return JSON.stringify(item) === JSON.stringify(wanted);
}

interface Missing {
  readonly kind: 'missing';
  readonly at: string;
  readonly below: string;
  readonly candidates: readonly string[];
}

/** `resources.sg.properties.SecurityGroupIngress[FromPort=80]` -> a JSON Pointer, or the first step that is not there. */
export function locate(data: Json, path: string): { readonly kind: 'found'; readonly pointer: Pointer; readonly value: Json } | Missing {
  let value: Json = data;
  let pointer = '';
  const walked: string[] = [];
  for (const step of path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)) {
    const key = stepKey(value, step[1], step[2]);
    const next: Json | undefined = key === undefined ? undefined : (value as { readonly [key: string]: Json })[key];
    if (key === undefined || next === undefined)
      return { kind: 'missing', at: step[0], below: walked.join('.'), candidates: namesIn(value) };
    pointer += `/${escapeSegment(key)}`;
    walked.push(step[0]);
    value = next;
  }
  return { kind: 'found', pointer, value };
}

function stepKey(value: Json, selector: string | undefined, name: string | undefined): string | undefined {
  if (Array.isArray(value)) return listKey(value, selector ?? name ?? '');
  const key = (selector ?? name ?? '').replace(/^"|"$/g, '');
  return isObject(value) && Object.hasOwn(value, key) ? key : undefined;
}

function listKey(list: readonly Json[], selector: string): string | undefined {
  if (/^\d+$/.test(selector)) return Number(selector) < list.length ? selector : undefined;
  const [key = '', wanted] = selector.split('=');
  const index = list.findIndex((item) => isObject(item) && String(item[key]) === wanted);
  return index < 0 ? undefined : String(index);
}

function namesIn(value: Json): string[] {
  if (Array.isArray(value)) return value.slice(0, 30).map((_item, index) => `[${index}]`);
  return isObject(value) ? Object.keys(value).slice(0, 30) : [];
}

export const gitCommit = defineTool({
  name: 'git_commit',
  title: 'Commit phase files',
  description: 'Commit these files with this message on the current branch. Lines starting with `IaL-` are refused: only ial writes them.',
  audience: 'mcp',
  input: z.strictObject({ files: z.array(z.string().min(1).max(500)).min(1).max(200), message: z.string().min(1).max(5000) }),
  output: { commit: z.string(), files: z.array(z.string()) },
  annotations: WRITES_FILES,
  run: async ({ files, message }, { ports }) => {
    const forged = forgedTrailer(message);
    if (forged !== undefined)
      return {
        status: 'error',
        message: `the message holds a line only ial may write: ${forged.trim().slice(0, 60)}`,
        reason: 'forged-trailer',
      };
    const elsewhere = files.find((file) => !/^(phases\/|parameters[.\w-]*\.env$)/.test(file) || file.split('/').includes('..'));
    if (elsewhere !== undefined) return outside(elsewhere);
    const sha = await ports.repo.commit(files, message);
    ports.events.emit({ kind: 'committed', sha, files });
    return { status: 'success', message: `committed ${sha.slice(0, 7)}; not pushed`, commit: sha, files };
  },
});

export const gitPush = defineTool({
  name: 'git_push',
  title: 'Push',
  description:
    "Push the branch. To an environment's branch this starts a deployment, so a severe plan needs `ial approve` first: the answer names the command.",
  audience: 'mcp',
  input: z.strictObject({ remote: z.string().min(1).max(100).optional(), branch: z.string().min(1).max(200).optional() }),
  output: { remote: z.string(), branch: z.string() },
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  run: async ({ remote, branch }, context) => {
    const { ports } = context;
    const to = branch ?? (await ports.repo.status()).branch;
    const refusal = to === undefined ? undefined : await pushRefusal(context, to);
    if (refusal) return refusal;
    const pushed = await ports.repo.push(remote, branch);
    ports.events.emit({ kind: 'pushed', ...pushed });
    return { status: 'success', message: `pushed to ${pushed.remote}/${pushed.branch}`, ...pushed };
  },
});

/** A push to a branch that is deployed needs what an apply of the commit there needs: what is in the working tree does not matter. */
async function pushRefusal(context: ToolContext, branch: string): Promise<ToolResult | undefined> {
  const { ports, environment, load } = context;
  const head = await ports.repo.resolve(`refs/heads/${branch}`);
  if (head === undefined) return undefined;
  const { files } = await ports.repo.read(head);
  const other = environment.sandbox ? undefined : deployedFrom(files, branch, environment.name);
  if (other !== undefined) return elsewhere(branch, other);
  return branch === environment.branch ? severeRefusal(context, (await load(files)).project) : undefined;
}

/** Another environment that CI deploys from this branch: its plan is not known here. */
function deployedFrom(files: readonly SourceFile[], branch: string, own: string): string | undefined {
  const { config } = parseConfig(files.find(({ path }) => path === 'ial.yaml'));
  return Object.keys(config.environments).find((name) => {
    const { sandbox, deploy, branch: deployed } = environmentOf(config, name);
    return name !== own && !sandbox && deploy === 'ci' && deployed === branch;
  });
}

function elsewhere(branch: string, environment: string): ToolResult {
  return {
    status: 'error',
    message: `a push of ${branch} would deploy the environment ${environment}, and this server plans another one`,
    reason: 'PUSH_REFUSED',
    next: `start the server with --env ${environment}, or a person pushes`,
  };
}

/** A severe plan is pushed only with an approval that a person wrote; CI then uses it up. */
async function severeRefusal({ ports, environment }: ToolContext, project: Project): Promise<ToolResult | undefined> {
  const { plan } = await makePlan(ports, environment, project);
  const level = levelOf(plan);
  if (level.kind === 'refused') return { status: 'error', message: `refused: ${level.reason}`, reason: 'GUARDRAIL' };
  const approved = level.kind !== 'severe' || (await usableApproval(ports, plan.id)) !== undefined;
  await ports.state.putPlan(plan);
  if (approved) return undefined;
  return {
    status: 'error',
    message: 'this push would deploy a severe plan',
    reason: 'APPROVAL_NEEDED',
    plan: plan.id,
    next: `a person runs: ial approve ${plan.id}`,
  };
}
