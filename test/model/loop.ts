/** Drives the rule-based model through the real reading tools over phase files. What it proposes is recorded, not carried out. */
import { join } from 'node:path';
import { repositoryMap, systemPrompt } from '../../src/agent/prompt.ts';
import { describeType, listResources, readPhase, readResource } from '../../src/agent/tools/read.ts';
import type { ToolContext } from '../../src/agent/tools/tool.ts';
import { toolSpecs } from '../../src/agent/tools.ts';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import type { Environment, Json, JsonObject, Project, SourceFile } from '../../src/engine/model.ts';
import { ruleBasedModel } from '../../src/sandbox/model/index.ts';
import type { ConverseRequest, ModelJson, ModelMessage } from '../../src/sandbox/model-handler.ts';

const schemas = packagedSchemas(join(import.meta.dirname, '../../schemas'));
const READERS = [listResources, readResource, readPhase, describeType];

/** What tools over state and cloud say in these tests: nothing deployed yet, nothing drifted. */
export const QUIET: { readonly [tool: string]: JsonObject } = {
  status: { status: 'success', message: '0 resources recorded in default', lastDeployment: null, drifted: [] },
  history: { status: 'success', message: 'no deployment yet', deployments: [] },
  detect_drift: { status: 'success', message: '3 resources checked, all in sync', findings: [], checked: 3 },
  explain_failure: { status: 'success', message: 'no failed deployment among the last 50', failed: [] },
  propose_setup: { status: 'error', message: 'propose_setup is not available', next: 'write ial.yaml' },
  propose_rollback: { status: 'success', message: 'proposed' },
};

export interface Heard {
  /** `decline`: it says why nothing is done, and what is said next is a new request. */
  readonly kind: 'edit' | 'clarify' | 'decline' | 'answer';
  readonly text: string;
  readonly edits: readonly JsonObject[];
  readonly question?: string;
  readonly warning?: JsonObject;
  readonly choices: readonly string[];
  readonly tools: readonly string[];
  /** Inputs by tool, in the order of the calls. */
  readonly inputs: { readonly [tool: string]: readonly JsonObject[] };
  /** Tokens of each prompt that was sent: system prompt, tools and the conversation so far, UTF-8 bytes / 3.5. */
  readonly prompts: readonly number[];
}

const SYSTEM = systemPrompt({ name: 'sandbox', account: '000000000000', region: 'us-east-1', sandbox: true } as unknown as Environment);

function tokensOf(prompt: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(prompt)) / 3.5);
}

export function projectOf(files: readonly SourceFile[]): Project {
  return loadProject('orders', files, {}).project;
}

/** Say one sentence; `answers` reply to the questions that come back, in order. At most 12 rounds, as in the session. */
export async function say(project: Project, sentence: string, answers: readonly string[] = [], overrides = QUIET): Promise<Heard> {
  const messages: ModelMessage[] = [
    {
      role: 'user',
      content: [{ text: sentence }, { text: `<ial-data kind="repository-map">\n${repositoryMap(project, sentence)}\n</ial-data>` }],
    },
  ];
  const heard = {
    text: '',
    edits: [] as JsonObject[],
    tools: [] as string[],
    inputs: {} as Record<string, JsonObject[]>,
    prompts: [] as number[],
    left: [...answers],
  };
  for (let round = 0; round < 12; round += 1) {
    heard.prompts.push(tokensOf([SYSTEM, toolSpecs(), messages]));
    const reply = await ruleBasedModel({ modelId: 'rules', system: [{ text: 'agent' }], messages } satisfies ConverseRequest);
    messages.push({ role: 'assistant', content: reply.content });
    const uses = reply.content.flatMap((block) => ('toolUse' in block ? [block.toolUse] : []));
    heard.text = reply.content.flatMap((block) => ('text' in block ? [block.text] : [])).join('\n');
    if (uses.length === 0)
      return { kind: heard.edits.length > 0 || heard.tools.includes('propose_rollback') ? 'edit' : 'answer', choices: [], ...heard };
    const results: ModelMessage['content'][number][] = [];
    for (const use of uses) {
      heard.tools.push(use.name);
      const input = use.input as JsonObject;
      heard.inputs[use.name] = [...(heard.inputs[use.name] ?? []), input];
      const answer = heard.left[0];
      if (use.name === 'ask_user' && answer === undefined && input.choices === undefined)
        return { ...heard, kind: 'decline', text: String(input.question), choices: [] };
      if (use.name === 'ask_user' && answer === undefined)
        return {
          kind: 'clarify',
          question: String(input.question),
          ...(input.warning === undefined ? {} : { warning: input.warning as JsonObject }),
          ...heard,
          choices: (input.choices ?? []) as string[],
        };
      if (use.name === 'ask_user') heard.left.shift();
      if (use.name === 'propose_change') heard.edits.push(...(input.edits as JsonObject[]));
      const json = (
        use.name === 'ask_user' ? { status: 'success', answer } : await result(project, use.name, input, overrides)
      ) as ModelJson;
      results.push({ toolResult: { toolUseId: use.toolUseId, content: [{ json }] } });
    }
    messages.push({ role: 'user', content: results });
  }
  throw new Error(`no end in 12 rounds: ${heard.tools.join(', ')}`);
}

async function result(project: Project, name: string, input: Json, quiet: typeof QUIET): Promise<Json> {
  const reader = READERS.find((tool) => tool.name === name);
  if (!reader) return quiet[name] ?? { status: 'success', message: 'proposed', guardrails: [] };
  const context = { load: async () => ({ project, diagnostics: [] }), ports: { schemas } } as unknown as ToolContext;
  const answer = await reader.run(input, context);
  const text = JSON.stringify(answer);
  return text.length <= 24_000 ? (answer as unknown as Json) : { status: answer.status, message: answer.message, cut: true };
}
