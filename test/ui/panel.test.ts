import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { CHECK_IDS, type Check } from '../../src/agent/doctor.ts';
import type { DeploymentRecord, DriftFinding } from '../../src/engine/state/records.ts';
import { KeyParser } from '../../src/ui/keys.ts';
import { textOf } from '../../src/ui/lines.ts';
import { openPanel, type PanelRows, withRows } from '../../src/ui/panel.ts';
import { reduce } from '../../src/ui/reduce.ts';
import { panelScreen } from '../../src/ui/tabs/screen.ts';
import { symbolsFor } from '../../src/ui/theme.ts';
import { createView, type Effect, focusOf, type View } from '../../src/ui/view.ts';
import { header, longProposal, proposal } from './fixtures.ts';

const finding = (name: string, more: Partial<DriftFinding> = {}): DriftFinding => ({
  address: `03-networking/${name}`,
  type: 'AWS::EC2::SecurityGroup',
  identifier: 'sg-1',
  fingerprint: name,
  kind: 'drifted',
  changes: [],
  severity: 'CRITICAL',
  actor: 'arn:aws:iam::000000000000:user/ana',
  foundAt: '2026-11-26T14:00:00.000Z',
  ...more,
});
const summary = { create: 0, update: 1, replace: 0, delete: 0, import: 0, forget: 0, move: 0, record: 0, noOp: 3 };
const deployment = (id: string, commitSha: string, more: Partial<DeploymentRecord> = {}): DeploymentRecord => ({
  id,
  startedAt: '2026-11-26T14:00:00.000Z',
  finishedAt: '2026-11-26T14:00:02.000Z',
  result: 'Success',
  planId: '0123456789abcdef',
  commitSha,
  request: `request ${id}`,
  executor: 'ana@laptop',
  sandbox: true,
  summary,
  actions: [{ address: '03-networking/A', kind: 'update', result: 'Success' }],
  ...more,
});
const ROWS: PanelRows = {
  findings: [finding('A'), finding('B', { severity: 'LOW' })],
  deployments: [deployment('d3', 'cccccccc'), deployment('d2', 'cccccccc'), deployment('d1', 'aaaaaaaa')],
};

class Driver {
  view: View = createView({ columns: 80, rows: 24, now: 0 });
  effects: Effect[] = [];

  press(...chunks: readonly string[]): this {
    const parser = new KeyParser();
    for (const chunk of chunks) for (const key of [...parser.push(chunk), ...parser.flush()]) this.step({ kind: 'key', key, now: 0 });
    return this;
  }

  step(input: Parameters<typeof reduce>[1]): this {
    const { view, effects } = reduce(this.view, input);
    this.view = view;
    this.effects.push(...effects);
    return this;
  }
}
const opened = (command: string, rows: PanelRows = ROWS) => new Driver().press(...command, '\r').step({ kind: 'rows', rows, now: 0 });
const proposed = (driver: Driver) => driver.effects.filter((effect) => effect.kind === 'propose');
const [DOWN, UP, TAB, ESC] = ['\u001b[B', '\u001b[A', '\t', '\u001b'];

test('/drift opens its panel, one key proposes the revert of the selected finding, and nothing else happens', () => {
  const driver = opened('/drift').press(DOWN, 'r');
  expect(driver.effects.map(({ kind }) => kind)).toEqual(['remember', 'watch', 'propose']);
  expect(proposed(driver)).toEqual([
    { kind: 'propose', tool: 'propose_drift_decision', input: { address: '03-networking/B', decision: 'revert' } },
  ]);
  expect(driver.view.panel).toBeUndefined();
});

test('adopt takes the live value of the finding under the cursor', () => {
  expect(proposed(opened('/drift').press(DOWN, UP, 'a'))).toMatchObject([{ input: { address: '03-networking/A', decision: 'adopt' } }]);
});

test('decisions marked on findings and on properties make one proposal; a finding and its own property are never both decided', () => {
  const change = (path: string) => ({ path, before: 1, after: 2, origin: 'drift', forcesReplace: false }) as const;
  const rows = { ...ROWS, findings: [finding('A', { changes: [change('/Tags'), change('/GroupDescription')] }), finding('B')] };
  const driver = opened('/drift', rows).press('m', DOWN, 'm', DOWN, 'm', 'm', DOWN, 'm');
  expect(screenOf(driver.view).slice(3, 7)).toEqual(
    [
      '   CRITICAL 03-networking/A drifted  ana  2026-11-26 14:00',
      '           [revert] /Tags',
      '           [adopt] /GroupDescription',
      '❯  [revert] CRITICAL 03-networking/B drifted  ana  2026-11-26 14:00',
    ].map((text) => expect.stringContaining(text.trim().replace(/^❯ +/, ''))),
  );
  expect(driver.view.notice?.text).toBe('3 marked: m changes the mark, enter proposes them as one plan');
  expect(proposed(driver.press('\r'))).toEqual([
    {
      kind: 'propose',
      tool: 'propose_drift_decision',
      input: {
        address: '03-networking/A',
        paths: ['/Tags'],
        decision: 'revert',
        also: [
          { address: '03-networking/A', paths: ['/GroupDescription'], decision: 'adopt' },
          { address: '03-networking/B', decision: 'revert' },
        ],
      },
    },
  ]);
});

test('ignoring one property writes its path into the command, and the command decides only on it', () => {
  const changes = ['/Tags', '/Name'].map((path) => ({ path, before: 1, after: 2, origin: 'drift', forcesReplace: false }) as const);
  const driver = opened('/drift', { ...ROWS, findings: [finding('A', { changes })] }).press(DOWN, 'i');
  expect(driver.view.editor.text).toBe('/drift ignore 03-networking/A /Tags ');
  expect(proposed(driver.press(...'planned', '\r'))).toMatchObject([
    { input: { address: '03-networking/A', paths: ['/Tags'], decision: 'ignore', reason: 'planned' } },
  ]);
});

test('history undoes a deployment by going back to the commit that was deployed before it', () => {
  expect(proposed(opened('/history').press('u'))).toMatchObject([{ tool: 'propose_rollback', input: { commit: 'aaaaaaaa' } }]);
  expect(proposed(opened('/history').press(DOWN, DOWN, 'b'))).toMatchObject([{ input: { commit: 'aaaaaaaa' } }]);
  const oldest = opened('/history').press(DOWN, DOWN, 'u');
  expect([proposed(oldest), oldest.view.notice?.text]).toEqual([[], 'there is no earlier commit to go back to']);
});

test('tab and the number keys go through the four views, each keeps its place, escape and Ctrl-C close them', () => {
  const driver = opened('/drift').press(DOWN);
  expect(focusOf(driver.view)).toBe('panel-drift');
  expect(focusOf(driver.press(TAB).view)).toBe('panel-history');
  expect(focusOf(driver.press(TAB).view)).toBe('panel-diff');
  expect(focusOf(driver.press('2').view)).toBe('panel-plan');
  expect(driver.press('3').view.panel?.selected).toBe(1);
  expect(focusOf(driver.press(ESC).view)).toBe('prompt');
  expect(focusOf(opened('/history').press('\u0003').view)).toBe('prompt');
});

test('a finding that arrives while the view is open appears, and the selection stays on the same one', () => {
  const panel = withRows({ ...openPanel('drift', ROWS), selected: 1 }, { ...ROWS, findings: [finding('New'), ...ROWS.findings] });
  expect(panel.selected).toBe(2);
  expect(withRows(panel, { ...ROWS, findings: [] }).selected).toBe(0);
});

const screenOf = (view: View): readonly string[] =>
  panelScreen(view, view.panel ?? openPanel('drift'), { header, symbols: symbolsFor({}) }).map(textOf);

test('a failed look keeps the rows and says so; an empty table is said in words', () => {
  const driver = opened('/drift').step({ kind: 'rows', rows: { problem: 'DynamoDB does not answer' }, now: 0 });
  const text = (view: View) => screenOf(view).join('\n');
  expect(text(driver.view)).toMatch(/DynamoDB does not answer; shown as last read[\s\S]*CRITICAL +03-networking\/A drifted/);
  expect(text(opened('/drift', { findings: [], deployments: [] }).view)).toMatch(/Nothing has drifted/);
  expect(text(opened('/history', { findings: [], deployments: [] }).view)).toMatch(/Nothing was deployed yet/);
});

test('each view without rows says what there is not and what to do; what could not be read says why, never that there is nothing', () => {
  const text = (driver: Driver) => screenOf(driver.view).join('\n');
  const reading = new Driver().press('/drift', '\r');
  expect(text(reading)).toMatch(/Reading the findings/);
  const offline = reading.step({ kind: 'rows', rows: { problem: 'offline: DynamoDB cannot be reached' }, now: 0 });
  expect(text(offline)).toMatch(/Could not be read[\s\S]*offline: DynamoDB cannot be reached[\s\S]*tried again/);
  expect(text(offline)).not.toMatch(/Nothing|as last read/);
  expect(text(offline.press('1'))).toMatch(/Nothing is proposed[\s\S]*Say what to change/);
  expect(text(offline.press('2'))).toMatch(/Nothing is planned[\s\S]*\/plan/);
  expect(text(offline.press('2'))).not.toMatch(/offline/);
});

test('the doctor looks when it is turned to, shows each check as it is found, copies a fix, and looks again on r', () => {
  const driver = opened('/drift').press('5');
  const looks = () => driver.effects.filter(({ kind }) => kind === 'examine').length;
  expect([focusOf(driver.view), looks()]).toEqual(['panel-doctor', 1]);
  expect(screenOf(driver.view).join('\n')).toMatch(/looking {2}0 of 14[\s\S]*· node +looking\n {2,}· git/);
  const fix = 'git remote add origin <url>';
  for (const id of CHECK_IDS) {
    const check: Check = id === 'remote' ? { id, status: 'warning', detail: 'no remote', fix } : { id, status: 'ok', detail: 'there' };
    driver.step({ kind: 'checked', check, now: 0 }).press('r');
  }
  expect(looks()).toBe(2);
  driver.press(ESC, '/doctor', '\r');
  for (const id of CHECK_IDS.slice(0, 13))
    driver.step({ kind: 'checked', check: { id, status: 'warning', detail: 'no remote', fix }, now: 0 });
  driver.step({ kind: 'checked', check: { id: 'sandbox', status: 'failed', detail: 'port in use' }, now: 0 });
  expect(screenOf(driver.press(']').view).join('\n')).toMatch(/1 failed {2}13 to know[\s\S]*! node[\s\S]*✗ sandbox[\s\S]*→ git remote add/);
  expect(driver.press('y').effects.at(-1)).toEqual({ kind: 'copy', text: fix });
});

test('ignoring and snoozing ask for a reason: the command is written, the person completes it', () => {
  const ignoring = opened('/drift').press('i');
  expect(ignoring.view.editor.text).toBe('/drift ignore 03-networking/A ');
  expect(proposed(ignoring.press(...'planned', '\r'))).toEqual([
    { kind: 'propose', tool: 'propose_drift_decision', input: { address: '03-networking/A', decision: 'ignore', reason: 'planned' } },
  ]);
  expect(proposed(opened('/drift').press('s', ...'later', '\r'))).toMatchObject([
    { input: { decision: 'snooze', reason: 'later', until: '1970-01-08T00:00:00.000Z' } },
  ]);
});

test('an address with an escape in it stays harmless in the prompt that ignoring writes', () => {
  const rows = { ...ROWS, findings: [finding('A\u001b]0;owned\u0007B')] };
  expect(opened('/drift', rows).press('i').view.editor.text).toBe('/drift ignore 03-networking/AB ');
});

const reviewing = (shown = proposal): Driver => {
  const driver = new Driver().step({ kind: 'session', event: { kind: 'proposal', proposal: shown }, now: -1000 });
  return driver.step({ kind: 'settled', pending: shown, now: -1000 }).step({ kind: 'painted', now: -1000 });
};

test('the diff opens on its first change, unchanged lines are folded, enter opens them, n goes to what was searched', () => {
  const filler = Array.from({ length: 40 }, (_none, index) => `# line ${index}\n`).join('');
  const files = [{ path: 'phases/03-networking.yaml', before: `${filler}A: 1\nB: two words\n`, after: `${filler}A: 1\nB: two colours\n` }];
  const driver = reviewing({ ...proposal, files }).press('d');
  expect(screenOf(driver.view).join('\n')).toMatch(/38 unchanged lines[\s\S]*❯ +42 +│ - B: two words\n +42 │ \+ B: two colours/);
  driver.press('g', DOWN, '\r');
  expect(screenOf(driver.view).join('\n')).toContain('# line 12');
  driver.press('\r');
  expect(screenOf(driver.view).join('\n')).not.toContain('# line 12');
  driver.press('/', ...'line 30', '\r');
  expect(screenOf(driver.view).find((row) => row.startsWith('❯'))).toContain('# line 30');
  driver.press('y');
  expect(driver.effects.filter(({ kind }) => kind === 'copy')).toEqual([]);
  driver.press(']', 'y');
  expect(driver.effects.at(-1)).toEqual({ kind: 'copy', text: '-B: two words\n+B: two colours' });
});

test('approve in a view leaves it for the question, with No chosen; escape goes back to the card', () => {
  const asked = reviewing().press('p', 'a');
  expect([asked.view.panel, asked.view.state, asked.view.confirm?.choice]).toEqual([undefined, 'confirming', 'no']);
  const back = reviewing().press('p', ESC);
  expect([back.view.panel, back.view.state]).toEqual([undefined, 'reviewing']);
});

test('a phase of the plan folds, and the consequence stays in sight', () => {
  const driver = reviewing(longProposal(200)).press('p');
  expect(screenOf(driver.view).join('\n')).toMatch(/▾ 09-topics\n❯ +\+ create +Topic0/);
  driver.press('g', '\r');
  const text = screenOf(driver.view).join('\n');
  expect(text).toMatch(/▸ 09-topics {2}200 actions/);
  expect(text).toContain('200 topics are created');
});

test('a view is exactly as high as the terminal and never wider, whatever it lists; hostile text is text', () => {
  const hostile = 'evil\u001b[2J\u202e\u200b全角👩‍👩‍👧‍👦';
  const findings = Array.from({ length: 5000 }, (_item, index) => finding(`R${index}${hostile}`, { explanation: 'x'.repeat(10_000) }));
  const files = [{ path: `phases/${hostile}.yaml`, before: `a: ${'z'.repeat(10_000)}\n`, after: `a: ${'y '.repeat(5_000)}${hostile}\n` }];
  for (const [columns, rows] of [
    [60, 16],
    [80, 24],
    [140, 40],
    [40, 10],
  ] as const) {
    const driver = reviewing({ ...longProposal(2000), files }).step({ kind: 'resized', columns, rows, now: 0 });
    driver.press('d').step({ kind: 'rows', rows: { findings, deployments: [deployment(hostile, 'ab', { request: hostile })] }, now: 0 });
    for (const key of ['1', 'G', '2', 'G', '3', 'G', '4', '?']) {
      const screen = screenOf(driver.press(key).view);
      expect(screen.length).toBe(rows);
      for (const text of screen) {
        expect(text).not.toMatch(/[\u001b\u202e\u200b]/);
        expect(stringWidth(text)).toBeLessThan(columns);
      }
    }
  }
});
