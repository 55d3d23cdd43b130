/**
 * Legacy placeholders become the long forms that native phases use, so that `resolve` has one path: `{{PROJECT_NAME}}` its value,
 * `{{AWS_REGION}}` a pseudo parameter, `[VPC_ID]` and `{{sg_app_id}}` a Ref or GetAtt of the resource that provides them. The target of
 * such a reference is a whole address (`03-networking/vpc`), which no native logical id can be.
 */

import { childPointer, isList, isObject } from '../json/pointer.ts';
import type { Address, Declaration, Diagnostic, Json, Phase, Pointer, Project } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import { parseYaml } from '../yaml/yaml.ts';
import { attributeFor, type Provider, providerOf, score, type Wanted, wishOf } from './names.ts';

export interface BindContext {
  readonly projectName: string;
  readonly facts: (type: string) => ResourceFacts | undefined;
  /** What stands for a placeholder instead of its value, e.g. a Ref of the parameter that will hold it. */
  readonly parameter?: (name: string) => Json | undefined;
}

/** A placeholder that means a resource: `token` as written (`[VPC_ID]`), `pointer` of the text it stands in. */
export interface Mention {
  readonly phase: Phase;
  readonly pointer: Pointer;
  readonly token: string;
  readonly target: Address;
}

export interface Binding {
  /** Properties with placeholders replaced; the declaration's own object where there are none. */
  readonly properties: (declaration: Declaration) => Declaration['properties'];
  /** Placeholders of a plain text, e.g. a row's old name: parameters only. */
  readonly text: (text: string) => string;
  readonly mentions: readonly Mention[];
  readonly diagnostics: Diagnostic[];
}

const PLACEHOLDER = /\{\{\s*([A-Za-z_]\w*)\s*\}\}|\[([A-Z][A-Z0-9_]*)\]/g;
const BRACKET_SUFFIX = /_(ID|ARN|ENDPOINT|DNS_NAME|URL|NAME|PORT)$/;
const PSEUDO: { readonly [name: string]: string } = { AWS_REGION: 'AWS::Region', AWS_ACCOUNT_ID: 'AWS::AccountId', REGION: 'AWS::Region' };

/** Bind every legacy phase of a project. */
export function bindLegacy(project: Project, context: BindContext): Binding {
  const diagnostics: Diagnostic[] = [];
  const mentions: Mention[] = [];
  const bound = new Map<Address, Declaration['properties']>();
  const legacy = project.phases.filter((phase) => phase.dialect !== 'cloudformation');
  const providers = legacy.length === 0 ? [] : project.phases.flatMap((phase) => phase.resources.map(providerOf));
  const values = (name: string): string | undefined => parameterValue(project, context, name);
  for (const phase of legacy) {
    for (const declaration of phase.resources) {
      const site: Site = { project, phase, declaration, providers, context, values, mentions, diagnostics };
      bound.set(declaration.address, bindObject(declaration.properties, declaration.propertiesPointer, site));
    }
  }
  return {
    properties: (declaration) => bound.get(declaration.address) ?? declaration.properties,
    text: (text) => text.replace(PLACEHOLDER, (whole, name?: string) => (name === undefined ? whole : (values(name) ?? whole))),
    mentions,
    diagnostics,
  };
}

interface Site {
  readonly project: Project;
  readonly phase: Phase;
  readonly declaration: Declaration;
  readonly providers: readonly Provider[];
  readonly context: BindContext;
  readonly values: (name: string) => string | undefined;
  readonly mentions: Mention[];
  readonly diagnostics: Diagnostic[];
}

/** A parameters file or environment variable first; then what the project itself knows. */
function parameterValue(project: Project, context: BindContext, name: string): string | undefined {
  if (Object.hasOwn(project.parameters, name)) return project.parameters[name];
  if (name === 'PROJECT_NAME') return context.projectName;
  return name === 'EXECUTOR_NAME' ? 'ial' : undefined;
}

function bindObject(value: Declaration['properties'], pointer: Pointer, site: Site): Declaration['properties'] {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bindValue(item, childPointer(pointer, key), site)]));
}

function bindValue(value: Json, pointer: Pointer, site: Site): Json {
  if (typeof value === 'string') return bindText(value, pointer, site);
  if (isList(value)) return value.map((item, index) => bindValue(item, `${pointer}/${index}`, site));
  return isObject(value) ? bindObject(value, pointer, site) : value;
}

/** One placeholder of a text: as written, its name, and where it starts. */
export interface Placeholder {
  readonly token: string;
  readonly name: string;
  readonly index: number;
}

export function placeholdersIn(text: string): Placeholder[] {
  if (!text.includes('{{') && !text.includes('[')) return [];
  return [...text.matchAll(PLACEHOLDER)].flatMap((match): Placeholder[] => {
    const [token, brace, bracket] = match;
    if (bracket !== undefined && token !== text && !BRACKET_SUFFIX.test(bracket)) return [];
    return [{ token, name: brace ?? bracket ?? '', index: match.index }];
  });
}

function bindText(text: string, pointer: Pointer, site: Site): Json {
  const parts: Json[] = [];
  let last = 0;
  for (const { token, name, index } of placeholdersIn(text)) {
    const part = bindName(name, token, pointer, site);
    if (index > last) parts.push(text.slice(last, index));
    parts.push(part);
    last = index + token.length;
  }
  if (last === 0 && parts.length === 0) return text;
  if (last < text.length) parts.push(text.slice(last));
  const merged = mergeTexts(parts);
  return merged.length === 1 ? (merged[0] ?? '') : { 'Fn::Join': ['', merged] };
}

function mergeTexts(parts: readonly Json[]): Json[] {
  const merged: Json[] = [];
  for (const part of parts) {
    const before = merged.at(-1);
    if (typeof part === 'string' && typeof before === 'string') merged[merged.length - 1] = before + part;
    else merged.push(part);
  }
  return merged;
}

function bindName(name: string, whole: string, pointer: Pointer, site: Site): Json {
  const value = site.context.parameter?.(name) ?? site.values(name);
  if (value !== undefined) return value;
  const pseudo = PSEUDO[name];
  if (pseudo !== undefined) return { Ref: pseudo };
  const wish = wishOf(name);
  const candidates = ranked(name, site);
  const chosen = choose(candidates, site.phase.id);
  if (chosen) {
    site.mentions.push({ phase: site.phase, pointer, token: whole, target: chosen.address });
    return referenceTo(chosen, wish.wants, whole, pointer, site);
  }
  complain(whole, name, candidates, pointer, site);
  return whole;
}

interface Candidate {
  readonly provider: Provider;
  readonly points: number;
}

function ranked(name: string, site: Site): Candidate[] {
  const wish = wishOf(name);
  return site.providers
    .filter((provider) => provider.declaration.address !== site.declaration.address)
    .map((provider) => ({ provider, points: score(wish, provider) }))
    .filter((candidate) => candidate.points > 0)
    .sort((a, b) => b.points - a.points);
}

/** The best match if it is alone, or alone in its own phase. */
function choose(candidates: readonly Candidate[], phase: string): Declaration | undefined {
  const best = candidates
    .filter((candidate) => candidate.points === candidates[0]?.points)
    .map((candidate) => candidate.provider.declaration);
  if (best.length === 1) return best[0];
  const own = best.filter((declaration) => declaration.phase === phase);
  return own.length === 1 ? own[0] : undefined;
}

function referenceTo(target: Declaration, wants: Wanted, whole: string, pointer: Pointer, site: Site): Json {
  const attribute = attributeFor(wants, target.type, site.context.facts(target.type));
  if (attribute === 'Ref') return { Ref: target.address };
  if (attribute !== undefined) return { 'Fn::GetAtt': [target.address, attribute] };
  report(site, pointer, `${whole} asks ${target.address} for a value that ${target.type} does not give`, `give it in parameters.env`);
  return whole;
}

function complain(whole: string, name: string, candidates: readonly Candidate[], pointer: Pointer, site: Site): void {
  const names = [...new Set(candidates.map((candidate) => candidate.provider.declaration.address))].slice(0, 5);
  if (names.length === 0) {
    report(
      site,
      pointer,
      `${whole} is provided by no resource and no parameter`,
      `add ${name}=<value> to parameters.env, or the phase that provides it`,
    );
  } else
    report(site, pointer, `${whole} could mean several resources`, `candidates: ${names.join(', ')}; or give ${name} in parameters.env`);
}

function report(site: Site, pointer: Pointer, message: string, hint: string): void {
  const file = site.project.files.find((candidate) => candidate.path === site.phase.file);
  const at = file ? parseYaml(file).at(pointer) : site.declaration.at;
  const path = pointer.slice(site.declaration.propertiesPointer.length);
  site.diagnostics.push({ severity: 'error', code: 'unresolved-reference', message, hint, at, address: site.declaration.address, path });
}
