/** Where a value comes from a parameter or a mapping, the caller says which place it means. */
import { expect, test } from 'vitest';
import { choiceIn } from '../../src/agent/tools/choices.ts';
import type { Json, PhaseEdit } from '../../src/engine/model.ts';
import { loadFiles } from '../fixtures/corpus.ts';

const FILE = {
  path: 'phases/10-app.yaml',
  text: `Parameters:
  Size: { Type: Number, Default: 2 }
Mappings:
  Sizes: { prod: { Delay: 5 } }
Resources:
  One: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: !Ref Size, MaximumMessageSize: 1024 } }
  Two: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: !Ref Size, VisibilityTimeout: !FindInMap [Sizes, prod, Delay] } }
`,
};
const set = (address: `${string}/${string}`, path: string, value: Json): PhaseEdit => ({ kind: 'set', target: { address, path }, value });
const choice = (edit: PhaseEdit, parameters = {}) => choiceIn({ ...loadFiles(FILE).project, parameters }, [edit]);

test('a parameter: its Default or the property, and how many use it', () => {
  const found = choice(set('10-app/One', '/DelaySeconds', 3));
  expect(found?.problem.message).toBe('DelaySeconds of 10-app/One takes its value from the parameter Size, used by 2 resources');
  expect(found?.candidates).toEqual([
    'phases/10-app.yaml#/Parameters/Size/Default',
    'phases/10-app.yaml#/Resources/One/Properties/DelaySeconds',
  ]);
});

test('a mapping: its entry or the property', () => {
  expect(choice(set('10-app/Two', '/VisibilityTimeout', 9))?.candidates[0]).toBe('phases/10-app.yaml#/Mappings/Sizes/prod/Delay');
});

test('a value from a parameters file is said to be one', () => {
  const found = choice(set('10-app/One', '/DelaySeconds', 3), { Size: '7' });
  expect(found?.problem.message).toMatch(/a parameters file or the environment gives that value/);
  expect(found?.candidates).toEqual(['phases/10-app.yaml#/Resources/One/Properties/DelaySeconds']);
});

test.each([
  ['a literal', set('10-app/One', '/MaximumMessageSize', 2048)],
  ['another reference', set('10-app/One', '/DelaySeconds', { Ref: 'Other' })],
  ['a place named in the file', { kind: 'set', target: { file: FILE.path, pointer: '/Parameters/Size/Default' }, value: 3 } as PhaseEdit],
])('%s needs no choice', (_name, edit) => expect(choice(edit)).toBeUndefined());
