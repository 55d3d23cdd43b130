/** What `ial` itself runs on, as phases of the user's repository: state table, settings, GitHub's roles, drift detection. */
import { eventSources } from '../engine/drift/event-sources.ts';
import { IalError } from '../engine/errors.ts';
import type { Desired, Environment, Plan, Project, SourceFile, TypeName } from '../engine/model.ts';
import { makePlan } from '../engine/plan/plan.ts';
import { lintPolicies } from '../engine/policy/policy-lint.ts';
import type { PermissionsOf } from '../engine/policy/type-permissions.ts';
import type { Ports } from '../engine/ports.ts';
import { editedProject } from './change.ts';
import type { FileChange } from './events.ts';
import { withTypePolicies } from './type-policies.ts';

/** In the order they are deployed. The first two come before the bundle is uploaded, the others name it or need what it needs. */
export const GROUND = ['00-dynamodb-state', '00a-bundle-bucket'] as const;
export const OWN_PHASES = [
  ...GROUND,
  '00b-reconciliation-engine',
  '00c-reconciliation-wrapper',
  '05b-iam-bedrock-github',
  '16-drift-detection',
] as const;

/** What comes with the program. */
export interface SetupParts {
  /** The package's own phases, for those that the repository does not have. */
  readonly phases: readonly SourceFile[];
  /** What the registry says that the handlers of a type call. */
  readonly permissionsOf: PermissionsOf;
  /** Key of the drift function's code, made of its content. */
  readonly bundleKey: string;
}

export interface BootstrapWish extends SetupParts {
  /** `owner/name` on GitHub; taken from the remote when absent. */
  readonly repository?: string;
}

export interface Bootstrap {
  /** Files the repository lacks, and the parameters they need. */
  readonly files: readonly FileChange[];
  readonly project: Project;
  readonly plan: Plan;
}

/**
 * Files and plan of everything `ial` needs in an account; what the original's setup made is taken over by its names.
 * @throws IalError `USAGE` when nobody says which GitHub repository may deploy, and those of a plan
 */
export async function planBootstrap(ports: Ports, environment: Environment, project: Project, wish: BootstrapWish): Promise<Bootstrap> {
  const missing = wish.phases
    .filter(({ path }) => !project.files.some((file) => file.path === path))
    .map(({ path, text }) => ({ path, before: undefined, after: text }));
  const types = typesIn(project, missing);
  const parameters = await parametersFile(ports, environment, project, { ...wish, types });
  const files = [...withPolicies(project, missing, types, wish), ...parameters];
  const edited = editedProject(
    project,
    files.map(({ path, before = '', after }) => ({ path, before, after })),
  );
  // Values of a parameters file are read with the repository; here the file is not written yet.
  const given = parameters.flatMap(({ after }) => assignments(after));
  const whole: Project = { ...edited.project, parameters: { ...edited.project.parameters, ...Object.fromEntries(given) } };
  const { plan, desired } = await makePlan(ports, environment, whole, { adopt: true, only: OWN_PHASES });
  assertPolicies(desired.filter(({ phase }) => (OWN_PHASES as readonly string[]).includes(phase)));
  return { files, project: whole, plan };
}

/** The phases that are missing, and those whose policies lack something that the types in use need. */
function withPolicies(
  project: Project,
  missing: readonly Written[],
  types: readonly TypeName[],
  { permissionsOf }: BootstrapWish,
): Written[] {
  const fresh = new Set(missing.map(({ path }) => path));
  const whole = editedProject(
    project,
    missing.map(({ path, after }) => ({ path, before: '', after })),
  ).project;
  const changed = new Map(withTypePolicies(whole, types, permissionsOf, fresh).map(({ path, after }) => [path, after]));
  const own = missing.map((file) => ({ ...file, after: changed.get(file.path) ?? file.after }));
  const there = project.files.flatMap(({ path, text }) => {
    const after = fresh.has(path) ? undefined : changed.get(path);
    return after === undefined ? [] : [{ path, before: text, after }];
  });
  return [...own, ...there];
}

/** These follow the program and the phases; what else the user set stays. */
const FOLLOWING = new Set(['DriftBundleKey', 'DriftEventSources']);

/** @throws IalError `GUARDRAIL`: a policy of the phases that `ial` runs on allows more than it should, whoever wrote it so */
function assertPolicies(desired: readonly Desired[]): void {
  const problems = lintPolicies(desired);
  const [first] = problems;
  if (first === undefined) return;
  const findings = problems.map(({ address, rule, message }) => ({ rule: `policy/${rule}`, level: 'refuse' as const, address, message }));
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
  const hint = 'narrow the policy in that phase; nothing was written';
  throw new IalError('GUARDRAIL', `refused: ${first.address} ${first.message}${more}`, { findings }, { hint });
}

function typesIn(project: Project, phases: readonly Written[]): readonly TypeName[] {
  const edited = editedProject(
    project,
    phases.map(({ path, after }) => ({ path, before: '', after })),
  );
  return edited.project.phases.flatMap(({ resources }) => resources.map(({ type }) => type));
}

type Written = FileChange & { readonly after: string };

async function parametersFile(
  ports: Ports,
  environment: Environment,
  project: Project,
  wish: BootstrapWish & { readonly types: readonly TypeName[] },
): Promise<Written[]> {
  const path = environment.partition === environment.project ? 'parameters.env' : `parameters.${environment.name}.env`;
  const before = project.files.find((file) => file.path === path)?.text;
  const wanted: readonly (readonly [string, string | undefined])[] = [
    ['ProjectName', environment.project],
    ['StateTableName', environment.table],
    ['EnvironmentName', environment.name],
    ['StatePartition', environment.partition],
    ['GitHubRepository', wish.repository ?? project.parameters.GitHubRepository ?? (await repositoryOf(ports))],
    ['DriftBundleKey', wish.bundleKey],
    ['DriftEventSources', eventSources(wish.types).join(',')],
  ];
  let text = before ?? '';
  for (const [name, value] of wanted) {
    if (value === undefined) throw noRepository();
    const set = project.parameters[name] !== undefined && !FOLLOWING.has(name);
    if (!set) text = assigned(text, name, value);
  }
  return text === (before ?? '') ? [] : [{ path, before, after: text }];
}

/** The file with one value set: in its line where there is one, else at the end. */
export function assigned(text: string, name: string, value: string): string {
  const line = new RegExp(`^(\\s*(?:export\\s+)?${name}\\s*=).*$`, 'm');
  if (line.test(text)) return text.replace(line, (_whole, head: string) => `${head}${value}`);
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name}=${value}\n`;
}

function assignments(text: string): (readonly [string, string])[] {
  return [...text.matchAll(/^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/gm)].map(
    (match) => [match[1] ?? '', (match[2] ?? '').trim()] as const,
  );
}

/** `git@github.com:owner/name.git` and `https://github.com/owner/name`. */
async function repositoryOf({ repo }: Pick<Ports, 'repo'>): Promise<string | undefined> {
  const url = (await repo.status()).remote?.url ?? '';
  return /github[^/:]*[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url)?.[1];
}

function noRepository(): IalError<'USAGE'> {
  const hint = 'say it: ial bootstrap --repository owner/name';
  return new IalError(
    'USAGE',
    'the remote is not on GitHub, so nobody knows which repository may deploy',
    { argument: '--repository' },
    { hint },
  );
}

/** The repository without the phases that can be taken away again: the state table and the bucket stay. */
export function removalOf(project: Project): readonly FileChange[] {
  const removable = OWN_PHASES.filter((phase) => !(GROUND as readonly string[]).includes(phase));
  return project.files
    .filter(({ path }) => removable.some((phase) => path === `phases/${phase}.yaml`))
    .map(({ path, text }) => ({ path, before: text, after: undefined }));
}
