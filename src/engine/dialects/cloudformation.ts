/** Native form: a plain CloudFormation template. */
import { childPointer, isList, isObject, valueAt } from '../json/pointer.ts';
import type { LoadedPhase } from '../load/load.ts';
import type {
  Address,
  Declaration,
  Diagnostic,
  IgnoreRule,
  Json,
  JsonObject,
  ManualStep,
  Moved,
  OutputDeclaration,
  ParameterDeclaration,
  Phase,
  PhaseId,
  RetentionPolicy,
} from '../model.ts';
import { didYouMean } from '../text/suggest.ts';
import type { DiagnosticCode } from '../validate/diagnostic-codes.ts';
import type { ParsedYaml } from '../yaml/yaml.ts';

const RESOURCE_KEYS = [
  'Type',
  'Properties',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Condition',
  'Metadata',
  'CreationPolicy',
  'UpdatePolicy',
];
const NOT_ACTED_ON = ['CreationPolicy', 'UpdatePolicy'];
const POLICIES: readonly string[] = ['Delete', 'Retain', 'Snapshot', 'RetainExceptOnCreate'];

interface Loading {
  readonly id: PhaseId;
  readonly parsed: ParsedYaml;
  readonly diagnostics: Diagnostic[];
}

/** Read a template whose root is a mapping. */
export function loadCloudFormation(id: PhaseId, parsed: ParsedYaml, data: JsonObject): LoadedPhase {
  const loading: Loading = { id, parsed, diagnostics: [] };
  const settings = ialSettings(isObject(data.Metadata) ? data.Metadata.IaL : undefined, id);
  const phase: Phase = {
    id,
    file: parsed.file,
    dialect: 'cloudformation',
    ...(typeof data.Description === 'string' ? { description: data.Description } : {}),
    resources: resourcesOf(loading, data.Resources),
    parameters: parametersOf(loading, data.Parameters),
    outputs: outputsOf(loading, data.Outputs),
    mappings: section(loading, data.Mappings, 'Mappings'),
    conditions: section(loading, data.Conditions, 'Conditions'),
    manualSteps: manualStepsOf(loading, data),
    ...settings,
  };
  noteUnsupported(loading, data);
  return { phase, diagnostics: loading.diagnostics };
}

function report(
  loading: Loading,
  severity: Diagnostic['severity'],
  code: DiagnosticCode,
  message: string,
  pointer: string,
  hint?: string,
): void {
  const at = loading.parsed.at(pointer, 'key');
  loading.diagnostics.push({ severity, code, message, at, ...(hint ? { hint } : {}) });
}

function section(loading: Loading, value: Json | undefined, name: string): JsonObject {
  if (isObject(value)) return value;
  if (value !== undefined && value !== null)
    report(loading, 'error', 'wrong-type', `${name} is not a mapping`, `/${name}`, 'write one entry a line, as `Name:` and its settings');
  return {};
}

function resourcesOf(loading: Loading, value: Json | undefined): Declaration[] {
  return Object.entries(section(loading, value, 'Resources')).flatMap(([logicalId, entry]) => {
    const pointer = childPointer('/Resources', logicalId);
    if (logicalId.startsWith('Fn::ForEach')) {
      report(loading, 'error', 'unsupported', 'Fn::ForEach is not supported', pointer, 'write the resources out');
      return [];
    }
    if (!isObject(entry) || typeof entry.Type !== 'string') {
      report(loading, 'error', 'missing-type', `the resource ${logicalId} has no Type`, pointer, 'add `Type: AWS::Service::Resource`');
      return [];
    }
    return [declaration(loading, logicalId, entry, entry.Type, pointer)];
  });
}

function declaration(loading: Loading, logicalId: string, entry: JsonObject, type: string, pointer: string): Declaration {
  checkEntry(loading, logicalId, entry, pointer);
  const properties = isObject(entry.Properties) ? entry.Properties : {};
  const legacyName = valueAt(entry, ['Metadata', 'IaL', 'LegacyName']);
  const deletionPolicy = policy(loading, entry, 'DeletionPolicy', pointer);
  const updateReplacePolicy = policy(loading, entry, 'UpdateReplacePolicy', pointer);
  return {
    address: `${loading.id}/${logicalId}`,
    phase: loading.id,
    logicalId,
    type,
    properties,
    pointer,
    propertiesPointer: `${pointer}/Properties`,
    at: loading.parsed.at(pointer, 'key'),
    dependsOn: texts(entry.DependsOn),
    ...(typeof entry.Condition === 'string' ? { condition: entry.Condition } : {}),
    ...(deletionPolicy ? { deletionPolicy } : {}),
    ...(updateReplacePolicy ? { updateReplacePolicy } : {}),
    ...(typeof legacyName === 'string' ? { legacyName } : {}),
  };
}

/** `Metadata.IaL.ManualSteps`: what a person has to run, by name; kept there by `ial migrate`. */
function manualStepsOf(loading: Loading, data: JsonObject): ManualStep[] {
  const steps = valueAt(data, ['Metadata', 'IaL', 'ManualSteps']);
  return Object.entries(isObject(steps) ? steps : {}).flatMap(([name, step]): ManualStep[] => {
    const command = valueAt(step, ['Command']);
    const place = childPointer('/Metadata/IaL/ManualSteps', name);
    if (typeof command !== 'string') return [];
    return [{ address: `${loading.id}/${name}`, command, at: loading.parsed.at(place, 'key'), pointer: `${place}/Command` }];
  });
}

function checkEntry(loading: Loading, logicalId: string, entry: JsonObject, pointer: string): void {
  if (!/^[A-Za-z0-9]+$/.test(logicalId)) {
    report(loading, 'error', 'bad-logical-id', `${logicalId} is not a logical id`, pointer, 'letters and digits only');
  }
  if (entry.Properties !== undefined && entry.Properties !== null && !isObject(entry.Properties)) {
    report(
      loading,
      'error',
      'wrong-type',
      `Properties of ${logicalId} is not a mapping`,
      `${pointer}/Properties`,
      'write `Name: value` lines',
    );
  }
  for (const key of Object.keys(entry)) {
    if (NOT_ACTED_ON.includes(key))
      report(loading, 'warning', 'not-acted-on', `${key} of ${logicalId} is not acted on`, `${pointer}/${key}`);
    else if (!RESOURCE_KEYS.includes(key)) {
      const hint = didYouMean(key, RESOURCE_KEYS) ?? 'settings of the resource belong under Properties';
      report(loading, 'error', 'unknown-key', `${key} is not a key of a resource`, childPointer(pointer, key), hint);
    }
  }
}

function policy(loading: Loading, entry: JsonObject, key: string, pointer: string): RetentionPolicy | undefined {
  const value = entry[key];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && POLICIES.includes(value)) return value as RetentionPolicy;
  report(
    loading,
    'error',
    'bad-value',
    `${key} cannot be ${JSON.stringify(value)}`,
    `${pointer}/${key}`,
    `write one of ${POLICIES.join(', ')}`,
  );
  return undefined;
}

function parametersOf(loading: Loading, value: Json | undefined): ParameterDeclaration[] {
  return Object.entries(section(loading, value, 'Parameters')).map(([name, entry]) => {
    const given = isObject(entry) ? entry : {};
    return {
      name,
      type: typeof given.Type === 'string' ? given.Type : 'String',
      ...(given.Default === undefined || given.Default === null ? {} : { default: given.Default }),
      ...(isList(given.AllowedValues) ? { allowedValues: given.AllowedValues } : {}),
      ...(typeof given.Description === 'string' ? { description: given.Description } : {}),
      noEcho: given.NoEcho === true || given.NoEcho === 'true',
      at: loading.parsed.at(childPointer('/Parameters', name), 'key'),
    };
  });
}

function outputsOf(loading: Loading, value: Json | undefined): OutputDeclaration[] {
  return Object.entries(section(loading, value, 'Outputs')).flatMap(([name, entry]) => {
    const pointer = childPointer('/Outputs', name);
    if (!isObject(entry) || entry.Value === undefined) {
      report(loading, 'error', 'missing-value', `the output ${name} has no Value`, pointer, 'add `Value:`');
      return [];
    }
    const exportName = isObject(entry.Export) ? entry.Export.Name : undefined;
    return [
      {
        name,
        value: entry.Value,
        ...(exportName === undefined ? {} : { exportName }),
        ...(typeof entry.Condition === 'string' ? { condition: entry.Condition } : {}),
        at: loading.parsed.at(pointer, 'key'),
      },
    ];
  });
}

function noteUnsupported(loading: Loading, data: JsonObject): void {
  for (const transform of texts(data.Transform)) {
    if (transform === 'AWS::Serverless-2016-10-31' || transform === 'AWS::LanguageExtensions') continue;
    report(loading, 'warning', 'unsupported', `the transform ${transform} is not run`, '/Transform', 'what it would add is not here');
  }
  if (data.Rules !== undefined) report(loading, 'warning', 'not-acted-on', 'Rules is not acted on', '/Rules');
}

function texts(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  return isList(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** `Metadata.IaL`, or a legacy file's top-level `ial`. A name without a phase means a resource of this one. */
export function ialSettings(value: Json | undefined, id: PhaseId): Pick<Phase, 'dependsOn' | 'protect' | 'moved' | 'ignore'> {
  const whole = (name: string): Address => (name.includes('/') ? (name as Address) : `${id}/${name}`);
  const settings = isObject(value) ? value : {};
  const list = (entry: Json | undefined): readonly JsonObject[] => (isList(entry) ? entry.filter(isObject) : []);
  return {
    dependsOn: texts(settings.DependsOn),
    protect: texts(settings.Protect),
    moved: list(settings.Moved).flatMap((entry): Moved[] => {
      const { From: from, To: to } = entry;
      return typeof from === 'string' && typeof to === 'string' ? [{ from: whole(from), to: whole(to) }] : [];
    }),
    ignore: list(settings.Ignore).flatMap((entry) => ignoreRule(entry, whole)),
  };
}

function ignoreRule(entry: JsonObject, whole: (name: string) => Address): IgnoreRule[] {
  const { Address: address, Path: path, Reason: reason, Author: author, Until: until } = entry;
  if (typeof address !== 'string' || typeof path !== 'string') return [];
  const rule = { address: whole(address), path, reason: String(reason ?? ''), author: String(author ?? '') };
  return [typeof until === 'string' ? { ...rule, until } : rule];
}
