// A secret inside an item of a list: AWS shows the item without it, so only what was sent last can tell whether it changed.
import { expect, test } from 'vitest';
import { effectProblem, renderPatch } from '../../src/engine/compare/patch.ts';
import { canonicalJson, sha256 } from '../../src/engine/json/canonical.ts';
import type { Desired, Json, Properties } from '../../src/engine/model.ts';
import { examine } from '../../src/engine/plan/examine.ts';
import type { ResourceRow } from '../../src/engine/state/records.ts';
import { sandboxed } from '../fakes/ports.ts';
import { schemas } from '../fixtures/corpus.ts';

const withKey = { hmac: async (value: Json) => sha256(canonicalJson(value)) };
const withoutKey = { hmac: async () => undefined };

interface Given {
  readonly type: string;
  readonly desired: Properties;
  readonly live: Properties;
  readonly recorded?: Properties;
  readonly sealer?: typeof withKey | typeof withoutKey;
}

function examined({ type, desired, live, recorded, sealer = withKey }: Given) {
  const facts = schemas.facts(type);
  if (facts === undefined) throw new Error(`no facts of ${type}`);
  const row = recorded && ({ Type: type, DesiredState: recorded, Identifier: 'one', Generation: 1 } as unknown as ResourceRow);
  const declared = { type, properties: desired, secretPaths: [], address: '01-base/One' } as unknown as Desired;
  const known = { environment: sandboxed, facts, schema: schemas.schema(type), siblings: new Map() };
  return examine({ sealer }, { ...known, desired: declared, row, live: { identifier: 'one', properties: live } });
}

const tunnel = (cidr: string, key?: string) => ({ TunnelInsideCidr: cidr, ...(key === undefined ? {} : { PreSharedKey: key }) });
const vpn = (...VpnTunnelOptionsSpecifications: Json[]): Properties => ({ Type: 'ipsec.1', VpnTunnelOptionsSpecifications });
const stage = (Name: string, token?: string) => ({
  Name,
  TemplateConfiguration: { Text: { Text: 't', ...(token && { TextS3Location: token }) } },
});

/** A list without order, and one whose order counts. */
const LISTS = [
  {
    type: 'AWS::EC2::VPNConnection',
    path: '/VpnTunnelOptionsSpecifications',
    make: (first?: string, second?: string) => vpn(tunnel('169.254.6.0/30', first), tunnel('169.254.7.0/30', second)),
    shown: vpn(tunnel('169.254.7.0/30'), tunnel('169.254.6.0/30')),
  },
  {
    type: 'AWS::Bedrock::Prompt',
    path: '/Variants/1/TemplateConfiguration/Text/TextS3Location',
    make: (first?: string, second?: string): Properties => ({ Name: 'p', Variants: [stage('a', first), stage('b', second)] }),
    shown: { Name: 'p', Variants: [stage('a'), stage('b')] } as Properties,
  },
];

test.each(LISTS)('$type: a new secret in one item is a change and is sent; the same one is none', async ({ type, path, make, shown }) => {
  const recorded = (await examined({ type, desired: make('old-1', 'old-2'), live: shown })).shown;
  const unmoved = await examined({ type, desired: make('old-1', 'old-2'), live: shown, recorded });
  expect([unmoved.changes, unmoved.unverifiable]).toEqual([[], []]);

  const desired = make('old-1', 'new-2');
  const moved = await examined({ type, desired, live: shown, recorded });
  expect(moved.changes.map((change) => change.path)).toEqual([path]);
  expect(moved.changes[0]).toMatchObject({ origin: 'pending', forcesReplace: false });
  expect(JSON.stringify(moved.shownChanges)).not.toMatch(/old-|new-/);
  const input = { changes: moved.changes, fresh: shown, resolved: desired, comparison: moved.comparison };
  const patch = renderPatch(input);
  expect(effectProblem(patch, input)).toBeUndefined();
  const sent = JSON.stringify(patch);
  expect([sent.includes('old-1'), sent.includes('new-2'), sent.includes('old-2')]).toEqual([true, true, false]);
  // What the next run finds.
  expect((await examined({ type, desired, live: shown, recorded: moved.shown })).changes).toEqual([]);
});

test.each(LISTS)('$type: where nobody can know what was sent, that is said', async ({ type, make, shown }) => {
  const imported = await examined({ type, desired: make('one', 'two'), live: shown });
  const keyless = await examined({ type, desired: make('one', 'two'), live: shown, recorded: imported.shown, sealer: withoutKey });
  for (const { changes, unverifiable } of [imported, keyless]) {
    expect(changes).toEqual([]);
    expect(unverifiable).toHaveLength(2);
  }
  expect(keyless.unverifiable[0]?.reason).toBe('the key for secrets is missing');
});

test.each(LISTS)('$type: a secret that is known only when it is sent is a change', async ({ type, path, make, shown }) => {
  const recorded = (await examined({ type, desired: make('old-1', 'old-2'), live: shown })).shown;
  const desired = make('old-1', { 'ial:unknown': 'Key.Value' } as unknown as string);
  expect((await examined({ type, desired, live: shown, recorded })).changes.map((change) => change.path)).toEqual([path]);
});

test('a list that AWS never shows is sent again as it is declared, not as the empty one that was read', async () => {
  const type = 'AWS::ElasticBeanstalk::Environment';
  const environment = (Description: string): Properties => ({
    ApplicationName: 'shop',
    Description,
    OptionSettings: [{ Namespace: 'aws:autoscaling:asg', OptionName: 'MinSize', Value: '2' }],
  });
  const live = { ApplicationName: 'shop', Description: 'old' };
  const recorded = (await examined({ type, desired: environment('old'), live })).shown;
  const desired = environment('new');
  const { changes, comparison } = await examined({ type, desired, live, recorded });
  expect(changes.map(({ path }) => path)).toEqual(['/Description']);
  const patch = renderPatch({ changes, fresh: live, resolved: desired, comparison });
  expect(patch.at(-1)).toEqual({ op: 'add', path: '/OptionSettings', value: desired.OptionSettings });
});

test('an item of which AWS shows nothing does not take the place of one that it shows', async () => {
  const type = 'AWS::EC2::Instance';
  const desired: Properties = {
    BlockDeviceMappings: [
      { NoDevice: {}, VirtualName: 'ephemeral0' },
      { DeviceName: '/dev/sdb', VirtualName: 'b' },
    ],
  };
  const live: Properties = { BlockDeviceMappings: [{ DeviceName: '/dev/sdb' }, {}] };
  const recorded = (await examined({ type, desired, live })).shown;
  expect((await examined({ type, desired, live, recorded })).changes).toEqual([]);
});
