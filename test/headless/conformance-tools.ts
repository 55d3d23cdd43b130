/** Tools that the official conformance suite calls by name, for the server of `src/headless/mcp.ts`: each does what the suite describes. */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { CHANGES_AWS, defineTool, READS, type Tool } from '../../src/agent/tools/tool.ts';
import { planIn } from '../fakes/deploy.ts';
import { world } from '../fakes/ports.ts';
import { projectOf } from '../fakes/project.ts';

const nothing = z.strictObject({});

const simpleText = defineTool({
  name: 'test_simple_text',
  title: 'Text',
  description: 'Answers a text.',
  audience: 'mcp',
  input: nothing,
  annotations: READS,
  run: async () => ({ status: 'success', message: 'This is a simple text response for testing.' }),
});

const errorHandling = defineTool({
  name: 'test_error_handling',
  title: 'Error',
  description: 'Always fails.',
  audience: 'mcp',
  input: nothing,
  annotations: READS,
  run: async () => {
    throw new Error('This tool intentionally returns an error for testing');
  },
});

const withProgress = defineTool({
  name: 'test_tool_with_progress',
  title: 'Progress',
  description: 'Tells three times how far it is.',
  audience: 'mcp',
  input: nothing,
  annotations: CHANGES_AWS,
  run: async (_input, { ports }) => {
    for (let total = 1; total <= 3; total += 1) {
      ports.events.emit({ kind: 'deployment-started', deploymentId: `d${total}`, total });
      await pause(50);
    }
    return { status: 'success', message: 'done' };
  },
});

const elicitation = defineTool({
  name: 'test_elicitation',
  title: 'Question',
  description: 'Asks the person behind the client.',
  audience: 'mcp',
  input: z.strictObject({ message: z.string() }),
  annotations: CHANGES_AWS,
  run: async ({ message }, { confirm }) => {
    if (confirm === undefined) return { status: 'error', message: 'the client cannot ask anybody' };
    const { plan } = await planIn(world(), projectOf({ '01-base': { Net: { Type: 'Test::Svc::Tagged', Properties: {} } } }));
    const decision = await confirm({ plan, level: { kind: 'moderate' }, reason: message });
    return { status: 'success', message: `User response: ${decision.kind}` };
  },
});

/** Its schema must reach the client as it is, with keywords of JSON Schema 2020-12. */
const schema2020: Tool = {
  ...simpleText,
  name: 'json_schema_2020_12_tool',
  inputSchema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: { address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
    properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
    additionalProperties: false,
  },
};

export const CONFORMANCE_TOOLS: readonly Tool[] = [simpleText, errorHandling, withProgress, elicitation, schema2020];
