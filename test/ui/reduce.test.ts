import { expect, test } from 'vitest';
import type { SessionEvent } from '../../src/agent/events.ts';
import { IalError } from '../../src/engine/errors.ts';
import { KeyParser } from '../../src/ui/keys.ts';
import { footerBindings } from '../../src/ui/keytable.ts';
import { textOf } from '../../src/ui/lines.ts';
import { reduce } from '../../src/ui/reduce.ts';
import { symbolsFor } from '../../src/ui/theme.ts';
import { itemLines } from '../../src/ui/transcript.ts';
import { createView, type Effect, focusOf, type View } from '../../src/ui/view.ts';
import { proposal, severe, steps } from './fixtures.ts';

/** A view driven like a terminal: time passes only where a test says so. */
class Driver {
  view: View = createView({ columns: 80, rows: 24, now: 0 });
  effects: Effect[] = [];
  now = 0;

  press(...chunks: readonly string[]): this {
    const parser = new KeyParser();
    for (const chunk of chunks)
      for (const key of [...parser.push(chunk), ...parser.flush()]) this.step({ kind: 'key', key, now: this.now });
    return this;
  }

  tell(...events: readonly SessionEvent[]): this {
    for (const event of events) this.step({ kind: 'session', event, now: this.now });
    return this;
  }

  settle(pending?: typeof proposal): this {
    return this.step({ kind: 'settled', pending, now: this.now });
  }

  /** The dialog was painted and the guard is over. */
  seen(): this {
    this.step({ kind: 'painted', now: this.now });
    this.now += 301;
    return this;
  }

  step(input: Parameters<typeof reduce>[1]): this {
    const step = reduce(this.view, input);
    this.view = step.view;
    this.effects.push(...step.effects);
    return this;
  }
}

const type = (text: string): string[] => [...text];
const asked = () => new Driver().press(...type('add a port'), '\r').tell(...(steps.ask ?? []));
const reviewing = () => asked().tell({ kind: 'proposal', proposal }).settle(proposal);
const kinds = (driver: Driver) => driver.effects.map((effect) => effect.kind);

test('a proposal that was not answered before is said, and Enter works it out again under its own sentence; typing leaves it', () => {
  const waiting = { request: 'add port 8443', tool: 'propose_change', input: { edits: [] } };
  const start = (initialText?: string) => {
    const driver = new Driver();
    driver.view = createView({ columns: 80, rows: 24, now: 0, waiting, ...(initialText === undefined ? {} : { initialText }) });
    return driver;
  };
  const [item] = start().view.items;
  expect(item).toMatchObject({ kind: 'step', text: expect.stringContaining('"add port 8443"; enter works it out again') });
  expect(start().press('\r').effects.at(-1)).toEqual({
    kind: 'propose',
    tool: 'propose_change',
    input: { edits: [] },
    said: 'add port 8443',
  });
  expect(
    start()
      .press(...type('tag it'), '\r')
      .effects.at(-1),
  ).toEqual({ kind: 'ask', text: 'tag it' });
  expect(start('a request').press('\r').effects.at(-1)).toEqual({ kind: 'ask', text: 'a request' });
  expect(new Driver().press(...type('/proposal'), '\r').view.notice?.text).toMatch(/no proposal/);
});

test('three keys from the prompt to an approved change', () => {
  const driver = reviewing().seen().press('y', '\r');
  expect(kinds(driver)).toEqual(['remember', 'ask', 'decide']);
  expect(driver.effects.at(-1)).toEqual({ kind: 'decide', proposalId: 'p1', decision: { kind: 'approve' } });
  expect(driver.view.state).toBe('committing');
});

test('the states of one request come in order', () => {
  const driver = new Driver().press(...type('add a port'), '\r');
  const states: string[] = [driver.view.state];
  const follow = (events: readonly SessionEvent[]) => {
    for (const event of events) if (driver.tell(event).view.state !== states.at(-1)) states.push(driver.view.state);
  };
  follow(steps.ask ?? []);
  follow([{ kind: 'proposal', proposal }]);
  driver.settle(proposal).seen().press('y');
  states.push(driver.view.state);
  driver.press('\r');
  states.push(driver.view.state);
  follow(steps.deploy ?? []);
  expect(states).toEqual(['thinking', 'proposing', 'reviewing', 'confirming', 'committing', 'pushing', 'following', 'done']);
});

test.each([
  ['Enter alone: the default is no', ['a', '\r']],
  ['y and Enter in one chunk', ['y\r']],
  ['a pasted y and Enter', ['\x1b[200~y\r\x1b[201~', '\r', '\r']],
  ['Esc after y', ['y', '\x1b', '\x1b']],
  ['y and then no', ['y', 'n', '\r']],
])('%s approves nothing', (_case, keys) => {
  expect(
    kinds(
      reviewing()
        .seen()
        .press(...keys),
    ),
  ).not.toContain('decide');
});

test('keys typed before the proposal was seen do not answer it', () => {
  const early = reviewing().press('y', '\r');
  expect(kinds(early)).not.toContain('decide');
  early.step({ kind: 'painted', now: 0 });
  early.now = 299;
  early.press('y', '\r');
  expect(early.view.state).toBe('reviewing');
  early.now = 301;
  expect(kinds(early.press('y', '\r'))).toContain('decide');
});

const naming = () => asked().tell({ kind: 'proposal', proposal: severe }).settle(severe).seen().press('a').seen();

test('a severe change takes its name, typed key by key', () => {
  const driver = naming().press(...type('OrdersTable'), '\r');
  expect(driver.effects.at(-1)).toEqual({ kind: 'decide', proposalId: 'p2', decision: { kind: 'approve', typedName: 'OrdersTable' } });
});

test.each([
  ['a wrong case', type('orderstable')],
  ['nothing', []],
  ['y', ['y']],
  ['a paste', ['\x1b[200~OrdersTable\x1b[201~']],
  ['one chunk', ['OrdersTable']],
])('a severe change is not approved by %s', (_case, keys) => {
  expect(kinds(naming().press(...keys, '\r'))).not.toContain('decide');
});

test('a name typed before the dialog was painted is not heard', () => {
  const driver = asked()
    .tell({ kind: 'proposal', proposal: severe })
    .settle(severe)
    .seen()
    .press('a', ...type('OrdersTable'), '\r');
  expect(kinds(driver)).not.toContain('decide');
  expect(driver.view.confirm?.typed).toBe('');
});

test('a refused proposal cannot be approved', () => {
  const refused = { ...proposal, level: { kind: 'refused', reason: 'port 22 would be open to the world' } } as const;
  const driver = asked().tell({ kind: 'proposal', proposal: refused }).settle(refused).seen().press('y', '\r', 'a', '\r');
  expect(kinds(driver)).not.toContain('decide');
  expect(driver.view.notice?.text).toMatch(/port 22/);
});

test('a yes while the model still talks is sent when it has finished', () => {
  const driver = asked().tell({ kind: 'proposal', proposal }, { kind: 'thinking' }, { kind: 'text', text: 'so' }).seen().press('y', '\r');
  expect(kinds(driver)).not.toContain('decide');
  expect(kinds(driver.settle(proposal)).at(-1)).toBe('decide');
});

test('a second proposal withdraws a yes to the first', () => {
  const driver = asked()
    .tell({ kind: 'proposal', proposal })
    .seen()
    .press('y', '\r')
    .tell({ kind: 'proposal', proposal: severe })
    .settle(severe);
  expect(kinds(driver)).not.toContain('decide');
  expect(driver.view.state).toBe('reviewing');
});

test('text typed while a proposal waits revises it, tab goes back to it', () => {
  const driver = reviewing().seen().press('r');
  expect(focusOf(driver.view)).toBe('prompt');
  expect(focusOf(driver.press('\t').view)).toBe('review');
  driver.seen().press('\x1b', ...type('port 9443 instead'), '\r');
  expect(driver.effects.at(-1)).toEqual({ kind: 'decide', proposalId: 'p1', decision: { kind: 'guide', text: 'port 9443 instead' } });
});

test.each(['make it 9443', 'no, port 9443', 'add 9443 too', 'yes but 9443', 'delete it', 'put it on 9443', '\x1b[200~only 9443\x1b[201~'])(
  'on a proposal, %j begins the guidance and loses no letter',
  (words) => {
    const driver = reviewing()
      .seen()
      .press(...(words.startsWith('\x1b') ? [words] : type(words)));
    expect(focusOf(driver.view)).toBe('prompt');
    driver.press('\r');
    const text = words.replace(/\x1b\[20[01]~/g, '');
    expect(driver.effects.at(-1)).toEqual({ kind: 'decide', proposalId: 'p1', decision: { kind: 'guide', text } });
  },
);

test('in the dialog a letter that is no key begins the guidance, the y before it only when it was the same word', () => {
  const slow = reviewing().seen().press('y');
  slow.now += 1000;
  slow.press(...type('make it 9443'));
  expect(slow.view.editor.text).toBe('make it 9443');
  expect(slow.press('\t').view.state).toBe('reviewing');
});

test('a plain yes written out goes to the dialog, a plain no back to the proposal; neither to the model', () => {
  const yes = reviewing()
    .seen()
    .press(...type('yes'), '\r');
  expect(yes.view.confirm?.choice).toBe('yes');
  expect(kinds(yes)).not.toContain('decide');
  expect(kinds(yes.seen().press('\r')).at(-1)).toBe('decide');
  expect(yes.effects.at(-1)).toMatchObject({ decision: { kind: 'approve' } });
  const no = reviewing()
    .seen()
    .press(...type('no'), '\r');
  expect(focusOf(no.view)).toBe('review');
  expect(kinds(no)).not.toContain('decide');
});

test('a failure that leaves the proposal waiting keeps it within reach', () => {
  const error = new IalError('GIT_FAILED', 'phases/03-networking.yaml has changes of yours', { reason: 'dirty' });
  const driver = reviewing().seen().press('y', '\r').tell({ kind: 'failed', error }).settle(proposal);
  expect(driver.view).toMatchObject({ parked: true, state: 'failed', busy: false });
  expect(driver.press('\t').view.state).toBe('reviewing');
});

test('a number answers a question', () => {
  const driver = new Driver()
    .press(...type('open a port'), '\r')
    .tell({ kind: 'question', text: 'which?', choices: ['Alb', 'App'] })
    .settle();
  expect(driver.press('2').effects.at(-1)).toEqual({ kind: 'ask', text: 'App' });
});

test('a question without choices does not offer numbers', () => {
  const asked = (choices: readonly string[]) =>
    new Driver()
      .press(...type('make a table'), '\r')
      .tell({ kind: 'question', text: 'how should it be?', choices })
      .settle().view;
  const shown = (choices: readonly string[]) => footerBindings(focusOf(asked(choices))).map((binding) => binding.shown);
  expect(shown([])).not.toContain('1-9');
  expect(shown(['a'])).toContain('1-9');
});

test('an answer given before the model has finished its turn is sent when it has', () => {
  const question = { kind: 'question', text: 'which?', choices: ['Alb', 'App'] } as const;
  const driver = new Driver()
    .press(...type('open a port'), '\r')
    .tell(question)
    .press('2');
  expect(driver.effects.filter((effect) => effect.kind === 'ask')).toHaveLength(1);
  expect(driver.settle().effects.at(-1)).toEqual({ kind: 'ask', text: 'App' });
});

test('what is sent while the model works waits for its turn and leaves the draft alone', () => {
  const driver = new Driver().press(...type('one'), '\r', ...type('two'), '\r', ...type('dra')).settle();
  expect(driver.effects.filter((effect) => effect.kind === 'ask')).toEqual([
    { kind: 'ask', text: 'one' },
    { kind: 'ask', text: 'two' },
  ]);
  expect(driver.view.editor.text).toBe('dra');
});

test('Ctrl-C clears the text, then says how to leave, then leaves with 0', () => {
  const driver = new Driver().press('x', '\x03');
  expect(driver.view.editor.text).toBe('');
  expect(driver.press('\x03').view.notice?.text).toMatch(/again to exit/);
  expect(driver.effects).toEqual([]);
  expect(driver.press('\x03').effects).toEqual([{ kind: 'exit', code: 0 }]);
});

test('three seconds later a Ctrl-C is the first again', () => {
  const driver = new Driver().press('\x03').step({ kind: 'tick', now: 3001 });
  driver.now = 3001;
  expect(driver.view.notice).toBeUndefined();
  expect(driver.press('\x03').effects).toEqual([]);
});

test('Ctrl-C while the model works cancels it; the second leaves with 130', () => {
  const driver = new Driver().press(...type('one'), '\r', '\x03');
  expect(kinds(driver)).toEqual(['remember', 'ask', 'cancel']);
  expect(driver.press('\x03').effects.at(-1)).toEqual({ kind: 'exit', code: 130 });
});

test('a deployment is never stopped without a yes to the question', () => {
  const following = () =>
    reviewing()
      .seen()
      .press('y', '\r')
      .tell(...(steps.deploy ?? []).slice(0, 4));
  const first = following().press('\x03');
  expect(first.view.notice?.text).toMatch(/goes on/);
  expect(kinds(first.press('\x03', '\r'))).not.toContain('cancel');
  expect(kinds(following().press('\x03', '\x03', 'y', '\r'))).toContain('cancel');
  const detached = following().press('\x1b');
  expect(kinds(detached)).not.toContain('cancel');
  expect(focusOf(detached.view)).toBe('busy');
});

test('slash commands go to their own work, unknown ones too, and /quit leaves', () => {
  const driver = new Driver().press(...type('/status'), '\r', ...type('/quit'), '\r');
  expect(driver.effects.filter((effect) => effect.kind !== 'remember')).toEqual([
    { kind: 'command', name: 'status', args: [] },
    { kind: 'exit', code: 0 },
  ]);
});

test('what the model only looks at is one line, however much it is; what fails and what it proposes stand by themselves', () => {
  const finished = (tool: string, ok = true): SessionEvent => ({
    kind: 'tool-finished',
    id: tool,
    tool,
    summary: '',
    ok,
    milliseconds: 10,
  });
  const looks = Array.from({ length: 14 }, () => finished('describe_type'));
  const busy = new Driver().press(...type('what is open?'), '\r').tell(finished('list_resources'), ...looks);
  expect(busy.view.items.map(({ kind }) => kind)).toEqual(['request']);
  const { items } = busy.tell(finished('describe_type', false), { kind: 'text', text: 'Nothing.\n' }, finished('propose_change')).view;
  expect(items.map(({ kind }) => kind)).toEqual(['request', 'looked', 'tool', 'text', 'tool']);
  const lines = items.slice(1, 2).flatMap((item) => itemLines(item, 80, symbolsFor({})));
  expect(lines.map(textOf)).toEqual([expect.stringContaining('list resources, describe type 14 times  0.1 s')]);
});
