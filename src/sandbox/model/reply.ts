/** Closing words of a turn: what is proposed and what it means, or why nothing is. */
import type { Dialogue } from './dialogue.ts';
import { asList, asObject, asText, type Data, type DataObject } from './wire.ts';

export type Edit = DataObject;

/** What one clause comes to: edits, and words for them. */
export interface Wish {
  readonly edits: readonly Edit[];
  readonly says: string;
}

/** Words alone mean that nothing has to be done. */
export type Understood = Wish | string;

export function proposal(edits: readonly Edit[], says: string): Wish {
  return { edits, says };
}

/** Put the edits forward and say so. Refused edits are explained, not repaired by guessing. */
export async function proposeEdits(dialogue: Dialogue, edits: readonly Edit[], reason: string): Promise<string> {
  const result = await dialogue.tool('propose_change', { edits, reason });
  if (result.status !== 'success') return refusalText(dialogue, result);
  const warnings = asList(result.guardrails)
    .map(asObject)
    .filter((finding) => finding.level !== 'note')
    .map((finding) => `⚠ ${asText(finding.message)}${finding.fix === undefined ? '' : ` (${asText(finding.fix)})`}`);
  return [reason, ...warnings].join('\n');
}

function refusalText(dialogue: Dialogue, result: DataObject): string {
  const problems = asList(result.problems).map(asObject).slice(0, 3);
  const lines = problems.map(
    (problem) => `- ${asText(problem.message)}${problem.file === undefined ? '' : ` (${asText(problem.file)}:${asText(problem.line)})`}`,
  );
  const candidates = asList(result.candidates).map(asText).slice(0, 5);
  const near =
    candidates.length > 0 ? [dialogue.words(`Did you mean: ${candidates.join(', ')}?`, `Você quis dizer: ${candidates.join(', ')}?`)] : [];
  const why = asText(result.why).split('\n').slice(0, 3).filter(Boolean);
  return [
    dialogue.words(`I changed nothing: ${asText(result.message)}`, `Não mudei nada: ${asText(result.message)}`),
    ...lines,
    ...(lines.length === 0 ? why : []),
    ...near,
  ].join('\n');
}

/** An edit of a property by address. Missing parents are written together with the value, so that one edit says it all. */
export function setProperty(
  resource: { readonly address: string; readonly properties: DataObject },
  path: readonly string[],
  value: Data,
): Edit {
  let held: Data | undefined = resource.properties;
  let depth = 0;
  while (depth < path.length) {
    const next: Data | undefined = childOf(held, path[depth] ?? '');
    if (next === undefined || (depth < path.length - 1 && (next === null || typeof next !== 'object'))) break;
    held = next;
    depth += 1;
  }
  const at = path.slice(0, Math.min(depth + 1, path.length));
  const nested = path.slice(at.length).reduceRight<Data>((inner, key) => ({ [key]: inner }), value);
  return { kind: 'set', target: { address: resource.address, path: pointer(at) }, value: nested };
}

function childOf(value: Data | undefined, key: string): Data | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return Object.hasOwn(asObject(value), key) ? asObject(value)[key] : undefined;
}

export function pointer(path: readonly string[]): string {
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
