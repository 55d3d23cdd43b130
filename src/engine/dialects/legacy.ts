/** The original project's five ways of writing a phase (docs/phases.md), read in place. */
import { childPointer, isList, isObject, valueAt } from '../json/pointer.ts';
import type { LoadedPhase } from '../load/load.ts';
import type { Declaration, Diagnostic, Dialect, Json, JsonObject, ManualStep, Phase, PhaseId, Pointer } from '../model.ts';
import type { DiagnosticCode } from '../validate/diagnostic-codes.ts';
import type { ParsedYaml } from '../yaml/yaml.ts';
import { ialSettings } from './cloudformation.ts';
import { readCommand } from './command.ts';

interface Loading {
  readonly id: PhaseId;
  readonly parsed: ParsedYaml;
  readonly resources: Declaration[];
  readonly manualSteps: ManualStep[];
  readonly diagnostics: Diagnostic[];
}

/** Read a mapping that is not a CloudFormation template. A file without resources is dialect D5. */
export function loadLegacy(id: PhaseId, parsed: ParsedYaml, data: JsonObject): LoadedPhase {
  const loading: Loading = { id, parsed, resources: [], manualSteps: [], diagnostics: [] };
  const dialect = readResources(loading, data);
  const description = data.description ?? (isObject(data.metadata) ? data.metadata.description : undefined);
  const settings = ialSettings(data.ial, id);
  const phase: Phase = {
    id,
    file: parsed.file,
    dialect,
    ...(typeof description === 'string' ? { description } : {}),
    resources: loading.resources,
    parameters: [],
    outputs: [],
    mappings: {},
    conditions: {},
    manualSteps: loading.manualSteps,
    ...settings,
    dependsOn: [...new Set([...settings.dependsOn, ...texts(data.depends_on), ...texts(valueAt(data, ['metadata', 'dependencies']))])],
  };
  if (dialect === 'D5' && !looksLikePhase(data)) {
    const [at, hint] = [parsed.position(0), "a phase has `Resources:` or one of the original project's forms"];
    loading.diagnostics.push({ severity: 'warning', code: 'no-resources', message: `${parsed.file} declares no resources`, hint, at });
  }
  return { phase, diagnostics: loading.diagnostics };
}

function looksLikePhase(data: JsonObject): boolean {
  return typeof data.phase === 'string' || isObject(data.project) || isObject(data.metadata);
}

function readResources(loading: Loading, data: JsonObject): Dialect {
  if (isObject(data.resources)) {
    for (const [key, entry] of Object.entries(data.resources)) readD1(loading, key, entry, childPointer('/resources', key));
    return 'D1';
  }
  if (isList(data.resources)) {
    for (const [index, entry] of data.resources.entries()) readD2(loading, entry, `/resources/${index}`);
    return 'D2';
  }
  const before = loading.resources.length + loading.manualSteps.length;
  const dialect = isObject(data.project) ? 'D3' : 'D4';
  for (const [key, entry] of Object.entries(data)) {
    if (dialect === 'D3') readD3(loading, key, entry, childPointer('', key));
    else readD4(loading, key, entry, childPointer('', key));
  }
  return loading.resources.length + loading.manualSteps.length > before ? dialect : 'D5';
}

interface Found {
  readonly type: Json | undefined;
  readonly properties: Json | undefined;
  readonly propertiesPointer: Pointer;
}

/** Dialects D1 (map) and D2 (list) share what an entry holds: own properties, a workflow's, a command, or a type alone. */
function readEntry(loading: Loading, logicalId: string, entry: JsonObject, pointer: Pointer): void {
  const command = entry.command ?? entry.aws_cli_command;
  const generated = workflowOf(entry, pointer);
  if (typeof command === 'string' && !isObject(entry.properties) && !isObject(generated?.properties)) {
    fromCommand(loading, logicalId, command, pointer, ['command' in entry ? 'command' : 'aws_cli_command'], entry.resource_name);
    return;
  }
  const own: Found = { type: entry.type, properties: entry.properties, propertiesPointer: `${pointer}/properties` };
  const found = generated && (isObject(generated.properties) || !isObject(entry.properties)) ? generated : own;
  declare(loading, logicalId, { ...found, type: found.type ?? entry.type }, pointer, entry.resource_name);
}

function workflowOf(entry: JsonObject, pointer: Pointer): Found | undefined {
  for (const path of [
    ['mcp_workflow', 'generate_code', 'parameters'],
    ['mcp_workflow', 'generate'],
  ]) {
    const parameters = valueAt(entry, path);
    if (!isObject(parameters)) continue;
    const propertiesPointer = `${[pointer, ...path].join('/')}/properties`;
    return { type: parameters.resource_type, properties: parameters.properties, propertiesPointer };
  }
  return undefined;
}

function readD1(loading: Loading, key: string, entry: Json, pointer: Pointer): void {
  if (isObject(entry)) readEntry(loading, key, entry, pointer);
}

function readD2(loading: Loading, entry: Json, pointer: Pointer): void {
  if (!isObject(entry)) return;
  if (typeof entry.name === 'string') readEntry(loading, entry.name, entry, pointer);
  else if (entry.type !== undefined) problem(loading, 'missing-name', 'a list entry of resources needs a name', pointer);
}

function readD3(loading: Loading, key: string, entry: Json, pointer: Pointer): void {
  const workflow = isObject(entry) ? entry.workflow : undefined;
  if (!isObject(workflow)) return;
  const legacyName = Object.values(workflow)
    .map((step) => valueAt(step, ['item', 'ResourceName']))
    .find((name) => typeof name === 'string');
  for (const [name, step] of Object.entries(workflow)) {
    if (!isObject(step)) continue;
    const stepPointer = `${pointer}/workflow/${name}`;
    if (typeof step.resource_type === 'string') {
      const found = { type: step.resource_type, properties: step.properties, propertiesPointer: `${stepPointer}/properties` };
      declare(loading, key, found, pointer, legacyName);
      return;
    }
    if (/create|register|put/.test(name) && typeof step.command === 'string') {
      fromCommand(loading, key, step.command, pointer, ['workflow', name, 'command'], legacyName);
      return;
    }
  }
  readProse(loading, key, entry, workflow, pointer);
}

/** A workflow that says what to make and not how, e.g. a list of dashboards by name: for a person to do. */
function readProse(loading: Loading, key: string, entry: Json, workflow: JsonObject, pointer: Pointer): void {
  const steps = Object.entries(workflow).filter(([, step]) => isObject(step) && step.action !== 'update_dynamodb');
  const work = steps.find(([name]) => !/verify|validate/.test(name))?.[0];
  if (work === undefined) return;
  const note = valueAt(entry, ['note']);
  manualStep(loading, key, `# ${typeof note === 'string' ? note : `no command given: see ${work} of ${key}`}`, pointer);
}

function readD4(loading: Loading, key: string, entry: Json, pointer: Pointer): void {
  if (!isObject(entry) || typeof entry.type !== 'string' || !entry.type.includes('::')) return;
  const command = valueAt(entry, ['provisioning', 'command']);
  const legacyName = valueAt(entry, ['state_tracking', 'item', 'ResourceName', 'S']);
  if (isObject(entry.properties)) {
    declare(
      loading,
      key,
      { type: entry.type, properties: entry.properties, propertiesPointer: `${pointer}/properties` },
      pointer,
      legacyName,
    );
  } else if (typeof command === 'string') fromCommand(loading, key, command, pointer, ['provisioning', 'command'], legacyName);
}

function declare(loading: Loading, logicalId: string, found: Found, pointer: Pointer, legacyName: Json | undefined): void {
  if (typeof found.type !== 'string') {
    problem(loading, 'missing-type', `the resource ${logicalId} has no type`, pointer);
    return;
  }
  if (found.properties !== undefined && found.properties !== null && !isObject(found.properties)) {
    problem(loading, 'wrong-type', `the properties of ${logicalId} are not a mapping`, found.propertiesPointer);
  }
  loading.resources.push({
    address: `${loading.id}/${logicalId}`,
    phase: loading.id,
    logicalId,
    type: found.type,
    properties: isObject(found.properties) ? found.properties : {},
    pointer,
    propertiesPointer: found.propertiesPointer,
    at: loading.parsed.at(pointer, 'key'),
    dependsOn: [],
    ...(typeof legacyName === 'string' ? { legacyName } : {}),
  });
}

/** A command that can be read becomes the resource it would make, with properties that stand in no mapping of the file. */
function fromCommand(
  loading: Loading,
  logicalId: string,
  command: string,
  pointer: Pointer,
  path: readonly string[],
  legacyName: Json | undefined,
): void {
  const read = readCommand(command);
  if (read === undefined) manualStep(loading, logicalId, command, pointer, path);
  else declare(loading, logicalId, { ...read, propertiesPointer: `${path.reduce(childPointer, pointer)}/properties` }, pointer, legacyName);
}

/** @param path from the entry to the command's text, where it has one */
function manualStep(loading: Loading, logicalId: string, command: string, pointer: Pointer, path?: readonly string[]): void {
  const place = path === undefined ? {} : { pointer: path.reduce(childPointer, pointer) };
  loading.manualSteps.push({ address: `${loading.id}/${logicalId}`, command, at: loading.parsed.at(pointer, 'key'), ...place });
}

function problem(loading: Loading, code: DiagnosticCode, message: string, pointer: Pointer): void {
  loading.diagnostics.push({ severity: 'error', code, message, at: loading.parsed.at(pointer, 'key') });
}

function texts(value: Json | undefined): string[] {
  return isList(value) ? value.filter((item) => typeof item === 'string') : [];
}
