/** Where a value really comes from, and who depends on whom, read off the declarations without resolving anything. */
import { escapeSegment as escaped, isObject, valueAt } from '../../engine/json/pointer.ts';
import type { Declaration, Json, JsonObject, Phase, Pointer, Project } from '../../engine/model.ts';
import { oneLine } from '../redact.ts';

/** A property whose value stands elsewhere in the file: edit `pointer` there. */
export interface ValueSource {
  /** Pointer inside the resource's properties. */
  readonly path: Pointer;
  readonly kind: 'parameter' | 'mapping';
  readonly name: string;
  readonly value: Json;
  /** Pointer in `file` to the value to set. Absent when a parameters file or environment variable gives it. */
  readonly pointer?: Pointer;
  readonly file: string;
  readonly usedBy: number;
  /** What the parameter says about itself, and which values it takes. */
  readonly about?: string;
  readonly allowed?: readonly Json[];
}

/** Every parameter and static mapping value behind the properties of a resource. */
export function valueSources(project: Project, phase: Phase, resource: Declaration): ValueSource[] {
  const found: ValueSource[] = [];
  visit(resource.properties, '', (value, path) => {
    const source = parameterSource(project, phase, value, path) ?? mappingSource(phase, value, path);
    if (source) found.push(source);
  });
  return found;
}

function parameterSource(project: Project, phase: Phase, value: JsonObject, path: Pointer): ValueSource | undefined {
  const parameter = phase.parameters.find((candidate) => candidate.name === value.Ref);
  if (!parameter) return undefined;
  const given = project.parameters[parameter.name];
  const usedBy = phase.resources.filter((other) => refersTo(other.properties, parameter.name)).length;
  const shown = parameter.noEcho ? '(redacted)' : (given ?? parameter.default ?? null);
  const pointer =
    given === undefined && parameter.default !== undefined ? { pointer: `/Parameters/${escaped(parameter.name)}/Default` } : {};
  const about = parameter.description === undefined ? {} : { about: oneLine(parameter.description, 100) };
  const allowed = parameter.allowedValues === undefined || parameter.noEcho ? {} : { allowed: parameter.allowedValues.slice(0, 20) };
  return { path, kind: 'parameter', name: parameter.name, value: shown, file: phase.file, usedBy, ...about, ...allowed, ...pointer };
}

function mappingSource(phase: Phase, value: JsonObject, path: Pointer): ValueSource | undefined {
  const lookup = value['Fn::FindInMap'];
  if (!Array.isArray(lookup) || !lookup.every((key) => typeof key === 'string')) return undefined;
  const within = lookup.map((key) => escaped(String(key))).join('/');
  const current = valueAt(phase.mappings, lookup.map(String));
  if (current === undefined) return undefined;
  const same = (other: Declaration) => JSON.stringify(other.properties).includes(JSON.stringify(value));
  const usedBy = phase.resources.filter(same).length;
  return { path, kind: 'mapping', name: lookup.join('.'), value: current, file: phase.file, usedBy, pointer: `/Mappings/${within}` };
}

/** Addresses whose properties or DependsOn name this resource, in the same phase. */
export function dependants(project: Project, resource: Declaration): string[] {
  const phase = project.phases.find((candidate) => candidate.id === resource.phase);
  const others = (phase?.resources ?? []).filter((other) => other.address !== resource.address);
  return others
    .filter((other) => other.dependsOn.includes(resource.logicalId) || refersTo(other.properties, resource.logicalId))
    .map((other) => other.address);
}

/** True when `value` holds a Ref, GetAtt or Sub of `name`. */
export function refersTo(value: Json, name: string): boolean {
  let found = false;
  visit(value, '', (object) => {
    const attribute = object['Fn::GetAtt'];
    const sub = object['Fn::Sub'];
    const text = typeof sub === 'string' ? sub : Array.isArray(sub) && typeof sub[0] === 'string' ? sub[0] : '';
    const named = Array.isArray(attribute) ? attribute[0] : typeof attribute === 'string' ? attribute.split('.')[0] : undefined;
    if (object.Ref === name || named === name || text.includes(`\${${name}}`) || text.includes(`\${${name}.`)) found = true;
  });
  return found;
}

function visit(value: Json, path: Pointer, see: (object: JsonObject, path: Pointer) => void): void {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, `${path}/${index}`, see);
  if (!isObject(value)) return;
  see(value, path);
  for (const [key, item] of Object.entries(value)) visit(item, `${path}/${escaped(key)}`, see);
}
