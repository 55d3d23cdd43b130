/** A project of a thousand phases: the model still finds what a sentence means, in few rounds and with prompts that do not grow. */
import { expect, test } from 'vitest';
import { projectOf, say } from './loop.ts';

/** Three resources a phase, of kinds that the sentences name as well. */
const PLAIN = `Resources:
  UnitQueue: { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: 30 } }
  UnitFunction: { Type: "AWS::Lambda::Function", Properties: { Runtime: python3.12, Handler: a.b, Timeout: 5, Role: arn, Code: { ZipFile: x } } }
  UnitDatabase: { Type: "AWS::RDS::DBInstance", Properties: { Engine: mysql, DBInstanceClass: db.t3.small, AllocatedStorage: "10" } }
`;

/** Many alike; one more holds what the sentences speak of. */
function projectWith(phases: number) {
  const files = Array.from({ length: phases - 1 }, (_, index) => ({
    path: `phases/${String(index).padStart(4, '0')}-unit.yaml`,
    text: PLAIN,
  }));
  const own = `Resources:
  LighthouseFunction:
    Type: AWS::Lambda::Function
    Properties: { Runtime: python3.12, Handler: a.b, Timeout: 10, Role: arn, Code: { ZipFile: x } }
  HarbourDatabase:
    Type: AWS::RDS::DBInstance
    Properties: { Engine: mysql, DBInstanceClass: db.t3.small, AllocatedStorage: "20" }
`;
  return projectOf([...files, { path: 'phases/9999-light.yaml', text: own }]);
}

test.each([16, 1000])('a change of one resource among %i phases', { timeout: 30_000 }, async (phases) => {
  const project = projectWith(phases);
  const heard = await say(project, 'set the timeout of the lighthouse function to 30 seconds');
  expect(heard.edits).toEqual([{ kind: 'set', target: { address: '9999-light/LighthouseFunction', path: '/Timeout' }, value: 30 }]);
  const database = await say(project, 'grow the storage of the harbour database to 50 GB');
  expect(database.edits).toMatchObject([{ target: { address: '9999-light/HarbourDatabase', path: '/AllocatedStorage' } }]);
  const named = await say(project, 'set the visibility timeout of 0007-unit/UnitQueue to 60 seconds');
  for (const { prompts } of [heard, database, named]) expect(Math.max(...prompts)).toBeLessThan(6000);
  expect(named.edits).toEqual([{ kind: 'set', target: { address: '0007-unit/UnitQueue', path: '/VisibilityTimeout' }, value: 60 }]);
});
