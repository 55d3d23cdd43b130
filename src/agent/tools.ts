/** The one tool registry: names, inputs and results are final (DESIGN §11), held by `test/pins.test.ts`. */
import { isObject } from '../engine/json/pointer.ts';
import type { Json } from '../engine/model.ts';
import type { ToolSpec } from './model.ts';
import { apply } from './tools/apply.ts';
import { askUser } from './tools/ask.ts';
import { detect, proposeDecision } from './tools/drift.ts';
import { explainFailure, history, plan, status } from './tools/operate.ts';
import { gitCommit, gitPush, updateYamlFile } from './tools/original.ts';
import { proposeChange } from './tools/propose.ts';
import { describeType, listResources, readPhase, readResource, validate } from './tools/read.ts';
import { rollback } from './tools/rollback.ts';
import { proposeSetup, setupIal } from './tools/setup.ts';
import type { Tool } from './tools/tool.ts';

export const TOOLS: readonly Tool[] = [
  listResources,
  readResource,
  readPhase,
  describeType,
  validate,
  proposeChange,
  rollback,
  proposeDecision,
  proposeSetup,
  plan,
  detect,
  history,
  status,
  explainFailure,
  askUser,
  apply,
  updateYamlFile,
  gitCommit,
  gitPush,
  setupIal,
];

/** The tools one audience sees. */
export function toolsFor(audience: 'agent' | 'mcp'): readonly Tool[] {
  return TOOLS.filter((tool) => tool.audience === 'both' || tool.audience === audience);
}

export function findTool(name: string, audience: 'agent' | 'mcp'): Tool | undefined {
  return toolsFor(audience).find((tool) => tool.name === name);
}

/** What the model is told about its tools. */
export function toolSpecs(): readonly ToolSpec[] {
  return SPECS;
}

/** What the checks of the tools themselves hold: sent with every prompt, it would only cost. */
const LEFT_OUT = new Set(['$schema', 'additionalProperties', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern', 'propertyNames']);

function lean(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(lean);
  if (!isObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => !LEFT_OUT.has(key) && !(typeof value === 'number' && !isNear(value)));
  return Object.fromEntries(kept.map(([key, value]) => [key, key === 'properties' ? fields(value) : lean(value)]));
}

/** Names of inputs are kept whatever they are. */
function fields(properties: Json): Json {
  return isObject(properties) ? Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, lean(value)])) : properties;
}

/** Bounds of every integer say nothing. */
function isNear(bound: number): boolean {
  return Math.abs(bound) < Number.MAX_SAFE_INTEGER;
}

const SPECS: readonly ToolSpec[] = toolsFor('agent').map(({ name, description, inputSchema }) => ({
  name,
  description,
  inputSchema: lean(inputSchema) as ToolSpec['inputSchema'],
}));

export {
  defineTool,
  type Load,
  type LoadedProject,
  type ProposalDesk,
  type Tool,
  type ToolAnnotations,
  type ToolContext,
  type ToolResult,
} from './tools/tool.ts';
