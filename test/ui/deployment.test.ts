/** What a deployment's events make of its tree, with the events of real deployments of the engine. */
import { expect, test } from 'vitest';
import { deploymentLines, followDeployment, startDeployment } from '../../src/ui/deployment.ts';
import { textOf } from '../../src/ui/lines.ts';
import { symbolsFor } from '../../src/ui/theme.ts';
import { deployIn, planIn } from '../fakes/deploy.ts';
import { world } from '../fakes/ports.ts';
import { projectOf } from '../fakes/project.ts';

const project = (kind: string, name?: string) =>
  projectOf({
    '01-base': {
      Net: { Type: 'Test::Svc::Tagged', Properties: { Kind: kind, ...(name === undefined ? {} : { Name: name }) } },
      App: { Type: 'Test::Svc::Tagged', Properties: { Uses: [{ Ref: 'Net' }] } },
    },
  });

test.each([
  ['the old one goes last', undefined],
  ['the old one makes room first', 'fixed'],
])('a replaced resource ends as done, by its own kind: %s', async (_order, name) => {
  const made = world();
  await deployIn(made, project('plain', name));
  const { plan } = await planIn(made, project('strong', name));
  const before = made.events.length;
  await deployIn(made, project('strong', name));
  const events = made.events.slice(before);
  expect(events.some((event) => event.kind === 'action-progress' && event.action === 'delete')).toBe(true);
  const ended = events.reduce((state, event) => followDeployment(state, event, 1_000), startDeployment('d1', plan, 0));
  expect(ended.actions.map(({ address, action, result }) => `${action} ${address} ${result}`)).toEqual([
    'replace 01-base/Net Success',
    'update 01-base/App Success',
  ]);
  const text = deploymentLines(ended, { width: 80, symbols: symbolsFor({}), now: 2_000, frame: 0 })
    .map(textOf)
    .join('\n');
  expect(text).toContain('2 of 2 actions');
  expect(text).not.toContain('working');
});
