// What a read shows of a resource and another resource of the project declares: no drift, and nothing to remove.
import { CloudControlClient, UpdateResourceCommand } from '@aws-sdk/client-cloudcontrol';
import { expect, test } from 'vitest';
import { deploy } from '../../src/engine/apply/deploy.ts';
import { detectDrift } from '../../src/engine/drift/drift.ts';
import { makePlan } from '../../src/engine/plan/plan.ts';
import { sandboxed } from '../fakes/ports.ts';
import { projectFrom } from '../fakes/project.ts';
import { startSandbox } from '../sandbox-deploy/ports.ts';

const TRUST =
  '{ Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: "sts:AssumeRole" }] }';
const READ = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const phase = (role = '') => `Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: ${TRUST}
      ManagedPolicyArns: [${role}]
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Roles: [!Ref Role]
      PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" }] }
`;

test('a policy that names the role it is attached to is no drift of the role; one attached by hand is', async () => {
  const sandbox = await startSandbox();
  try {
    const project = projectFrom({ '01-app': phase(READ) });
    const run = await deploy(sandbox.ports, sandboxed, project, { allow: { confirm: 'default' }, notify: false });
    expect(run).toMatchObject({ verified: true, record: { result: 'Success' } });
    const rows = await sandbox.ports.state.rows();
    const row = (name: string) => rows.find(({ ResourceName }) => ResourceName === `01-app/${name}`);
    const [role, policy] = [row('Role')?.Identifier ?? '', row('Policy')?.Identifier ?? ''];
    const client = new CloudControlClient(sandbox.connection);
    const attach = async (...arns: string[]) => {
      const PatchDocument = JSON.stringify([{ op: 'replace', path: '/ManagedPolicyArns', value: arns }]);
      await client.send(new UpdateResourceCommand({ TypeName: 'AWS::IAM::Role', Identifier: role, PatchDocument }));
      for (const started = Date.now(); Date.now() - started < 5_000; await new Promise((resolve) => setTimeout(resolve, 20))) {
        const live = await sandbox.ports.cloud.read('AWS::IAM::Role', role);
        if (JSON.stringify(live?.properties.ManagedPolicyArns) === JSON.stringify(arns)) return;
      }
    };
    const changes = async () => {
      const { plan } = await makePlan(sandbox.ports, sandboxed, project);
      return plan.actions.flatMap((action) => (action.kind === 'update' ? action.changes : []));
    };
    // As AWS shows it, once the policy is attached.
    await attach(READ, policy);
    expect(await changes()).toEqual([]);
    expect((await detectDrift(sandbox.ports, sandboxed, { record: false })).findings).toEqual([]);
    await attach(READ, policy, 'arn:aws:iam::aws:policy/AdministratorAccess');
    expect(await changes()).toMatchObject([
      { path: '/ManagedPolicyArns', items: { removed: ['arn:aws:iam::aws:policy/AdministratorAccess'] } },
    ]);
  } finally {
    await sandbox.close();
  }
});
