/**
 * The third composition: a folder's files and the rule-based parser, without configuration, cloud or sandbox. Nothing can be deployed
 * from here, and nothing is claimed about what is deployed.
 */
import type { ContentBlock, Message, Model, ModelEvent, ModelRequest } from './agent/model.ts';
import { loader, SANDBOX_MODEL, SCHEMAS, systemClock, systemRandom } from './compose.ts';
import { IalError } from './engine/errors.ts';
import { environmentOf, parseConfig } from './engine/load/config.ts';
import type { Json } from './engine/model.ts';
import type { Lock, Ports, Repo, State } from './engine/ports.ts';
import type { Composition } from './headless/services.ts';
import { localHost } from './host.ts';
import type { ConverseReply, ConverseRequest, ModelHandler, ModelMessage } from './sandbox/model-handler.ts';

/** Read the templates of a folder, inside a repository or not. @throws IalError `NOT_A_REPOSITORY` when there is no such folder */
export async function offline(directory: string): Promise<Composition> {
  const [{ packagedSchemas }, { ruleBasedModel }] = await Promise.all([import('./aws/schemas.ts'), import('./sandbox/model/index.ts')]);
  const repo = await repoOf(directory);
  const { root } = await repo.status();
  const { config } = parseConfig(undefined);
  const environment = environmentOf(config, undefined);
  const schemas = packagedSchemas(SCHEMAS);
  const ports: Ports = { ...nowhere(), schemas, repo, clock: systemClock, random: systemRandom, host: localHost() };
  return {
    root,
    repo,
    environment,
    schemas,
    configured: false,
    load: loader(repo, environment, config),
    ports,
    onEvent: () => () => undefined,
    model: async () => inProcess(ruleBasedModel),
    upload: async () => false,
    subscribers: async () => [],
    subscribe: async () => undefined,
    close: async () => undefined,
  };
}

/** A repository with phases as it is; anything else as a plain folder. */
async function repoOf(directory: string): Promise<Repo> {
  const [{ gitRepo }, { folderRepo }] = await Promise.all([import('./git/repo.ts'), import('./git/folder.ts')]);
  try {
    const repo = await gitRepo(directory, { sandbox: false });
    if ((await repo.read()).files.some(({ path }) => path.startsWith('phases/'))) return repo;
  } catch (error) {
    if (!(error instanceof IalError) || error.code !== 'NOT_A_REPOSITORY') throw error;
  }
  return folderRepo(directory);
}

/** Ports of a place that has no cloud: nothing is recorded, and whatever would reach out says what is missing. */
function nowhere(): Omit<Ports, 'schemas' | 'repo' | 'clock' | 'random' | 'host'> {
  const missing = (): never => {
    const hint = 'run ial init, name account and region in ial.yaml, or use the offline sandbox with --env sandbox';
    throw new IalError('CONFIG_MISSING', 'no environment is configured here', { missing: ['ial.yaml'] }, { hint });
  };
  const refuse = async () => missing();
  const none = async () => [];
  const state: State = {
    ensure: async () => undefined,
    rows: none,
    row: async () => undefined,
    rowsNamed: none,
    legacyRows: none,
    commit: refuse,
    markDrift: refuse,
    putDeployment: refuse,
    deployments: none,
    putPlan: refuse,
    plan: async () => undefined,
    putApproval: refuse,
    approval: async () => undefined,
    consumeApproval: refuse,
    openFinding: refuse,
    closeFinding: refuse,
    markTold: refuse,
    openFindings: none,
    closedFindings: none,
    sweepPlace: async () => undefined,
    putSweepPlace: refuse,
    rowIndex: async () => undefined,
    putRowIndex: refuse,
  };
  const lock: Lock = {
    read: async () => ({}),
    nextFence: refuse,
    put: refuse,
    beat: refuse,
    release: refuse,
    setHold: refuse,
  };
  return {
    cloud: { submit: refuse, status: refuse, cancel: refuse, read: refuse, list: refuse },
    identity: { caller: refuse },
    lookup: {
      dynamicReference: refuse,
      availabilityZones: async (region) => ['a', 'b', 'c'].map((zone) => `${region || 'us-east-1'}${zone}`),
      exports: async () => ({}),
    },
    state,
    lock,
    notifier: { notify: refuse },
    sealer: { hmac: async () => undefined },
    events: { emit: () => undefined },
  };
}

// --------------------------------------------------------------------------------------------------- the parser without a wire

/** Bytes of UTF-8 for one token, where nobody counts them. */
const BYTES_A_TOKEN = 3.5;

function inProcess(handler: ModelHandler): Model {
  return {
    label: SANDBOX_MODEL.label,
    async *converse(request, signal) {
      const asked = wireRequest(request);
      const reply = await handler(asked);
      signal.throwIfAborted();
      yield* eventsOf(asked, reply);
    },
  };
}

function wireRequest({ system, messages, tools }: ModelRequest): ConverseRequest {
  const specs = tools.map(({ name, description, inputSchema }) => ({
    toolSpec: { name, description, inputSchema: { json: inputSchema } },
  }));
  return { modelId: SANDBOX_MODEL.id, system: [{ text: system }], messages: messages.map(wireMessage), toolConfig: { tools: specs } };
}

function wireMessage({ role, content }: Message): ModelMessage {
  return { role, content: content.map(wireBlock) };
}

function wireBlock(block: ContentBlock): ModelMessage['content'][number] {
  if (block.kind === 'text') return { text: block.text };
  if (block.kind === 'tool-use') return { toolUse: { toolUseId: block.id, name: block.name, input: block.input } };
  return { toolResult: { toolUseId: block.id, content: [{ json: block.content }], status: block.isError ? 'error' : 'success' } };
}

function* eventsOf(asked: ConverseRequest, { content, stopReason }: ConverseReply): Generator<ModelEvent> {
  for (const block of content) {
    if ('text' in block) yield { kind: 'text', text: block.text };
    else yield { kind: 'tool-use', id: block.toolUse.toolUseId, name: block.toolUse.name, input: block.toolUse.input as Json };
  }
  const tokens = (value: unknown) => Math.ceil(Buffer.byteLength(JSON.stringify(value)) / BYTES_A_TOKEN);
  const usage = { inputTokens: tokens([asked.system, asked.messages, asked.toolConfig]), outputTokens: tokens(content) };
  yield { kind: 'end', stopReason: stopReason === 'tool_use' ? 'tool-use' : 'end', usage };
}
