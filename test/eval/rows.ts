/** Requests with what must come of them: the corpus beside the project, and our own set over our own fixtures. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export type Outcome = 'edit' | 'clarify' | 'decline' | 'answer';

/** `expect`: clauses of the corpus's checker. `outcomes`: which ends are right, where the clauses do not say. */
export interface Row {
  readonly id: string;
  readonly request: string;
  readonly intent: string;
  readonly lang: string;
  /** Files by their base names, as they are before the request. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly expect: readonly { readonly op: string; readonly [key: string]: unknown }[];
  readonly outcomes?: readonly Outcome[];
  readonly touch?: readonly string[];
  /** Written with a slip of the finger. */
  readonly slips: boolean;
}

interface Raw {
  readonly id: string;
  readonly request: string;
  readonly intent?: string;
  readonly kind?: string;
  readonly lang?: string;
  readonly file?: string;
  readonly files?: readonly string[];
  readonly expect?: Row['expect'];
  readonly outcomes?: readonly Outcome[];
  readonly touch?: readonly string[];
  readonly cat?: readonly string[];
}

/** Rows of one JSONL file; `folder` is what its file names are relative to, `all` what stands for every file. */
export function readRows(path: string, folder: string, all: string): Row[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => rowOf(JSON.parse(line) as Raw, folder, all));
}

function rowOf(raw: Raw, folder: string, all: string): Row {
  const names = raw.file === undefined ? (raw.files ?? [all]) : [raw.file];
  return {
    id: raw.id,
    request: raw.request,
    intent: raw.intent ?? raw.kind ?? 'other',
    lang: raw.lang ?? 'en',
    files: names.flatMap((name) => filesOf(folder, name)),
    expect: raw.expect ?? [],
    slips: raw.cat?.includes('typo') === true,
    ...(raw.outcomes === undefined ? {} : { outcomes: raw.outcomes }),
    ...(raw.touch === undefined ? {} : { touch: raw.touch }),
  };
}

function filesOf(folder: string, name: string): Row['files'] {
  if (!name.endsWith('/*')) return [{ name: basename(name), text: readFileSync(join(folder, name), 'utf8') }];
  const inner = join(folder, name.slice(0, -2));
  const files = readdirSync(inner).filter((file) => /\.ya?ml$/.test(file));
  return files.map((file) => ({ name: file, text: readFileSync(join(inner, file), 'utf8') }));
}
