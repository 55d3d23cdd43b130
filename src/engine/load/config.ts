/** `ial.yaml`: project, environments, state, model, notifications. */
import { IalError } from '../errors.ts';
import { isObject } from '../json/pointer.ts';
import type { Diagnostic, Environment, Json, JsonObject, Severity, SourceFile } from '../model.ts';
import { didYouMean } from '../text/suggest.ts';
import { type ParsedYaml, parseYaml } from '../yaml/yaml.ts';

export interface EnvironmentConfig {
  readonly account?: string;
  readonly region?: string;
  readonly branch?: string;
  /** Parameter values of this environment only. */
  readonly parameters?: { readonly [name: string]: string };
  readonly deploy?: 'ci' | 'local';
  readonly sandbox?: boolean;
}

export interface Config {
  readonly project: string;
  /** Name of the environment that is meant when none is named. */
  readonly default: string;
  readonly environments: { readonly [name: string]: EnvironmentConfig };
  readonly state?: { readonly table?: string; readonly region?: string };
  readonly model?: { readonly id: string; readonly region?: string };
  readonly notify?: { readonly topic?: string; readonly minimum?: Severity | string };
}

export const DEFAULT_TABLE = 'mcp-provisioning-checklist';
export const SANDBOX_ACCOUNT = '000000000000';
export const SANDBOX_REGION = 'us-east-1';

const ROOT_KEYS = ['project', 'default', 'environments', 'state', 'model', 'notify'];
const ENVIRONMENT_KEYS = ['account', 'region', 'branch', 'parameters', 'deploy', 'sandbox'];

/** Read `ial.yaml`. Never throws; without a file the project is `ial` with one environment `default` that names nothing. */
export function parseConfig(file: SourceFile | undefined): { config: Config; diagnostics: Diagnostic[] } {
  if (!file) return { config: { project: 'ial', default: 'default', environments: { default: {} } }, diagnostics: [] };
  const parsed = parseYaml(file);
  const diagnostics = [...parsed.diagnostics];
  const root = isObject(parsed.data) ? parsed.data : {};
  if (!isObject(parsed.data) && parsed.data !== undefined && parsed.data !== null) {
    diagnostics.push(problem(parsed, '', 'ial.yaml is not a mapping', 'start with `project: <name>`'));
  }
  checkKeys(parsed, root, '', ROOT_KEYS, diagnostics);
  const environments = readEnvironments(parsed, root.environments, diagnostics);
  const names = Object.keys(environments);
  const chosen = text(root.default) ?? names[0] ?? 'default';
  if (root.default !== undefined && !Object.hasOwn(environments, chosen)) {
    diagnostics.push(problem(parsed, '/default', `the default environment ${chosen} is not defined`, didYouMean(chosen, names)));
  }
  const state = section(parsed, root, 'state', ['table', 'region'], diagnostics);
  const model = section(parsed, root, 'model', ['id', 'region'], diagnostics);
  const notify = section(parsed, root, 'notify', ['topic', 'minimum'], diagnostics);
  const config: Config = {
    project: projectName(parsed, root, diagnostics),
    default: chosen,
    environments: names.length === 0 ? { [chosen]: {} } : environments,
    ...(state ? { state } : {}),
    ...(model?.id ? { model: { id: model.id, ...(model.region ? { region: model.region } : {}) } } : {}),
    ...(notify ? { notify } : {}),
  };
  return { config, diagnostics };
}

function projectName(parsed: ParsedYaml, root: JsonObject, diagnostics: Diagnostic[]): string {
  const name = text(root.project);
  if (name !== undefined && /^[A-Za-z][A-Za-z0-9-]{0,62}$/.test(name)) return name;
  const message = name === undefined ? 'the project has no name' : `${name} is not a project name`;
  diagnostics.push(problem(parsed, '/project', message, 'letters, digits and -, starting with a letter'));
  return 'ial';
}

function readEnvironments(parsed: ParsedYaml, value: Json | undefined, diagnostics: Diagnostic[]): Config['environments'] {
  const environments: { [name: string]: EnvironmentConfig } = {};
  if (value === undefined || value === null) return environments;
  if (!isObject(value)) {
    diagnostics.push(
      problem(parsed, '/environments', 'environments is not a mapping', 'write `environments: {<name>: {account, region}}`'),
    );
    return environments;
  }
  for (const [name, entry] of Object.entries(value)) {
    const pointer = `/environments/${name}`;
    if (!/^[A-Za-z][\w-]{0,31}$/.test(name)) diagnostics.push(problem(parsed, pointer, `${name} is not an environment name`));
    environments[name] = readEnvironment(parsed, isObject(entry) ? entry : {}, pointer, diagnostics);
  }
  return environments;
}

function readEnvironment(parsed: ParsedYaml, entry: JsonObject, pointer: string, diagnostics: Diagnostic[]): EnvironmentConfig {
  checkKeys(parsed, entry, pointer, ENVIRONMENT_KEYS, diagnostics);
  const account = text(entry.account);
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    diagnostics.push(problem(parsed, `${pointer}/account`, `${account} is not an account`, 'an AWS account has twelve digits'));
  }
  const deploy = text(entry.deploy);
  if (deploy !== undefined && deploy !== 'ci' && deploy !== 'local') {
    diagnostics.push(problem(parsed, `${pointer}/deploy`, `deploy cannot be ${deploy}`, 'write ci or local'));
  }
  const [region, branch] = [text(entry.region), text(entry.branch)];
  return {
    ...(account ? { account } : {}),
    ...(region ? { region } : {}),
    ...(branch ? { branch } : {}),
    ...(deploy === 'ci' || deploy === 'local' ? { deploy } : {}),
    ...(entry.sandbox === true ? { sandbox: true } : {}),
    ...(isObject(entry.parameters) ? { parameters: texts(entry.parameters) } : {}),
  };
}

function section(
  parsed: ParsedYaml,
  root: JsonObject,
  key: string,
  allowed: readonly string[],
  diagnostics: Diagnostic[],
): { readonly [name: string]: string } | undefined {
  const value = root[key];
  if (!isObject(value)) return undefined;
  checkKeys(parsed, value, `/${key}`, allowed, diagnostics);
  return texts(value);
}

function checkKeys(parsed: ParsedYaml, value: JsonObject, pointer: string, allowed: readonly string[], diagnostics: Diagnostic[]): void {
  for (const key of Object.keys(value)) {
    if (allowed.includes(key)) continue;
    const hint = didYouMean(key, allowed) ?? `known keys: ${allowed.join(', ')}`;
    const at = parsed.at(`${pointer}/${key}`, 'key');
    diagnostics.push({ severity: 'warning', code: 'config-unknown', message: `${key} is not a setting`, hint, at });
  }
}

function problem(parsed: ParsedYaml, pointer: string, message: string, hint?: string): Diagnostic {
  return { severity: 'error', code: 'config-invalid', message, at: parsed.at(pointer), path: pointer, ...(hint ? { hint } : {}) };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function texts(value: JsonObject): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null || typeof item === 'object' ? [] : [[key, String(item)]])),
  );
}

/**
 * The environment of a name, or the default one, with defaults filled in. Outside a sandbox account and region stay empty text when
 * the file names none: callers report what is missing.
 * @throws IalError `CONFIG_INVALID` for a name that `ial.yaml` does not define.
 */
export function environmentOf(config: Config, name: string | undefined): Environment {
  const chosen = name ?? config.default;
  const entry = Object.hasOwn(config.environments, chosen) ? config.environments[chosen] : undefined;
  const sandbox = entry?.sandbox === true || (chosen === 'sandbox' && entry === undefined);
  if (!entry && !sandbox) throw unknownEnvironment(config, chosen);
  const topic = config.notify?.topic;
  return {
    project: config.project,
    name: chosen,
    partition: chosen === config.default ? config.project : `${config.project}@${chosen}`,
    account: sandbox ? SANDBOX_ACCOUNT : (entry?.account ?? ''),
    region: entry?.region ?? (sandbox ? SANDBOX_REGION : ''),
    branch: entry?.branch ?? 'main',
    deploy: entry?.deploy ?? (sandbox ? 'local' : 'ci'),
    sandbox,
    table: config.state?.table ?? DEFAULT_TABLE,
    ...(topic ? { topic } : {}),
    ...(config.model ? { model: config.model } : {}),
  };
}

function unknownEnvironment(config: Config, name: string): IalError {
  const names = Object.keys(config.environments);
  const hint = didYouMean(name, names) ?? `ial.yaml defines: ${names.join(', ')}`;
  const diagnostics: Diagnostic[] = [{ severity: 'error', code: 'unknown-environment', message: `there is no environment ${name}`, hint }];
  return new IalError('CONFIG_INVALID', `there is no environment ${name}`, { diagnostics }, { hint });
}
