import { expect, test } from 'vitest';
import type { DeploymentRecord, DriftFinding } from '../../src/engine/records.ts';
import { KeyParser } from '../../src/ui/keys.ts';
import { textOf } from '../../src/ui/lines.ts';
import { openPanel, type PanelRows, panelLines, withRows } from '../../src/ui/panel.ts';
import { reduce } from '../../src/ui/reduce.ts';
import { symbolsFor } from '../../src/ui/theme.ts';
import { createView, type Effect, focusOf, type View } from '../../src/ui/view.ts';

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

test('history undoes a deployment by going back to the commit that was deployed before it', () => {
  expect(proposed(opened('/history').press('u'))).toMatchObject([{ tool: 'propose_rollback', input: { commit: 'aaaaaaaa' } }]);
  expect(proposed(opened('/history').press(DOWN, DOWN, 'b'))).toMatchObject([{ input: { commit: 'aaaaaaaa' } }]);
  const oldest = opened('/history').press(DOWN, DOWN, 'u');
  expect([proposed(oldest), oldest.view.notice?.text]).toEqual([[], 'there is no earlier commit to go back to']);
});

test('tab goes to the other panel, escape and Ctrl-C close it, and the prompt is as it was', () => {
  const driver = opened('/drift');
  expect(focusOf(driver.view)).toBe('panel-drift');
  expect(focusOf(driver.press(TAB).view)).toBe('panel-history');
  expect(focusOf(driver.press(ESC).view)).toBe('prompt');
  expect(focusOf(opened('/history').press('\u0003').view)).toBe('prompt');
});

test('a finding that arrives while the panel is open appears, and the selection stays on the same one', () => {
  const panel = withRows({ ...openPanel('drift', ROWS), selected: 1 }, { ...ROWS, findings: [finding('New'), ...ROWS.findings] });
  expect(panel.selected).toBe(2);
  expect(withRows(panel, { ...ROWS, findings: [] }).selected).toBe(0);
});

test('a failed look keeps the rows and says so; an empty table is said in words', () => {
  const driver = opened('/drift').step({ kind: 'rows', rows: { problem: 'DynamoDB does not answer' }, now: 0 });
  const text = (view: View) =>
    panelLines(view.panel ?? openPanel('drift'), { width: 79, height: 20, symbols: symbolsFor({}) })
      .map(textOf)
      .join('\n');
  expect(text(driver.view)).toMatch(/DynamoDB does not answer; shown as last read[\s\S]*CRITICAL +03-networking\/A drifted/);
  expect(text(opened('/drift', { findings: [], deployments: [] }).view)).toMatch(/nothing has drifted/);
  expect(text(opened('/history', { findings: [], deployments: [] }).view)).toMatch(/nothing was deployed yet/);
});

test('a panel never grows beyond its height, whatever it lists, and shows hostile text as text', () => {
  const many = {
    findings: Array.from({ length: 500 }, (_item, index) => finding(`R${index}\u001b[2J`, { explanation: 'x'.repeat(10_000) })),
    deployments: [],
  };
  for (const height of [4, 12, 24]) {
    const lines = panelLines({ ...openPanel('drift', many), selected: 250 }, { width: 79, height, symbols: symbolsFor({}) });
    expect(lines.length).toBeLessThanOrEqual(height);
    for (const content of lines) expect(textOf(content)).not.toContain('\u001b');
  }
});
