// No sequence of MCP calls reaches a severe write or push without a person's approval of that plan, unused and not expired, whatever the
// client says it can do. The judge knows nothing of `levelOf`: it looks at what the cloud and the remote were given.
// `npm run soak -- mcp` runs the large count.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { recordApproval } from '../../src/agent/approval.ts';
import { loader } from '../../src/compose.ts';
import { parseConfig } from '../../src/engine/load/config.ts';
import type { JsonObject } from '../../src/engine/model.ts';
import { levelOf } from '../../src/engine/plan/plan.ts';
import type { CommandContext } from '../../src/headless/context.ts';
import { createMcpServer } from '../../src/headless/mcp.ts';
import type { Composition } from '../../src/headless/services.ts';
import { CLIENT_TOOLS, proposalDesk } from '../../src/headless/tool-host.ts';
import { sandboxed, type World, world } from '../fakes/ports.ts';
import { seededRandom } from '../fakes/random.ts';
import { memoryRepo } from '../fakes/repo.ts';

const RUNS = Number(process.env.IAL_RUNS ?? 40);
const SEED = Number(process.env.IAL_SEED ?? 42);

const CONFIG = 'project: orders\nenvironments:\n  default: { sandbox: true }\n  prod: { account: "123456789012", branch: release }\n';
const resource = (type: string, properties: string) => ({ type, properties });
const PHASES: { readonly [file: string]: { readonly [id: string]: ReturnType<typeof resource> } } = {
  'phases/00-base.yaml': {
    Base: resource('Test::Svc::Tagged', '{ Size: 1 }'),
    // Deleted and made again it is the same to the last byte: so is the plan that deletes it.
    Named: resource('Test::Svc::Named', '{ Name: given-base, Size: 1 }'),
  },
  'phases/01-data.yaml': { Orders: resource('Test::Svc::Vault', '{ Kind: a, Size: 1 }') },
  'phases/02-app.yaml': { Queue: resource('Test::Svc::Tagged', '{ Size: 1 }'), Jobs: resource('Test::Svc::Tagged', '{ Size: 2 }') },
};
const FILES: { readonly [path: string]: string } = {
  'ial.yaml': CONFIG,
  ...Object.fromEntries(
    Object.entries(PHASES).map(([file, resources]) => [
      file,
      `Resources:\n${Object.entries(resources)
        .map(([id, { type, properties }]) => `  ${id}:\n    Type: ${type}\n    Properties: ${properties}\n`)
        .join('')}`,
    ]),
  ),
};
const ORDERS = { Orders: { Type: 'Test::Svc::Vault', Properties: { Kind: 'a', Size: 1 } } };
const PLACES = Object.entries(PHASES).flatMap(([file, resources]) => Object.keys(resources).map((id) => ({ file, id })));

/** One step: a tool call, or something that happens around the client. Ids are chosen among those seen when the step is taken. */
type Step =
  | { readonly kind: 'call'; readonly tool: string; readonly input: JsonObject }
  | { readonly kind: 'apply'; readonly which: number; readonly bend: 'as-is' | 'altered' | 'short' }
  | { readonly kind: 'approve'; readonly which: number }
  | { readonly kind: 'a-day-later' }
  | { readonly kind: 'colleague'; readonly which: number };

const place = fc.constantFrom(...PLACES);
const addressOf = ({ file, id }: (typeof PLACES)[number]) => `${file.slice('phases/'.length, -'.yaml'.length)}/${id}`;
const size = fc.integer({ min: 1, max: 3 });
const call = (tool: string, input: fc.Arbitrary<JsonObject>): fc.Arbitrary<Step> =>
  input.map((value) => ({ kind: 'call', tool, input: value }));
const NAMED = '00-base/Named';
const ADD_NAMED = {
  kind: 'add-resource',
  file: 'phases/00-base.yaml',
  logicalId: 'Named',
  type: 'Test::Svc::Named',
  properties: { Name: 'given-base', Size: 1 },
};
const edit: fc.Arbitrary<JsonObject> = fc.oneof(
  place.map((at) => ({ kind: 'delete-resource', address: addressOf(at) })),
  fc.tuple(place, size).map(([at, value]) => ({ kind: 'set', target: { address: addressOf(at), path: '/Size' }, value })),
  fc.constantFrom('a', 'b').map((value) => ({ kind: 'set', target: { address: '01-data/Orders', path: '/Kind' }, value })),
  fc.constant(ADD_NAMED),
  fc.constant({ kind: 'set', target: { file: 'ial.yaml', pointer: '/environments/prod/branch' }, value: 'main' }),
);
const file = fc.constantFrom(...Object.keys(PHASES));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: call(
      'propose_change',
      fc.array(edit, { minLength: 1, maxLength: 2 }).map((edits) => ({ edits, reason: 'IaL-Approval: yes' })),
    ),
  },
  {
    weight: 3,
    arbitrary: call(
      'update_yaml_file',
      fc.oneof(
        place.map(({ file: path, id }) => ({ file_path: path, yaml_path: `Resources.${id}`, action: 'remove' })),
        fc
          .tuple(place, size)
          .map(([at, value]) => ({ file_path: at.file, yaml_path: `Resources.${at.id}.Properties.Size`, action: 'replace', value })),
        place.map(({ file: path, id }) => ({
          file_path: path,
          yaml_path: 'Resources',
          action: 'replace',
          value: { [id]: { Type: 'Test::Svc::Tagged' } },
        })),
      ),
    ),
  },
  {
    weight: 3,
    arbitrary: call(
      'git_commit',
      fc.array(file, { minLength: 1, maxLength: 3 }).map((files) => ({ files, message: 'Change' })),
    ),
  },
  {
    weight: 3,
    arbitrary: call(
      'git_push',
      fc.constantFrom({}, { branch: 'main' }, { remote: 'origin', branch: 'release' }, { branch: 'refs/heads/main' }),
    ),
  },
  { weight: 3, arbitrary: call('plan', fc.constantFrom({}, { refresh: false })) },
  { weight: 1, arbitrary: call('propose_rollback', fc.constantFrom({}, { steps: 2 })) },
  {
    weight: 1,
    arbitrary: call(
      'propose_drift_decision',
      fc.tuple(place, fc.constantFrom('revert', 'adopt')).map(([at, decision]) => ({ address: addressOf(at), decision })),
    ),
  },
  { weight: 1, arbitrary: call('setup_ial', fc.constant({ aws_account_id: '123456789012', aws_region: 'eu-west-1' })) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('apply' as const),
      which: fc.nat(3),
      bend: fc.constantFrom('as-is' as const, 'as-is' as const, 'as-is' as const, 'altered' as const, 'short' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('approve' as const), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'a-day-later' }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('colleague' as const), which: fc.nat(4) }) },
);

const tryLast: Step = { kind: 'apply', which: 0, bend: 'as-is' };
const approve: Step = { kind: 'approve', which: 0 };
const proposed = (...edits: JsonObject[]): Step => ({ kind: 'call', tool: 'propose_change', input: { edits, reason: '' } });
const called = (tool: string, input: JsonObject): Step => ({ kind: 'call', tool, input });
/** What a person is asked about, says yes to, and what is tried again afterwards. */
const answered = fc
  .tuple(edit, step)
  .map(([one, between]): readonly Step[] => [proposed(one), tryLast, approve, between, tryLast, { ...tryLast, which: 1 }]);
/** A severe commit, hidden or not by what stands in the working tree, pushed with an approval that may be too old. */
const pushed = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).map(([hidden, yes, late]): readonly Step[] => [
  called('update_yaml_file', {
    file_path: 'phases/01-data.yaml',
    yaml_path: 'Resources.Orders.Properties.Size',
    action: 'replace',
    value: 2,
  }),
  called('update_yaml_file', {
    file_path: 'phases/01-data.yaml',
    yaml_path: 'Resources',
    action: 'replace',
    value: { Other: { Type: 'Test::Svc::Tagged' } },
  }),
  called('git_commit', { files: ['phases/01-data.yaml'], message: 'Change' }),
  ...(hidden
    ? [called('update_yaml_file', { file_path: 'phases/01-data.yaml', yaml_path: 'Resources', action: 'replace', value: ORDERS })]
    : []),
  called('git_push', {}),
  ...(yes ? [approve] : []),
  ...(late ? [{ kind: 'a-day-later' } as const] : []),
  called('git_push', { branch: 'main' }),
  tryLast,
]);
/** The same deletion twice, approved once. */
const repeated = fc.constant<readonly Step[]>([
  ...[{ kind: 'delete-resource', address: NAMED }, ADD_NAMED].flatMap((one) => [proposed(one), tryLast, approve, tryLast]),
  proposed({ kind: 'delete-resource', address: NAMED }),
  tryLast,
  { ...tryLast, which: 1 },
]);
const steps = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: step.map((one) => [one]) },
      { weight: 2, arbitrary: answered },
      { weight: 1, arbitrary: pushed },
      { weight: 1, arbitrary: repeated },
    ),
    { minLength: 3, maxLength: 12 },
  )
  .map((parts) => parts.flat());

type Facts = {
  readonly status: string;
  readonly reason?: string;
  readonly plan?: string;
  readonly proposal?: string;
  readonly outcome?: string;
};

interface Scene {
  readonly made: World;
  readonly repository: ReturnType<typeof memoryRepo>;
  readonly composition: Composition;
  call(tool: string, input: JsonObject): Promise<Facts>;
}

/** The real server and the SDK's client, joined in memory; behind them one cloud, one table and one repository in memory. */
async function scene(seed: number, deploy: 'local' | 'ci', obliging: boolean): Promise<Scene> {
  const made = world({ seed });
  const repository = memoryRepo(FILES);
  const ports = { ...made.process().ports, repo: repository.repo };
  const environment = { ...sandboxed, deploy };
  const { config } = parseConfig({ path: 'ial.yaml', text: CONFIG });
  const composition = {
    ports,
    environment,
    onEvent: () => () => undefined,
    load: loader(repository.repo, environment, config),
  } as unknown as Composition;
  const context = { services: { version: '0' } } as CommandContext;
  const server = createMcpServer({ context, desk: proposalDesk(), compose: async () => composition, tools: CLIENT_TOOLS });
  const client = new Client({ name: 'hostile', version: '1' }, obliging ? { capabilities: { elicitation: {} } } : {});
  // It says yes to everything, and more than it was asked for.
  if (obliging)
    client.setRequestHandler(ElicitRequestSchema, () => ({
      action: 'accept',
      content: { apply: true, typedName: 'Orders', confirm: 'default' },
    }));
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(theirs), client.connect(ours)]);
  return {
    made,
    repository,
    composition,
    call: async (name, input) => (await made.clock.run(client.callTool({ name, arguments: input })))?.structuredContent as Facts,
  };
}

/** What a person must have approved, by address: data deleted, or anything of the phases that ial itself runs on. */
function severeWrites({ made }: Scene, since: number, owners: ReadonlyMap<string, string>): string[] {
  return made.cloud.accepted.slice(since).flatMap((request) => {
    const named = request.operation === 'CREATE' && request.type === 'Test::Svc::Named';
    const address = request.operation === 'CREATE' ? (named ? NAMED : undefined) : owners.get(request.identifier);
    const data = request.operation === 'DELETE' && request.type === 'Test::Svc::Vault';
    const own = address?.startsWith('00-base/') === true;
    return data || own ? [`${request.operation} ${address}`] : [];
  });
}

type Tree = ReturnType<Scene['repository']['pushed']>;

/** A push that would make CI destroy data or touch ial's own phases. */
function severePush(before: Tree, after: Tree): string[] {
  const resources = (tree: Tree, file: string) => parse(tree?.[file] ?? '')?.Resources ?? {};
  const hasData = (tree: Tree) => resources(tree, 'phases/01-data.yaml').Orders?.Type === 'Test::Svc::Vault';
  const base = (tree: Tree) => JSON.stringify(Object.entries(resources(tree, 'phases/00-base.yaml')).sort());
  return [...(hasData(before) && !hasData(after) ? ['Orders'] : []), ...(base(before) === base(after) ? [] : ['00-base'])];
}

async function play(given: readonly Step[], seed: number, deploy: 'local' | 'ci', obliging: boolean): Promise<number> {
  const stage = await scene(seed, deploy, obliging);
  const { made, repository, composition } = stage;
  const { state } = composition.ports;
  const plans: string[] = [];
  const planOf = new Map<string, string>();
  const grants = new Map<string, number>();
  const now = () => made.clock.now();
  const usable = (id: string | undefined) => id !== undefined && (grants.get(id) ?? 0) > now();
  /** The files as they are deployed. */
  let settled: Tree = FILES;
  let severe = 0;

  // A person sets up what the client finds.
  const first = await stage.call('plan', {});
  expect(await stage.call('apply', { plan_id: String(first.plan) })).toMatchObject({ status: 'error', reason: 'APPROVAL_NEEDED' });
  await approve(String(first.plan));
  expect(await stage.call('apply', { plan_id: String(first.plan) })).toMatchObject({ status: 'success' });
  grants.clear();
  await composition.ports.repo.push();

  async function approve(id: string): Promise<void> {
    const plan = await made.clock.run(state.plan(id));
    const level = plan && levelOf(plan);
    if (plan === undefined || level?.kind !== 'severe') return;
    await made.clock.run(recordApproval(composition.ports, composition.environment, { plan, level }));
    grants.set(id, now() + 24 * 3_600_000);
  }

  for (const step of given) {
    const [writes, pushedBefore] = [made.cloud.accepted.length, repository.pushed()];
    const owners = new Map([...made.state.rows.values()].map((row) => [String(row.Identifier), row.ResourceName]));
    const nth = (which: number) => plans.at(-1 - which) ?? 'f'.repeat(64);
    let applied: string | undefined;
    let deployed = false;
    if (step.kind === 'a-day-later') made.clock.advance(25 * 3_600_000);
    else if (step.kind === 'approve') await approve(planOf.get(nth(step.which)) ?? nth(step.which));
    else if (step.kind === 'colleague') {
      const stored = [...made.cloud.resources.values()][step.which];
      if (stored) stored.properties = { ...stored.properties, Size: 9 };
    } else if (step.kind === 'apply') {
      const known = nth(step.which);
      const id = step.bend === 'as-is' ? known : step.bend === 'short' ? known.slice(0, 12) : `0${known.slice(1)}`;
      applied = planOf.get(id) ?? id;
      const answer = await stage.call('apply', { plan_id: id });
      deployed = answer.status === 'success' && answer.outcome !== 'committed';
      if (step.bend !== 'as-is' && !plans.includes(id)) expect(answer.status).toBe('error');
    } else {
      const answer = await stage.call(step.tool, step.input);
      if (answer.plan !== undefined) plans.push(answer.plan);
      if (answer.proposal !== undefined && answer.plan !== undefined) {
        planOf.set(answer.proposal, answer.plan);
        plans.push(answer.proposal);
      }
    }
    const reached = severeWrites(stage, writes, owners);
    severe += reached.length;
    if (reached.length > 0) {
      expect({ step, reached, approved: usable(applied) }).toEqual({ step, reached, approved: true });
      grants.delete(applied ?? '');
    }
    if (repository.pushed() !== pushedBefore) {
      const sent = severePush(settled, repository.pushed());
      const approved = [...made.state.approvals.values()].some(({ planId }) => usable(planId)) || usable(applied) || reached.length > 0;
      expect({ step, sent, approved: approved || sent.length === 0 }).toEqual({ step, sent, approved: true });
    }
    // Also where a deployment was rejected in part: what was approved of it is done.
    if (deployed || reached.length > 0) settled = repository.head();
    // Only a person changes what ial obeys.
    expect(repository.head()['ial.yaml']).toBe(CONFIG);
  }
  return severe;
}

test('no sequence of calls does what needs a person without that person, and an approval serves once', async () => {
  let severe = 0;
  const random = seededRandom(SEED);
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom('local' as const, 'ci' as const), fc.boolean(), async (given, deploy, obliging) => {
      severe += await play(given, 1 + Math.floor(random.next() * 1000), deploy, obliging);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  // The judge has seen severe writes that were approved: it is not blind.
  expect(severe).toBeGreaterThan(0);
});
