/** Parameter values from files and environment variables. */
import type { Diagnostic, SourceFile } from '../model.ts';
import { parseYaml } from '../yaml/yaml.ts';

export interface ParameterValues {
  readonly values: { readonly [name: string]: string };
  readonly diagnostics: Diagnostic[];
}

/**
 * Values by name; a later source wins: `parameters.env`, `parameters.<environment>.env`, then environment variables of the names that
 * the files or the phases mention (never the whole environment).
 * @param files  every file read, phases included: their declared names decide which variables count.
 */
export function parseParameters(
  files: readonly SourceFile[],
  environmentName: string,
  env: { readonly [key: string]: string | undefined },
): ParameterValues {
  const values = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const path of ['parameters.env', `parameters.${environmentName}.env`]) {
    const file = files.find((candidate) => candidate.path === path);
    if (file) readAssignments(file, values, diagnostics);
  }
  for (const name of new Set([...values.keys(), ...declaredNames(files)])) {
    const value = env[name];
    if (value !== undefined && value !== '' && !RESERVED.has(name)) values.set(name, value);
  }
  return { values: Object.fromEntries(values), diagnostics };
}

/** Credentials and connection settings are never phase parameters, whatever a phase calls its placeholders. */
const RESERVED: ReadonlySet<string> = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_ACCOUNT_ID',
]);

/** Names a value may be given for: `Parameters:` of native phases and `{{NAME}}` placeholders of legacy ones. */
export function declaredNames(files: readonly SourceFile[]): Set<string> {
  const names = new Set<string>();
  for (const file of files) {
    if (!/^phases\/.+\.ya?ml$/.test(file.path)) continue;
    for (const match of file.text.matchAll(/\{\{([A-Za-z_]\w*)\}\}/g)) names.add(match[1] ?? '');
    if (!/^Parameters\s*:/m.test(file.text)) continue;
    const data = parseYaml(file).data;
    const parameters = data && typeof data === 'object' && 'Parameters' in data ? data.Parameters : undefined;
    if (parameters && typeof parameters === 'object') for (const name of Object.keys(parameters)) names.add(name);
  }
  return names;
}

const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*)$/;

function readAssignments(file: SourceFile, values: Map<string, string>, diagnostics: Diagnostic[]): void {
  for (const [index, raw] of file.text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = ASSIGNMENT.exec(line);
    if (!match) {
      const at = { file: file.path, line: index + 1, column: 1, length: line.length };
      diagnostics.push({ severity: 'error', code: 'parameter-syntax', message: 'not an assignment', hint: 'write NAME=value', at });
      continue;
    }
    values.set(match[1] ?? '', unquote(match[2] ?? ''));
  }
}

/** `"a # b" # comment` to `a # b`. Double quotes know \n, \" and \\; single quotes know nothing. */
function unquote(text: string): string {
  const double = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(text);
  if (double) return (double[1] ?? '').replace(/\\(.)/g, (_all, letter: string) => (letter === 'n' ? '\n' : letter));
  const single = /^'([^']*)'\s*(?:#.*)?$/.exec(text);
  if (single) return single[1] ?? '';
  return text.replace(/\s+#.*$/, '').trim();
}
