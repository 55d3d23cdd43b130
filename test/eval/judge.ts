/** Whether what came of a request is what was asked for, by the corpus's own checker. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RequestResult } from '../../src/headless/one-shot.ts';
import type { Outcome, Row } from './rows.ts';

/** `wrong edit` is the worst: files changed, and not as asked. `needless question`: it asked although all was said. */
export type Verdict = 'pass' | 'fail' | 'wrong edit' | 'needless question';

export interface Judged {
  readonly verdict: Verdict;
  /** Clauses that do not hold, and resources that changed without being asked for. */
  readonly why: readonly string[];
}

interface Checker {
  check(
    row: unknown,
    before: string,
    after: string,
    context: unknown,
  ): {
    readonly clauses: readonly { readonly op: string; readonly path?: string; readonly soft: boolean; readonly ok: boolean }[];
    readonly collateral: readonly string[];
  };
}

/** The checker of the corpus; `undefined` where the corpus is absent. */
export async function loadChecker(corpus: string): Promise<Checker | undefined> {
  const path = join(corpus, 'tools/lib.mjs');
  return existsSync(path) ? ((await import(pathToFileURL(path).href)) as Checker) : undefined;
}

export function judge(checker: Checker, row: Row, after: ReadonlyMap<string, string>, result: RequestResult): Judged {
  const answer = [result.answer, result.question].filter((part) => part !== null).join('\n');
  const context = { outcome: result.outcome, guardrail: result.guardrail !== null, answer };
  const verdicts = row.files.map(({ name, text }) => checker.check(row, text, after.get(name) ?? '', context));
  const clauses = (verdicts[0]?.clauses ?? []).map((clause, index) => ({
    ...clause,
    ok: verdicts.some((one) => one.clauses[index]?.ok === true),
  }));
  const failed = clauses.filter(({ ok, soft }) => !ok && !soft).map(({ op, path }) => `${op} ${path ?? ''}`.trim());
  // A row without clauses says nothing about what must stay: only its outcome counts.
  const collateral = row.expect.length === 0 ? [] : verdicts.flatMap((one) => one.collateral).map((id) => `changed ${id}`);
  const wrongEnd = row.outcomes !== undefined && !row.outcomes.includes(result.outcome) ? [`outcome ${result.outcome}`] : [];
  const why = [...failed, ...collateral, ...wrongEnd];
  if (why.length === 0) return { verdict: 'pass', why };
  if (result.outcome === 'edit') return { verdict: 'wrong edit', why };
  return { verdict: expectsEdit(row) && asks(result.outcome) ? 'needless question' : 'fail', why };
}

function expectsEdit({ expect, outcomes }: Row): boolean {
  if (outcomes !== undefined) return outcomes.includes('edit');
  return !expect.some(({ op }) => op === 'no-change' || op === 'clarify');
}

function asks(outcome: Outcome): boolean {
  return outcome === 'clarify' || outcome === 'decline';
}
