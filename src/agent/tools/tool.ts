/** What a tool is. One registry serves the agent's model and MCP clients (DESIGN §11). */
import { z } from 'zod';
import { IalError } from '../../engine/errors.ts';
import type { Diagnostic, Environment, Json, JsonObject, Project, SourceFile } from '../../engine/model.ts';
import type { PlanMemory } from '../../engine/plan/memory.ts';
import type { Ports } from '../../engine/ports.ts';
import type { SetupParts } from '../bootstrap.ts';
import type { Decision, Proposal } from '../events.ts';
import { redactJson } from '../redact.ts';
import { describeError } from '../words.ts';

export interface LoadedProject {
  readonly project: Project;
  readonly diagnostics: readonly Diagnostic[];
}

/** Loads the given files (an older commit's, for a rollback), else the working tree's. */
export type Load = (files?: readonly SourceFile[]) => Promise<LoadedProject>;

/** Keeps what waits for a person. In a session the latest replaces the one before; an MCP server keeps them by id. */
export interface ProposalDesk {
  offer(proposal: Proposal): void;
  /** By proposal id or plan id. */
  find(id: string): Proposal | undefined;
  /** What the plans of proposals found, for the next one. */
  readonly memory: PlanMemory;
}

export interface ToolContext {
  readonly ports: Ports;
  readonly environment: Environment;
  readonly load: Load;
  /** The person's sentence; for an MCP client, what it says was asked. */
  readonly request: string;
  readonly desk: ProposalDesk;
  readonly deployLocally: boolean;
  readonly signal?: AbortSignal;
  /** What an account needs comes with the program; absent where no client asks for it. */
  readonly setup?: () => Promise<SetupParts>;
  /** Asks a person about a moderate plan (MCP elicitation). Absent: the client's own tool approval is that yes. Severe plans need `ial approve`. */
  readonly confirm?: (proposal: Pick<Proposal, 'plan' | 'level' | 'reason'>) => Promise<Decision>;
}

/** The original project's result shape: `status`, `message`, and the facts of each tool. */
export interface ToolResult {
  readonly status: 'success' | 'error';
  readonly message: string;
  readonly [fact: string]: Json;
}

export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly audience: 'agent' | 'mcp' | 'both';
  readonly inputSchema: JsonObject;
  readonly outputSchema: JsonObject;
  readonly annotations: ToolAnnotations;
  /** Never throws for bad input or an expected failure: those are results with `status: 'error'`. Rethrows an abort. */
  run(input: Json, context: ToolContext): Promise<ToolResult>;
}

export const READS: ToolAnnotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
export const PROPOSES: ToolAnnotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: false };
export const WRITES_FILES: ToolAnnotations = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false };
export const CHANGES_AWS: ToolAnnotations = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true };

interface Definition<S extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly audience: Tool['audience'];
  /** Must be `z.strictObject`: unknown fields are refused. */
  readonly input: S;
  /** Facts besides `status` and `message`, by name. */
  readonly output?: z.ZodRawShape;
  readonly annotations: ToolAnnotations;
  readonly run: (input: z.output<S>, context: ToolContext) => Promise<ToolResult>;
}

/** A tool whose input is checked before it runs, and whose result is redacted after. */
export function defineTool<S extends z.ZodObject>(definition: Definition<S>): Tool {
  const { input: schema, output = {}, run, ...named } = definition;
  const result = z.looseObject({ status: z.enum(['success', 'error']), message: z.string(), ...partial(output) });
  return {
    ...named,
    inputSchema: jsonSchema(schema),
    outputSchema: jsonSchema(result),
    run: async (input, context) => {
      if (isDeep(input)) return { status: 'error', message: `the input is nested deeper than ${DEEPEST} levels`, reason: 'invalid-input' };
      const parsed = schema.safeParse(input ?? {});
      if (!parsed.success) return invalidInput(parsed.error);
      try {
        return redactJson(await run(parsed.data, context)) as unknown as ToolResult;
      } catch (error) {
        return failure(error);
      }
    },
  };
}

/** Levels of an input: a phase file has at most 64. */
const DEEPEST = 100;

/** Without recursion: the input may be deeper than the stack. */
function isDeep(input: Json): boolean {
  let level: readonly Json[] = [input];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? (Object.values(value) as Json[]) : []));
  }
  return false;
}

function partial(shape: z.ZodRawShape): z.ZodRawShape {
  return Object.fromEntries(Object.entries(shape).map(([name, type]) => [name, z.optional(type as z.ZodType)]));
}

function jsonSchema(schema: z.ZodType): JsonObject {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io: 'input' }) as Record<string, Json>;
  return rest;
}

function invalidInput(error: z.ZodError): ToolResult {
  const problems = error.issues.slice(0, 10).map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  return { status: 'error', message: `the input does not fit the schema: ${problems.join('; ')}`, reason: 'invalid-input', problems };
}

/** An expected failure as a result the model can read; an abort goes on up. */
export function failure(error: unknown): ToolResult {
  if (error instanceof Error && error.name === 'AbortError') throw error;
  if (error instanceof IalError && error.code === 'INTERRUPTED') throw error;
  const { what, why, next } = describeError(error);
  return {
    status: 'error',
    message: what,
    reason: error instanceof IalError ? error.code : 'INTERNAL',
    ...(why === undefined ? {} : { why }),
    ...(next === undefined ? {} : { next }),
  };
}

/** A diagnostic as the model and MCP clients see it. */
export function diagnosticData(diagnostic: Diagnostic): JsonObject {
  const { severity, code, message, hint, at, address, path } = diagnostic;
  return {
    severity,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined ? {} : { file: at.file, line: at.line, column: at.column }),
    ...(address === undefined ? {} : { address }),
    ...(path === undefined ? {} : { path }),
  };
}
