/**
 * Random histories of edits, renames, deletes and merges, deployed now and then. After a rollback to any commit: the files are that commit's,
 * AWS holds what they say and nothing else, exactly one commit was added, and what was there before is still there.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveResource } from '../../src/engine/state/records.ts';
import { below, pick, seededRandom } from '../fakes/random.ts';
import { removeFolders, sh } from '../git/scratch.ts';
import { type Sandbox, startSandbox } from '../sandbox-deploy/ports.ts';
import { type Place, placeIn } from './place.ts';
import { Editor, expected, filesOf, KINDS, type Kind, type Model, typeOf } from './random-history.ts';

/** How many: 100 in `npm run soak -- rollback`. */
const RUNS = Number(process.env.IAL_RUNS ?? 3);
const SEED = Number(process.env.IAL_SEED ?? 7);
const FIRST = Number(process.env.IAL_FIRST ?? 0);

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(async () => {
  await sandbox.close();
  removeFolders();
});

/** A repository with its models: the one that is checked out, and the one of every commit. */
class History {
  readonly models = new Map<string, Model>();
  model: Model;

  constructor(
    readonly place: Place,
    private readonly editor: Editor,
    private readonly random: ReturnType<typeof seededRandom>,
  ) {
    this.model = editor.first();
    this.#commit(this.model, 'First');
  }

  /** One to three edits as one commit, or two branches merged. */
  step(): void {
    if (below(this.random, 4) === 0 && this.model.phases.size > 1) this.#merge();
    else this.#edit();
  }

  #edit(): void {
    let next = this.model;
    for (let count = 1 + below(this.random, 3); count > 0; count -= 1) next = this.editor.edit(next);
    this.#commit(next, 'Edit');
  }

  #merge(): void {
    const { root } = this.place;
    const [one = '', ...others] = [...this.model.phases.keys()].sort(() => this.random.next() - 0.5);
    const base = this.model;
    sh(root, 'switch', '-q', '-c', 'side');
    for (let count = 1 + below(this.random, 2); count > 0; count -= 1)
      this.#commit(this.editor.editInside(this.model, one), 'Side', 'side');
    const side = this.model;
    sh(root, 'switch', '-q', 'main');
    this.model = base;
    this.#commit(this.editor.editInside(base, pick(this.random, others)), 'Main');
    sh(root, 'merge', '-q', '--no-ff', '-m', 'Merge side', 'side');
    sh(root, 'branch', '-q', '-D', 'side');
    const merged = side.phases.get(one);
    if (merged !== undefined) this.model = { ...this.model, phases: new Map([...this.model.phases, [one, merged]]) };
    this.models.set(sh(root, 'rev-parse', 'HEAD'), this.model);
    sh(root, 'push', '-q', 'origin', 'main');
  }

  #commit(next: Model, message: string, branch = 'main'): void {
    const before = this.models.size === 0 ? {} : filesOf(this.model);
    const after = filesOf(next);
    const gone = Object.keys(before).filter((path) => after[path] === undefined);
    const sha = this.place.commit({ ...after, ...Object.fromEntries(gone.map((path) => [path, undefined])) }, message, branch);
    this.model = next;
    this.models.set(sha, next);
  }
}

const NAME: { readonly [kind in Kind]: string } = { topic: 'TopicName', queue: 'QueueName', group: 'LogGroupName', parameter: 'Name' };
const VALUE: { readonly [kind in Kind]: string } = {
  topic: 'DisplayName',
  queue: 'VisibilityTimeout',
  group: 'RetentionInDays',
  parameter: 'Value',
};

/** What AWS holds of one history, in the words of `expected`. */
async function held({ ports: { cloud } }: Place, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const kind of KINDS) {
    const listed: readonly LiveResource[] = await cloud.list(typeOf(kind));
    for (const { identifier } of listed.filter((one) => one.identifier.includes(`${prefix}-`))) {
      const properties = (await cloud.read(typeOf(kind), identifier))?.properties ?? {};
      // A reference is an ARN, an address or a name: its last word is the name.
      const value = String(properties[VALUE[kind]] ?? '').replace(/^.*[:/](?=[^:/]*$)/, '');
      found.push(`${kind} ${properties[NAME[kind]]}: ${value}`);
    }
  }
  return found.sort();
}

const versionsOf = async ({ ports }: Place) => new Map((await ports.state.rows()).map((row) => [row.Identifier, row.Version]));
const tree = ({ root }: Place, commit: string) => sh(root, 'ls-tree', '-r', commit, '--', 'phases', 'parameters.env');

/** Goes to the commit and holds everything against it. */
async function assertRolledBack(place: Place, prefix: string, target: string, model: Model): Promise<void> {
  const before = sh(place.root, 'rev-list', 'HEAD').split('\n');
  const versions = await versionsOf(place);
  const outcome = await place.rollBack({ commit: target });
  const after = sh(place.root, 'rev-list', 'HEAD').split('\n');
  expect(after.slice(1)).toEqual(before);
  expect(sh(place.root, 'rev-parse', 'HEAD^@')).toBe(before[0]);
  expect(sh(place.bare, 'rev-parse', 'main')).toBe(after[0]);
  expect(sh(place.root, 'status', '--porcelain')).toBe('');
  expect(tree(place, 'HEAD')).toBe(tree(place, target));
  expect(await held(place, prefix)).toEqual(expected(model));
  expect(outcome.deployment?.rolledBackFrom ?? before[0]).toBe(before[0]);
  for (const [identifier, version] of await versionsOf(place)) expect(version).toBeGreaterThanOrEqual(versions.get(identifier) ?? 0);
}

test.concurrent.each(Array.from({ length: RUNS }, (_, index) => FIRST + index))(
  'history %i: what a rollback brings back is in the files and in AWS, and nothing is lost in Git',
  { timeout: 300_000 },
  async (run) => {
    const random = seededRandom(SEED * 1_000 + run);
    const prefix = `h${SEED}x${run}`;
    const place = placeIn(sandbox, prefix);
    const history = new History(place, new Editor(random, prefix), random);
    for (let count = 3 + below(random, 5); count > 0; count -= 1) {
      if (below(random, 3) > 0) await deployed(place, prefix, history.model);
      history.step();
    }
    if (below(random, 4) > 0) await deployed(place, prefix, history.model);
    const head = sh(place.root, 'rev-parse', 'HEAD');
    const targets = [...history.models].filter(
      ([sha]) => tree(place, sha) !== tree(place, head) && sh(place.root, 'rev-list', 'HEAD').includes(sha),
    );
    if (targets.length === 0) return;
    const [target, model] = pick(random, targets);
    await assertRolledBack(place, prefix, target, model);
    await assertRolledBack(place, prefix, head, history.model);
  },
);

async function deployed(place: Place, prefix: string, model: Model): Promise<void> {
  const { record } = await place.apply();
  expect(record.actions.flatMap(({ address, error }) => (error === undefined ? [] : [`${address}: ${error}`]))).toEqual([]);
  expect(await held(place, prefix)).toEqual(expected(model));
}
