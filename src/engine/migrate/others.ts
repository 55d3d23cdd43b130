/** What a migration changes besides the migrated phases: outputs of native ones, and values given under a placeholder's name. */
import { changeText } from '../edit/change.ts';
import type { FileEdit } from '../edit/index.ts';
import { isObject, valueAt } from '../json/pointer.ts';
import type { JsonObject, Project, SourceFile } from '../model.ts';
import { parseYaml } from '../yaml/yaml.ts';

export function withOutputs(source: SourceFile, outputs: ReadonlyMap<string, JsonObject>): string {
  let file = source;
  for (const [name, value] of outputs) {
    const edited = changeText(file, { kind: 'set', path: ['Outputs', name], value });
    if ('file' in edited) file = edited.file;
  }
  return file.text;
}

/** `PROJECT_NAME=shop` gets a line `ProjectName=shop` behind it, in every parameters file and in `ial.yaml`. */
export function givenValues(
  project: Project,
  placeholders: ReadonlyMap<string, string>,
): { readonly files: readonly FileEdit[]; readonly notes: readonly string[] } {
  const found = new Set<string>();
  const files = project.files.flatMap((source): FileEdit[] => {
    const after = changed(source, placeholders, found);
    return after === undefined || after === source.text ? [] : [{ path: source.path, before: source.text, after }];
  });
  const elsewhere = [...placeholders].filter(([name]) => Object.hasOwn(project.parameters, name) && !found.has(name));
  return { files, notes: elsewhere.map(([name, parameter]) => `where ${name} is set in the environment, set ${parameter} as well`) };
}

function changed(source: SourceFile, placeholders: ReadonlyMap<string, string>, found: Set<string>): string | undefined {
  if (/^parameters(\.[^/]+)?\.env$/.test(source.path)) return withAssignments(source.text, placeholders, found);
  return source.path === 'ial.yaml' ? withSettings(source, placeholders, found) : undefined;
}

function withAssignments(text: string, placeholders: ReadonlyMap<string, string>, found: Set<string>): string {
  let after = text;
  for (const [name, parameter] of placeholders) {
    const line = new RegExp(`^([ \\t]*(?:export[ \\t]+)?)${name}([ \\t]*=[^\\r\\n]*)(\\r?\\n|$)`, 'm');
    const match = line.exec(after);
    if (match === null) continue;
    found.add(name);
    const [whole, head = '', tail = '', end = ''] = match;
    const at = match.index + whole.length;
    after = `${after.slice(0, at)}${end === '' ? '\n' : ''}${head}${parameter}${tail}${end}${after.slice(at)}`;
  }
  return after;
}

function withSettings(source: SourceFile, placeholders: ReadonlyMap<string, string>, found: Set<string>): string {
  const environments = valueAt(parseYaml(source).data, ['environments']);
  let file = source;
  for (const environment of isObject(environments) ? Object.keys(environments) : []) {
    for (const [name, parameter] of placeholders) {
      const value = valueAt(environments, [environment, 'parameters', name]);
      if (value === undefined) continue;
      found.add(name);
      const edited = changeText(file, { kind: 'set', path: ['environments', environment, 'parameters', parameter], value });
      if ('file' in edited) file = edited.file;
    }
  }
  return file.text;
}
