/** Placeholders of legacy phases (`[VPC_ID]`, `{{sg_app_id}}`) that mean a renamed resource: written anew, and held to mean it still. */
import { bindLegacy } from '../dialects/bind.ts';
import { wishOf } from '../dialects/names.ts';
import { isList, isObject } from '../json/pointer.ts';
import type { Address, Json, Project } from '../model.ts';
import { parseYaml } from '../yaml/yaml.ts';
import type { Change } from './data.ts';

export interface FileChange {
  readonly file: string;
  readonly change: Change;
}

/** The mentions of a resource, everywhere in the files that mean it by them, its checks and prose included. */
export function placeholderChanges(project: Project, from: Address, to: string): readonly FileChange[] {
  const byFile = new Map<string, Map<string, string>>();
  for (const { phase, token, target } of mentionsIn(project)) {
    if (target !== from) continue;
    const tokens = byFile.get(phase.file) ?? new Map<string, string>();
    byFile.set(phase.file, tokens.set(token, renamedToken(token, to)));
  }
  return [...byFile].flatMap(([file, tokens]) => {
    const source = project.files.find((candidate) => candidate.path === file);
    const data = source === undefined ? undefined : parseYaml(source).data;
    return data === undefined ? [] : textChanges(data, tokens, []).map((change) => ({ file, change }));
  });
}

/** `[VPC_ID]` and `MainNetwork` to `[MAIN_NETWORK_ID]`: what it asks for and how it is written stay. */
function renamedToken(token: string, to: string): string {
  const name = token.replaceAll(/[^\w]/g, '');
  const suffix = name.slice(name.length - wishOf(name).suffixLength);
  const words = to.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/[^A-Za-z0-9]+/g, '_');
  const cased = name === name.toUpperCase() ? words.toUpperCase() : words.toLowerCase();
  return token.replace(name, () => cased + suffix);
}

function textChanges(value: Json, tokens: ReadonlyMap<string, string>, path: readonly string[]): Change[] {
  if (isList(value)) return value.flatMap((item, index) => textChanges(item, tokens, [...path, String(index)]));
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => textChanges(item, tokens, [...path, key]));
  if (typeof value !== 'string') return [];
  const text = [...tokens].reduce((now, [token, fresh]) => now.replaceAll(token, fresh), value);
  return text === value ? [] : [{ kind: 'set', path, value: text }];
}

/** Why the placeholders of the edited project do not mean what they meant before, or `undefined` when they do. */
export function strayPlaceholder(before: Project, after: Project, from: Address, to: Address): string | undefined {
  const now = mentionsIn(after);
  const then = mentionsIn(before);
  const named = (address: Address): Address => (address === from ? to : address);
  const lost = then.find((mention, index) => now[index]?.target !== named(mention.target));
  if (lost === undefined && now.length === then.length) return undefined;
  const { phase, token } = lost ?? now.at(-1) ?? { phase: { file: 'a phase' }, token: 'a placeholder' };
  return `after it ${token} in ${phase.file} would no longer mean ${lost === undefined ? 'one resource' : named(lost.target)}; choose another name`;
}

function mentionsIn(project: Project): readonly { phase: { file: string }; token: string; target: Address }[] {
  return bindLegacy(project, { projectName: project.name, facts: () => undefined }).mentions;
}
