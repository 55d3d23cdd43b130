/** What names mean inside one phase: parameters, conditions, mappings, resources, and outputs of earlier phases. */
import { childPointer } from '../json/pointer.ts';
import type {
  Address,
  Declaration,
  Diagnostic,
  Json,
  OutputDeclaration,
  ParameterDeclaration,
  Phase,
  Pointer,
  Position,
} from '../model.ts';
import { didYouMean } from '../text/suggest.ts';
import type { DiagnosticCode } from '../validate/diagnostic-codes.ts';
import { parseYaml } from '../yaml/yaml.ts';
import { conditionValue, evaluate } from './evaluate.ts';
import { holdsUnknown, unknown } from './intrinsics.ts';
import type { ProjectIndex } from './project-index.ts';
import type { Exported, Reads } from './reads.ts';
import type { ResolveContext } from './resolve.ts';

/** Where the facts about one evaluated value go. */
export interface Sink {
  /** The resource (or output) being evaluated. */
  readonly address: Address;
  /** Pointer in the file of what is evaluated. */
  readonly root: Pointer;
  depend(address: Address): void;
  secret(path: Pointer): void;
}

/** One place inside a value: `pointer` in the file, `path` in the result. */
export interface Place {
  readonly scope: PhaseScope;
  readonly sink: Sink;
  readonly pointer: Pointer;
  readonly path: Pointer;
}

/** Resolving one phase, and what that enters in others. */
export interface Resolution {
  readonly index: ProjectIndex;
  /** The same for all phases. What of a resource exists is asked through `reads`. */
  readonly context: Omit<ResolveContext, 'known'>;
  readonly reads: Reads;
  readonly diagnostics: Diagnostic[];
  scope(phase: Phase): PhaseScope;
  position(file: string, pointer: Pointer): Position;
}

export function createResolution(index: ProjectIndex, reads: Reads, diagnostics: Diagnostic[]): Resolution {
  const scopes = new Map<Phase, PhaseScope>();
  const resolution: Resolution = {
    index,
    context: index.context,
    reads,
    diagnostics,
    scope(phase) {
      const known = scopes.get(phase);
      if (known !== undefined) return known;
      const created = createScope(phase, resolution);
      scopes.set(phase, created);
      return created;
    },
    position(file, pointer) {
      const source = index.project.files.find((candidate) => candidate.path === file);
      return source ? parseYaml(source).at(pointer) : { file, line: 1, column: 1 };
    },
  };
  return resolution;
}

export interface PhaseScope {
  readonly phase: Phase;
  readonly resolution: Resolution;
  active(declaration: Declaration): boolean;
  /** @param place where the condition is named; its declaration by default */
  condition(name: string, place?: Place): boolean;
  /** Value of `Ref`: pseudo parameter, parameter or resource. `undefined`: remove the key (`AWS::NoValue`). */
  ref(name: string, place: Place): Json | undefined;
  attribute(target: string, attribute: string, place: Place): Json;
  importValue(name: string, place: Place): Json;
  report(code: DiagnosticCode, message: string, place: Place, hint?: string): void;
}

function createScope(phase: Phase, resolution: Resolution): PhaseScope {
  const conditions = new Map<string, boolean>();
  const running = new Set<string>();
  const scope: PhaseScope = {
    phase,
    resolution,
    active: (declaration) =>
      declaration.condition === undefined || scope.condition(declaration.condition, conditionPlace(declaration, scope)),
    condition: (name, place) => {
      const known = conditions.get(name);
      if (known !== undefined) return known;
      if (running.has(name)) {
        const at = place ?? { scope, sink: silentSink(phase, name), pointer: childPointer('/Conditions', name), path: '' };
        scope.report('dependency-cycle', `the condition ${name} needs itself`, at, 'remove one of the references');
        return false;
      }
      running.add(name);
      const value = evaluateCondition(name, scope, place);
      running.delete(name);
      conditions.set(name, value);
      return value;
    },
    ref: (name, place) => refValue(name, scope, place),
    attribute: (target, attribute, place) => attributeValue(target, attribute, scope, place),
    importValue: (name, place) => importedValue(name, scope, place),
    report: (code, message, place, hint) => {
      const at = resolution.position(phase.file, place.pointer);
      const inResource = place.pointer.startsWith(`${place.sink.root}/`) && place.sink.root !== '';
      const where = inResource
        ? { address: place.sink.address, path: place.pointer.slice(place.sink.root.length) }
        : { address: place.sink.address };
      resolution.diagnostics.push({ severity: 'error', code, message, at, ...(hint ? { hint } : {}), ...where });
    },
  };
  return scope;
}

function evaluateCondition(name: string, scope: PhaseScope, named?: Place): boolean {
  const pointer = childPointer('/Conditions', name);
  const place: Place = { scope, sink: silentSink(scope.phase, name), pointer, path: '' };
  const expression = scope.phase.conditions[name];
  if (expression !== undefined) return conditionValue(expression, place);
  const hint = didYouMean(name, Object.keys(scope.phase.conditions)) ?? 'declare it under Conditions';
  scope.report('unresolved-reference', `there is no condition ${name}`, named ?? place, hint);
  return false;
}

function conditionPlace(declaration: Declaration, scope: PhaseScope): Place {
  const sink = { ...silentSink(scope.phase, declaration.logicalId), address: declaration.address };
  return { scope, sink, pointer: `${declaration.pointer}/Condition`, path: '' };
}

function silentSink(phase: Phase, name: string): Sink {
  return { address: `${phase.id}/${name}`, root: '', depend: () => undefined, secret: () => undefined };
}

/** Of what is evaluated for an output itself, whoever uses it. */
export function outputSink(phase: Phase, output: OutputDeclaration): Sink {
  return silentSink(phase, output.name);
}

function refValue(name: string, scope: PhaseScope, place: Place): Json | undefined {
  if (name === 'AWS::NoValue') return undefined;
  const pseudo = pseudoParameter(name, scope);
  if (pseudo !== undefined) return pseudo;
  const parameter = scope.phase.parameters.find((candidate) => candidate.name === name);
  if (parameter) return parameterValue(parameter, scope, place);
  const target = resourceNamed(name, scope, place);
  if (target) return known(target, 'Ref', scope, place);
  const names = [...scope.phase.parameters.map((item) => item.name), ...scope.phase.resources.map((item) => item.logicalId)];
  const hint = didYouMean(name, names) ?? `${scope.phase.id} has no parameter or resource of that name`;
  scope.report('unresolved-reference', `${name} is not a parameter or resource`, place, hint);
  return unknown(`${scope.phase.id}/${name}.Ref`);
}

function pseudoParameter(name: string, { phase, resolution }: PhaseScope): Json | undefined {
  const { account, region, projectName } = resolution.context;
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  switch (name) {
    // Without configuration neither is known yet; an empty text would make names look wrong.
    case 'AWS::AccountId':
      return account === '' ? unknown(name) : account;
    case 'AWS::Region':
      return region === '' ? unknown(name) : region;
    case 'AWS::Partition':
      return partition;
    case 'AWS::URLSuffix':
      return partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    case 'AWS::StackName':
      return stackName(projectName, phase.id);
    case 'AWS::StackId':
      if (account === '' || region === '') return unknown(name);
      return `arn:${partition}:cloudformation:${region}:${account}:stack/${stackName(projectName, phase.id)}/ial`;
    case 'AWS::NotificationARNs':
      return [];
    default:
      return undefined;
  }
}

function stackName(project: string, phase: string): string {
  return `${project}-${phase.replaceAll('/', '-')}`;
}

/** The resource of a logical id in this phase, or of a whole address (bound legacy references). */
function resourceNamed(name: string, scope: PhaseScope, place: Place): Declaration | undefined {
  const { reads } = scope.resolution;
  const target = (name.includes('/') ? reads.resource(name as Address) : undefined) ?? reads.resource(`${scope.phase.id}/${name}`);
  if (!target) return undefined;
  const home = reads.phase(target.phase) ?? scope.phase;
  if (!scope.resolution.scope(home).active(target)) {
    scope.report(
      'unresolved-reference',
      `${name} is not created: its condition ${target.condition} is false`,
      place,
      'use Fn::If with the same condition',
    );
  }
  return target;
}

function known(target: Declaration, attribute: string, scope: PhaseScope, place: Place): Json {
  place.sink.depend(target.address);
  return scope.resolution.reads.known(target.address, attribute) ?? unknown(`${target.address}.${attribute}`);
}

function attributeValue(name: string, attribute: string, scope: PhaseScope, place: Place): Json {
  const target = resourceNamed(name, scope, place);
  if (target) return known(target, attribute, scope, place);
  const hint =
    didYouMean(
      name,
      scope.phase.resources.map((item) => item.logicalId),
    ) ?? `${scope.phase.id} has no such resource`;
  scope.report('unresolved-reference', `${name} is not a resource`, place, hint);
  return unknown(`${scope.phase.id}/${name}.${attribute}`);
}

/** Parameters file or environment variable, else the Output of that name in an earlier phase, else Default. */
function parameterValue(parameter: ParameterDeclaration, scope: PhaseScope, place: Place): Json {
  if (parameter.noEcho) place.sink.secret(place.path);
  const { project } = scope.resolution.index;
  const given = Object.hasOwn(project.parameters, parameter.name) ? project.parameters[parameter.name] : undefined;
  if (given !== undefined) return typed(given, parameter, scope, place);
  const outputs = earlierOutputs(parameter.name, scope);
  if (outputs.length > 1) {
    const hint = `phases: ${outputs.map((item) => item.phase.id).join(', ')}; give ${parameter.name} in parameters.env`;
    scope.report('ambiguous-output', `several earlier phases have an output ${parameter.name}`, place, hint);
  }
  const output = outputs[0];
  if (output) return typed(outputValue(output, scope, place), parameter, scope, place);
  if (parameter.default !== undefined) return typed(parameter.default, parameter, scope, place);
  scope.resolution.diagnostics.push({
    severity: 'error',
    code: 'missing-parameter',
    message: `the parameter ${parameter.name} has no value`,
    hint: `add ${parameter.name}=<value> to parameters.env`,
    at: parameter.at,
    address: place.sink.address,
  });
  return unknown(`parameter ${parameter.name}`);
}

function earlierOutputs(name: string, scope: PhaseScope): Exported[] {
  return scope.resolution.reads.outputs(name, scope.phase).filter(({ phase, output }) => outputActive(phase, output, scope));
}

export function outputActive(phase: Phase, output: OutputDeclaration, scope: PhaseScope): boolean {
  return output.condition === undefined || scope.resolution.scope(phase).condition(output.condition);
}

const running = new WeakMap<Resolution, Set<OutputDeclaration>>();

/** Evaluate an output in its own phase; dependencies and secrets go to the place that uses it. */
function outputValue({ phase, output }: Exported, scope: PhaseScope, place: Place): Json {
  const busy = running.get(scope.resolution) ?? new Set<OutputDeclaration>();
  running.set(scope.resolution, busy);
  if (busy.has(output)) {
    scope.report('dependency-cycle', `the output ${output.name} of ${phase.id} needs itself`, place, 'remove one of the imports');
    return unknown(`${phase.id}/Outputs.${output.name}`);
  }
  busy.add(output);
  const home = scope.resolution.scope(phase);
  const sink: Sink = { ...place.sink, root: '', secret: () => place.sink.secret(place.path) };
  const value = evaluate(output.value, { scope: home, sink, pointer: `/Outputs/${output.name}/Value`, path: place.path });
  busy.delete(output);
  return value ?? unknown(`${phase.id}/Outputs.${output.name}`);
}

function typed(value: Json, parameter: ParameterDeclaration, scope: PhaseScope, place: Place): Json {
  if (holdsUnknown(value)) return value;
  if (parameter.type.startsWith('AWS::SSM::Parameter::Value<')) {
    place.sink.secret(place.path);
    return `{{resolve:ssm:${String(value)}}}`;
  }
  const text = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  checkAllowed(text, parameter, scope, place);
  if (text === undefined) return value;
  if (/^(List<|CommaDelimitedList$)/.test(parameter.type)) return text === '' ? [] : text.split(',').map((item) => item.trim());
  if (parameter.type !== 'Number') return text;
  if (text.trim() === '' || Number.isNaN(Number(text))) {
    scope.report('bad-parameter', `the parameter ${parameter.name} is not a number: ${shown(text, parameter)}`, place);
    return text;
  }
  return String(Number(text)) === text ? Number(text) : text;
}

function checkAllowed(text: string | undefined, parameter: ParameterDeclaration, scope: PhaseScope, place: Place): void {
  if (text === undefined || !parameter.allowedValues || parameter.allowedValues.some((item) => String(item) === text)) return;
  const hint = parameter.noEcho ? 'see AllowedValues' : `allowed: ${parameter.allowedValues.join(', ')}`;
  const at = { ...place, pointer: `/Parameters/${parameter.name}` };
  scope.report('bad-parameter', `the parameter ${parameter.name} cannot be ${shown(text, parameter)}`, at, hint);
}

function shown(text: string, parameter: ParameterDeclaration): string {
  return parameter.noEcho ? '(hidden)' : text;
}

function importedValue(name: string, scope: PhaseScope, place: Place): Json {
  const { reads, index } = scope.resolution;
  const exported = reads.exported(name);
  if (exported) return outputValue(exported, scope, place);
  const outside = index.context.exports;
  if (!outside) return unknown(`import ${name}`);
  const value = Object.hasOwn(outside, name) ? outside[name] : undefined;
  if (value !== undefined) return value;
  // The hint looks at every name there is.
  reads.open();
  const hint = didYouMean(name, [...index.exports().keys(), ...Object.keys(outside)]) ?? 'no phase and no stack exports it';
  scope.report('unresolved-reference', `there is no export ${name}`, place, hint);
  return unknown(`import ${name}`);
}
