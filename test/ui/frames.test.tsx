/**
 * Pictures of the screen in `frames/`: each state of one request, each view, each level of confirmation. Below a row with colours stand their
 * letters: r g y b m c as the terminal's colours, B bold, d dim, capitals of a colour or I inverse. `npx vitest run test/ui/frames -u` takes
 * them anew.
 */
import { EventEmitter } from 'node:events';
import { render } from 'ink';
import { expect, test, vi } from 'vitest';
import type { SessionEvent } from '../../src/agent/events.ts';
import { IalError } from '../../src/engine/errors.ts';
import type { DeploymentRecord, DriftFinding } from '../../src/engine/state/records.ts';
import { ansiLine } from '../../src/ui/ansi.ts';
import { App } from '../../src/ui/components/App.tsx';
import { KeyParser } from '../../src/ui/keys.ts';
import { reduce } from '../../src/ui/reduce.ts';
import { panelScreen } from '../../src/ui/tabs/screen.ts';
import { symbolsFor } from '../../src/ui/theme.ts';
import { createView, type View } from '../../src/ui/view.ts';
import { header, proposal, severe, steps } from './fixtures.ts';

// Colours are read when Ink is loaded.
vi.hoisted(() => {
  process.env.FORCE_COLOR = '2';
});

const symbols = symbolsFor({});

class Paper extends EventEmitter {
  last = '';
  readonly isTTY = true;
  readonly rows = 1000;
  constructor(readonly columns: number) {
    super();
  }
  write(text: string): void {
    this.last = text;
  }
}

function inline(view: View): string {
  const paper = new Paper(view.columns);
  const app = <App view={view} header={header} theme="ansi" symbols={symbols} onFilter={() => undefined} onFieldReady={() => undefined} />;
  const { unmount } = render(app, { stdout: paper as unknown as NodeJS.WriteStream, debug: true, patchConsole: false });
  const text = paper.last;
  unmount();
  return text;
}

function frame(view: View): string {
  if (view.panel === undefined) return inline(view);
  return panelScreen(view, view.panel, { header, symbols })
    .map((content) => ansiLine(content, 'ansi'))
    .join('\n');
}

const LETTERS: { readonly [code: string]: string } = { 31: 'r', 32: 'g', 33: 'y', 34: 'b', 35: 'm', 36: 'c' };

/** A row, and below it the letters of its colours. */
function picture(ansi: string): string {
  const rows = ansi.split('\n').map((row) => {
    let [color, bold, dim, inverse] = ['', false, false, false];
    let [text, paint] = ['', ''];
    for (const [, codes, letter = ''] of row.matchAll(/\x1b\[([\d;]*)m|([^\x1b])/gu)) {
      for (const code of codes?.split(';') ?? []) {
        if (code === '0' || code === '') [color, bold, dim, inverse] = ['', false, false, false];
        if (code === '39') color = '';
        if (code === '22') [bold, dim] = [false, false];
        if (code === '1' || code === '2') [bold, dim] = [code === '1' || bold, code === '2' || dim];
        if (code === '7' || code === '27') inverse = code === '7';
        color = LETTERS[code] ?? color;
      }
      const mark = color === '' ? (bold ? 'B' : dim ? 'd' : ' ') : color;
      text += letter;
      paint += letter === '' ? '' : inverse ? (color === '' ? 'I' : color.toUpperCase()) : letter === ' ' ? ' ' : mark;
    }
    return paint.trim() === '' ? text.trimEnd() : `${text.trimEnd()}\n${paint.trimEnd()}`;
  });
  return `${rows.join('\n').trimEnd()}\n`;
}

class Driver {
  view: View;
  constructor(columns = 80, rows = 24) {
    this.view = createView({ columns, rows, now: 0 });
  }
  step(input: Parameters<typeof reduce>[1]): this {
    this.view = reduce(this.view, input).view;
    return this;
  }
  press(...chunks: readonly string[]): this {
    const parser = new KeyParser();
    for (const chunk of chunks) for (const key of [...parser.push(chunk), ...parser.flush()]) this.step({ kind: 'key', key, now: 2000 });
    return this;
  }
  tell(...events: readonly SessionEvent[]): this {
    for (const event of events) this.step({ kind: 'session', event, now: 1000 });
    return this;
  }
  seen(): this {
    return this.step({ kind: 'painted', now: 0 });
  }
}

const asked = (driver = new Driver()) => driver.press(...'add port 8443', '\r');
const proposed = (shown = proposal, driver = new Driver()) =>
  asked(driver)
    .tell(...(steps.ask ?? []), { kind: 'proposal', proposal: shown })
    .step({ kind: 'settled', pending: shown, now: 1000 })
    .seen();
const approved = () => proposed().press('y', '\r');
const deploy = (events: number) => approved().tell(...(steps.deploy ?? []).slice(0, events));

const findings: readonly DriftFinding[] = ['AlbSecurityGroup', 'AppSecurityGroup'].map((name, index) => ({
  address: `03-networking/${name}`,
  type: 'AWS::EC2::SecurityGroup',
  identifier: `sg-${index}`,
  fingerprint: name,
  kind: 'drifted',
  changes: ['/GroupDescription', '/Tags']
    .slice(index)
    .map((path) => ({ path, before: 'a', after: 'b', origin: 'drift', forcesReplace: false })),
  severity: index === 0 ? 'CRITICAL' : 'LOW',
  actor: 'arn:aws:iam::000000000000:user/ana',
  foundAt: '2026-11-26T14:00:00.000Z',
}));
const deployments: readonly DeploymentRecord[] = (['Failed', 'Success', 'Success'] as const).map((result, index) => ({
  id: `d${index}`,
  startedAt: `2026-11-2${6 - index}T14:00:00.000Z`,
  finishedAt: `2026-11-2${6 - index}T14:00:02.000Z`,
  result,
  planId: '0123456789abcdef',
  commitSha: `${index}abcdef0`,
  request: `request ${index}`,
  executor: 'ana@laptop',
  sandbox: true,
  summary: { ...proposal.plan.summary },
  actions: [{ address: '03-networking/AlbSecurityGroup', kind: 'update', result: result === 'Failed' ? 'Failed' : 'Success' }],
}));
const opened = (command: string) => new Driver().press(...command, '\r').step({ kind: 'rows', rows: { findings, deployments }, now: 2000 });
const refused = { ...proposal, level: { kind: 'refused', reason: 'port 22 would be open to the world' } } as const;
const failure = new IalError('MODEL_FAILED', 'the model cannot serve this', { reason: 'other' }, { hint: 'say it in other words' });

const PICTURES: { readonly [name: string]: () => Driver } = {
  idle: () => new Driver(),
  thinking: () => asked().tell(...(steps.ask ?? []).slice(0, 1)),
  proposing: () => asked().tell(...(steps.ask ?? []).slice(0, 8)),
  question: () => asked().tell({ kind: 'question', text: 'which group do you mean?', choices: ['AlbSecurityGroup', 'AppSecurityGroup'] }),
  reviewing: () => proposed(),
  'reviewing, 140x40': () => proposed(proposal, new Driver(140, 40)),
  'confirm mild': () => proposed({ ...proposal, level: { kind: 'mild' } }).press('y'),
  'confirm moderate': () => proposed().press('a'),
  'confirm severe': () =>
    proposed(severe)
      .press('a')
      .seen()
      .press(...'Ord'),
  'confirm refused': () => proposed(refused).press('y'),
  committing: () => deploy(0),
  pushing: () => deploy(1),
  following: () => deploy(4),
  stopping: () => deploy(4).press('\x03'),
  done: () => deploy(9).step({ kind: 'settled', pending: undefined, now: 3000 }),
  failed: () => asked().tell({ kind: 'failed', error: failure }).step({ kind: 'settled', pending: undefined, now: 3000 }),
  'view diff': () => proposed().press('d'),
  'view plan': () => proposed().press('p'),
  'view plan, 140x40': () => proposed(proposal, new Driver(140, 40)).press('p'),
  'view drift': () => opened('/drift'),
  'view drift, marked': () => opened('/drift').press('\x1b[B', 'm', '\x1b[B', 'm', 'm'),
  'view history': () => opened('/history').press('\x1b[B'),
  keys: () => new Driver().press('?'),
  'too small': () => new Driver(40, 10),
};

test.each(Object.keys(PICTURES))('%s', async (name) => {
  const view = PICTURES[name]?.().view ?? createView({ columns: 80, rows: 24, now: 0 });
  await expect(picture(frame(view))).toMatchFileSnapshot(`frames/${name.replaceAll(/[ ,]+/g, '-')}.txt`);
});
