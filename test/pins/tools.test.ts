// Names, audiences, inputs and results of the tools are contract for models and MCP clients (DESIGN §11).
import { expect, test } from 'vitest';
import { TOOLS } from '../../src/agent/tools.ts';

test('the names, by audience', () => {
  const names = (audience: string) => TOOLS.filter((tool) => tool.audience === audience).map((tool) => tool.name);
  expect(names('both')).toEqual([
    'list_resources',
    'read_resource',
    'read_phase',
    'describe_type',
    'validate',
    'propose_change',
    'propose_rollback',
    'propose_drift_decision',
    'propose_setup',
    'plan',
    'detect_drift',
    'history',
    'status',
    'explain_failure',
  ]);
  expect(names('agent')).toEqual(['ask_user']);
  expect(names('mcp')).toEqual(['apply', 'update_yaml_file', 'git_commit', 'git_push', 'setup_ial']);
});

test.each(TOOLS.map((tool) => [tool.name, tool] as const))('%s: schemas and annotations', (_name, tool) => {
  const { inputSchema, outputSchema, annotations } = tool;
  expect({ inputSchema, outputSchema, annotations }).toMatchSnapshot();
  expect(inputSchema.additionalProperties).toBe(false);
});
