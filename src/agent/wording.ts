/** Titles, subjects and notes computed from edits, never from what a model says (`Port 8443 added`). */
import { isObject, segmentsOf, valueAt } from '../engine/json/pointer.ts';
import type { Declaration, Json, JsonObject, PhaseEdit, Project } from '../engine/model.ts';
import { oneLine, redactJson } from './redact.ts';

export interface EditWords {
  /** For the outcome: `Port 8443 added`. */
  readonly title: string;
  /** For the commit, imperative: `Add port 8443 to AlbSecurityGroup`. */
  readonly subject: string;
}

const SOURCES = [
  'CidrIp',
  'CidrIpv6',
  'SourcePrefixListId',
  'SourceSecurityGroupId',
  'SourceSecurityGroupName',
  'DestinationPrefixListId',
  'DestinationSecurityGroupId',
];
const RULE_LISTS = /\/(SecurityGroupIngress|SecurityGroupEgress)(\/|$)/;

/** One title and subject for a list of edits; several are counted after the first. */
export function wordsOf(project: Project, edits: readonly PhaseEdit[]): EditWords {
  const all = edits.map((edit) => wordsOfEdit(project, edit));
  const first = all[0];
  if (!first) return { title: 'Nothing changed', subject: 'Change nothing' };
  const distinct = new Set(all.map((words) => words.title)).size;
  if (all.length === 1 || distinct === 1)
    return all.length === 1
      ? first
      : { title: `${first.title} on ${all.length} resources`, subject: `${first.subject} and ${all.length - 1} more` };
  const more = `${all.length - 1} more change${all.length === 2 ? '' : 's'}`;
  return { title: `${first.title} and ${more}`, subject: `${first.subject} and ${more}` };
}

function wordsOfEdit(project: Project, edit: PhaseEdit): EditWords {
  switch (edit.kind) {
    case 'add-resource':
      return addedWords(edit.type, edit.logicalId, edit.properties);
    case 'delete-resource':
      return { title: `${nameOf(edit.address)} deleted`, subject: `Delete ${nameOf(edit.address)}` };
    case 'rename':
      return { title: `${nameOf(edit.address)} renamed to ${edit.to}`, subject: `Rename ${nameOf(edit.address)} to ${edit.to}` };
    default:
      return wordsOfPropertyEdit(project, edit);
  }
}

function addedWords(type: string, logicalId: string, properties: JsonObject): EditWords {
  const port = /::SecurityGroup(In|E)gress$/.test(type) ? portOf(properties) : undefined;
  if (port) return { title: `Port ${port} added`, subject: `Add port ${port} as ${logicalId}` };
  return { title: `${logicalId} added`, subject: `Add ${type} ${logicalId}` };
}

type PropertyEdit = Extract<PhaseEdit, { target: unknown }>;

function wordsOfPropertyEdit(project: Project, edit: PropertyEdit): EditWords {
  const place = placeOf(project, edit);
  const value = edit.kind === 'remove' ? place.before : edit.value;
  const port = RULE_LISTS.test(place.path) ? portsOf(value) : undefined;
  if (port) return portWords(edit.kind, port, place.name);
  const tag = /Tags?(\/|$)/.test(place.path) && isObject(value) && typeof value.Key === 'string' ? oneLine(value.Key, 60) : undefined;
  if (tag) {
    return edit.kind === 'remove'
      ? { title: `Tag ${tag} removed`, subject: `Remove tag ${tag} from ${place.name}` }
      : { title: `Tag ${tag} added`, subject: `Tag ${place.name} with ${tag}` };
  }
  const property = propertyName(place.path);
  if (edit.kind === 'remove') return { title: `${property} of ${place.name} removed`, subject: `Remove ${property} from ${place.name}` };
  const shown = shownValue(value, property);
  if (edit.kind === 'set')
    return { title: `${property} of ${place.name} set to ${shown}`, subject: `Set ${property} of ${place.name} to ${shown}` };
  return { title: `${property} of ${place.name} extended`, subject: `Extend ${property} of ${place.name}` };
}

function portWords(kind: PropertyEdit['kind'], port: string, name: string): EditWords {
  if (kind === 'remove') return { title: `Port ${port} removed`, subject: `Remove port ${port} from ${name}` };
  if (kind === 'set') return { title: `Port ${port} changed`, subject: `Change port ${port} of ${name}` };
  return { title: `Port ${port} added`, subject: `Add port ${port} to ${name}` };
}

interface Place {
  readonly name: string;
  readonly path: string;
  readonly before: Json | undefined;
}

function placeOf(project: Project, edit: PropertyEdit): Place {
  const target = edit.target;
  if ('address' in target) {
    const declared = declarationOf(project, target.address);
    return { name: nameOf(target.address), path: target.path, before: valueAt(declared?.properties, segmentsOf(target.path)) };
  }
  const owner = project.phases
    .filter((phase) => phase.file === target.file)
    .flatMap((phase) => phase.resources)
    .find((resource) => target.pointer.startsWith(`${resource.propertiesPointer}/`));
  if (!owner) return { name: segmentsOf(target.pointer).at(-2) ?? target.file, path: target.pointer, before: undefined };
  const path = target.pointer.slice(owner.propertiesPointer.length);
  return { name: owner.logicalId, path, before: valueAt(owner.properties, segmentsOf(path)) };
}

/** The declaration at an address, or `undefined`. */
export function declarationOf(project: Project, address: string): Declaration | undefined {
  for (const phase of project.phases) {
    const found = phase.resources.find((resource) => resource.address === address);
    if (found) return found;
  }
  return undefined;
}

function nameOf(address: string): string {
  return oneLine(address.slice(address.lastIndexOf('/') + 1), 80);
}

/** The last name in a path that is not a list index: `/Tags/0/Value` -> `Value`. */
function propertyName(path: string): string {
  const name = segmentsOf(path).findLast((part) => !/^(\d+|-)$/.test(part)) ?? 'properties';
  return oneLine(name, 60);
}

function shownValue(value: Json | undefined, property: string): string {
  const hidden = redactJson(value ?? null, property);
  return oneLine(typeof hidden === 'string' ? hidden : JSON.stringify(hidden), 60);
}

function portsOf(value: Json | undefined): string | undefined {
  if (Array.isArray(value)) {
    const ports = value.map((item) => (isObject(item) ? portOf(item) : undefined)).filter((port) => port !== undefined);
    return ports.length === 0 ? undefined : ports.join(', ');
  }
  return isObject(value as Json) ? portOf(value as JsonObject) : undefined;
}

/** `8443`, `8000-8100`; `undefined` where the rule names no port. */
function portOf(rule: JsonObject): string | undefined {
  const { FromPort: from, ToPort: to } = rule;
  if (typeof from !== 'number' && typeof from !== 'string') return undefined;
  return to === undefined || String(to) === String(from) ? String(from) : `${from}-${JSON.stringify(to).replaceAll('"', '')}`;
}

/** What a person should know about where a value came from: `source pl-3b927c52 copied from the sibling rules`. */
export function notesOf(project: Project, edits: readonly PhaseEdit[]): string[] {
  const notes = edits.flatMap((edit) => [sourceNote(project, edit), manualNote(project, edit)]);
  return [...new Set(notes.filter((note) => note !== undefined))];
}

/** An edit of a command that a person runs: the plan has nothing to say about it, so this does. */
function manualNote(project: Project, edit: PhaseEdit): string | undefined {
  if (!('target' in edit)) return undefined;
  const { target } = edit;
  const steps = project.phases.flatMap((phase) => phase.manualSteps.map((step) => ({ step, file: phase.file })));
  const found = steps.find(({ step, file }) => {
    if ('address' in target) return step.address === target.address;
    return (
      step.pointer !== undefined &&
      file === target.file &&
      (target.pointer === step.pointer || target.pointer.startsWith(`${step.pointer}/`))
    );
  });
  return found === undefined ? undefined : `${found.step.address} is a manual step: the new text is recorded in Git, and nothing will run`;
}

function sourceNote(project: Project, edit: PhaseEdit): string | undefined {
  if (edit.kind !== 'append' && edit.kind !== 'insert') return undefined;
  const place = placeOf(project, edit);
  if (!/^\/SecurityGroup(In|E)gress$/.test(place.path) || !isObject(edit.value)) return undefined;
  const source = sourceOf(edit.value);
  const siblings = Array.isArray(place.before) ? place.before.filter(isObject) : [];
  if (!source || siblings.length === 0) return undefined;
  const same = siblings.every((rule) => sourceOf(rule) === source);
  return same ? `source ${source} copied from the sibling rule${siblings.length === 1 ? '' : 's'}` : undefined;
}

/** The source of a rule in words: `pl-3b927c52`, `10.0.0.0/16`, `AppSecurityGroup.GroupId`. */
export function sourceOf(rule: JsonObject): string | undefined {
  const key = SOURCES.find((name) => rule[name] !== undefined);
  return key === undefined ? undefined : inWords(rule[key]);
}

function inWords(value: Json | undefined): string {
  if (!isObject(value)) return oneLine(String(value), 80);
  if (typeof value.Ref === 'string') return value.Ref;
  const attribute = value['Fn::GetAtt'];
  if (Array.isArray(attribute)) return attribute.join('.');
  return oneLine(JSON.stringify(value), 80);
}

/** The source shared by the rules that the edits add, for the outcome line. */
export function addedSource(edits: readonly PhaseEdit[]): string | undefined {
  const sources = edits.map((edit) => {
    if (edit.kind === 'add-resource' && /::SecurityGroup(In|E)gress$/.test(edit.type)) return sourceOf(edit.properties);
    return edit.kind === 'append' && isObject(edit.value) && edit.value.FromPort !== undefined ? sourceOf(edit.value) : undefined;
  });
  const first = sources[0];
  return first !== undefined && sources.every((source) => source === first) ? first : undefined;
}
