/** Tools that look at files and schemas. They read, and say where things stand. */
import { z } from 'zod';
import { isFromCommand } from '../../engine/edit/index.ts';
import { IalError } from '../../engine/errors.ts';
import type { Declaration, Diagnostic, Json, Phase, Project } from '../../engine/model.ts';
import { makePlan } from '../../engine/plan/plan.ts';
import { redactJson, redactText } from '../redact.ts';
import { aboutOf, ranked } from '../relevance.ts';
import { declarationOf } from '../wording.ts';
import { propertyLines } from './describe.ts';
import { dependants, valueSources } from './references.ts';
import { defineTool, diagnosticData, READS, type ToolContext, type ToolResult } from './tool.ts';

const MOST_LISTED = 500;
const MOST_TEXT = 12_000;

export const listResources = defineTool({
  name: 'list_resources',
  title: 'List resources',
  description: 'Resources of the phase files, best match for `query` first. Filter by CloudFormation `type`; page with `offset`.',
  audience: 'both',
  input: z.strictObject({
    query: z.string().max(1000).optional(),
    type: z.string().optional(),
    phase: z.string().optional(),
    limit: z.int().min(1).max(MOST_LISTED).optional(),
    offset: z.int().min(0).optional(),
  }),
  output: { resources: z.array(z.looseObject({ address: z.string(), type: z.string() })), total: z.int() },
  annotations: READS,
  run: async ({ query = '', type, phase, limit = 40, offset = 0 }, { load }) => {
    const { project } = await load();
    const all = project.phases
      .flatMap((candidate) => candidate.resources)
      .filter((resource) => (type === undefined || resource.type === type) && (phase === undefined || resource.phase === phase));
    const shown = ranked(all, query).slice(offset, offset + limit);
    const manual = project.phases.flatMap((candidate) => candidate.manualSteps).length;
    return {
      status: 'success',
      message: `${all.length} resources in ${project.phases.length} phases${shown.length < all.length ? `, ${shown.length} shown` : ''}`,
      total: all.length,
      phases: project.phases.length,
      ...(manual > 0 ? { manualSteps: manual } : {}),
      resources: shown.map(listed),
    };
  },
});

function listed(resource: Declaration): { readonly [key: string]: Json } {
  const about = aboutOf(resource);
  return {
    address: resource.address,
    type: resource.type,
    at: `${resource.at.file}:${resource.at.line}`,
    ...(about === '' ? {} : { about }),
  };
}

export const readResource = defineTool({
  name: 'read_resource',
  title: 'Read a resource',
  description:
    'One resource as its file declares it: properties (intrinsics in long form), `sources` = where values behind Ref or FindInMap are set, `usedBy` = who references it.',
  audience: 'both',
  input: z.strictObject({ address: z.string().max(500) }),
  output: { address: z.string(), type: z.string(), properties: z.unknown() },
  annotations: READS,
  run: async ({ address }, { load }) => {
    const { project } = await load();
    const resource = declarationOf(project, address) ?? onlyByName(project, address);
    const phase = project.phases.find((candidate) => candidate.id === resource?.phase);
    if (!resource || !phase) return notFound(project, address);
    return {
      status: 'success',
      message: `${resource.address} is ${resource.type}, ${resource.at.file}:${resource.at.line}`,
      address: resource.address,
      type: resource.type,
      file: resource.at.file,
      line: resource.at.line,
      dialect: phase.dialect,
      ...(phase.dialect !== 'cloudformation' && isFromCommand(resource, fileOf(project, phase)) ? { fromCommand: true } : {}),
      properties: redactJson(resource.properties),
      dependsOn: resource.dependsOn,
      sources: valueSources(project, phase, resource) as unknown as Json,
      usedBy: dependants(project, resource),
      ...(resource.deletionPolicy === undefined ? {} : { deletionPolicy: resource.deletionPolicy }),
    };
  },
});

function fileOf(project: Project, phase: Phase) {
  return project.files.find(({ path }) => path === phase.file);
}

function onlyByName(project: Project, name: string): Declaration | undefined {
  const found = project.phases.flatMap((phase) => phase.resources).filter((resource) => resource.logicalId === name);
  return found.length === 1 ? found[0] : undefined;
}

function notFound(project: Project, address: string): ToolResult {
  const near = ranked(
    project.phases.flatMap((phase) => phase.resources),
    address,
  ).slice(0, 5);
  return {
    status: 'error',
    message: `no resource at ${address}`,
    reason: 'not-found',
    candidates: near.map((resource) => resource.address),
  };
}

export const readPhase = defineTool({
  name: 'read_phase',
  title: 'Read a phase file',
  description: 'Text of one phase file with its parameters and outputs; at most 12,000 characters from line `from`.',
  audience: 'both',
  input: z.strictObject({ phase: z.string().max(500), from: z.int().min(1).optional() }),
  output: { file: z.string(), text: z.string() },
  annotations: READS,
  run: async ({ phase: id, from = 1 }, { load }) => {
    const { project } = await load();
    const phase = project.phases.find((candidate) => candidate.id === id || candidate.file === id);
    const text = project.files.find((file) => file.path === phase?.file)?.text;
    if (!phase || text === undefined) {
      return {
        status: 'error',
        message: `no phase ${id}`,
        reason: 'not-found',
        candidates: project.phases.slice(0, 50).map((item) => item.id),
      };
    }
    const lines = text.split('\n');
    const shown = redactText(lines.slice(from - 1).join('\n')).slice(0, MOST_TEXT);
    const last = from - 1 + shown.split('\n').length;
    return {
      status: 'success',
      message: `${phase.file}, lines ${from} to ${Math.min(last, lines.length)} of ${lines.length}`,
      phase: phase.id,
      file: phase.file,
      dialect: phase.dialect,
      parameters: parametersOf(project, phase),
      outputs: phase.outputs.map((output) => ({ name: output.name, value: output.value })),
      manualSteps: phase.manualSteps.length,
      text: shown,
      ...(last < lines.length ? { next: last + 1 } : {}),
    };
  },
});

function parametersOf(project: Project, phase: Phase): Json {
  return phase.parameters.map((parameter) => {
    const value = parameter.noEcho ? '(redacted)' : (project.parameters[parameter.name] ?? parameter.default ?? null);
    return { name: parameter.name, type: parameter.type, value, line: parameter.at.line };
  });
}

export const describeType = defineTool({
  name: 'describe_type',
  title: 'Describe a resource type',
  description:
    'Settable paths of a CloudFormation type with types, allowed values, ranges and what forces a replacement. `find` filters paths by words.',
  audience: 'both',
  input: z.strictObject({ type: z.string().max(200), find: z.string().max(200).optional() }),
  output: { type: z.string(), properties: z.array(z.unknown()) },
  annotations: READS,
  run: async ({ type, find = '' }, { ports }) => {
    const facts = ports.schemas.facts(type);
    const schema = ports.schemas.schema(type);
    if (!facts || !schema) return unknownType(ports.schemas.types(), type);
    const words = find
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter(Boolean);
    const all = propertyLines(schema, facts).filter((line) => !line.readOnly);
    const lines = words.length === 0 ? all : matching(all, words);
    return {
      status: 'success',
      message: `${type} has ${all.length} settable paths${lines.length > 150 || words.length > 0 ? `, ${Math.min(lines.length, words.length === 0 ? 150 : 60)} shown` : ''}`,
      type,
      required: facts.required,
      stateful: facts.stateful,
      ...(facts.tagProperty === undefined || !facts.taggable ? {} : { tagProperty: facts.tagProperty }),
      properties: lines.slice(0, words.length === 0 ? 150 : 60) as unknown as Json,
    };
  },
});

/** Paths that hold one of the words; those with most words first, so that a limit cuts the least likely ones. */
function matching<Line extends { readonly path: string }>(lines: readonly Line[], words: readonly string[]): Line[] {
  const hits = ({ path }: Line) => words.filter((word) => path.toLowerCase().includes(word)).length / path.split('/').length;
  const scored = lines.map((line) => ({ line, score: hits(line) })).filter(({ score }) => score > 0);
  return scored.sort((a, b) => b.score - a.score).map(({ line }) => line);
}

function unknownType(types: readonly string[], type: string): ToolResult {
  const last = type.split('::').at(-1)?.toLowerCase() ?? '';
  const near = types.filter((name) => name.toLowerCase().includes(last)).slice(0, 8);
  return { status: 'error', message: `no type ${type}`, reason: 'unknown-type', candidates: near };
}

export const validate = defineTool({
  name: 'validate',
  title: 'Validate the phase files',
  description: 'All problems of the phase files with file and line, without asking AWS.',
  audience: 'both',
  input: z.strictObject({}),
  output: { problems: z.array(z.unknown()) },
  annotations: READS,
  run: async (_input, context) => {
    const { project, diagnostics } = await context.load();
    const found = [...diagnostics, ...(await planProblems(project, context))];
    const problems = [...new Map(found.map((item) => [JSON.stringify(diagnosticData(item)), item])).values()];
    const errors = problems.filter((problem) => problem.severity === 'error').length;
    return {
      status: errors === 0 ? 'success' : 'error',
      message: errors === 0 ? `${project.files.length} files are valid` : `${errors} errors`,
      problems: problems.slice(0, 100).map(diagnosticData),
    };
  },
});

async function planProblems(project: Project, { ports, environment }: ToolContext): Promise<readonly Diagnostic[]> {
  try {
    return (await makePlan(ports, environment, project, { refresh: false })).diagnostics;
  } catch (error) {
    if (error instanceof IalError && error.code === 'PHASES_INVALID') return (error as IalError<'PHASES_INVALID'>).details.diagnostics;
    throw error;
  }
}
