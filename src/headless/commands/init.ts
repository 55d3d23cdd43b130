/** `ial init`: what a repository of phases needs, beside what is there already. Nothing is committed and no cloud is asked. */
import { basename } from 'node:path';
import { countOf } from '../../agent/words.ts';
import type { Repo } from '../../engine/ports.ts';
import { safeLine as safe } from '../../engine/text/safe.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';

export interface InitOptions {
  readonly project?: string;
  readonly account?: string;
  readonly region?: string;
}

interface Wanted {
  readonly project: string;
  /** An AWS environment `prod`; without one only the sandbox is configured. */
  readonly aws?: { readonly account: string; readonly region: string };
}

const IGNORED = '.ial/\n';

/** @throws IalError `USAGE` for a wrong project, account or region, before anything is made */
export async function initCommand(context: CommandContext, _args: readonly string[], options: InitOptions): Promise<CommandResult> {
  const { directory } = context.globals;
  const wanted = wantedOf(options, directory);
  const { repo, root, created } = await context.services.beginRepository(directory);
  const workflows = await context.services.ownWorkflows();
  const files = await missing(repo, root, [...scaffold(wanted), ...workflows], context);
  await repo.write(files.write);
  const result = { root, repository: created ? 'created' : 'found', created: files.write.map(({ path }) => path), kept: files.kept };
  return { exitCode: 0, result, text: textOf(result, wanted) };
}

function wantedOf({ project, account, region }: InitOptions, directory: string): Wanted {
  const name = project ?? projectFrom(basename(directory));
  if (!/^[A-Za-z][A-Za-z0-9-]{0,62}$/.test(name))
    throw usage(`${name} is not a project name`, 'letters, digits and -, starting with a letter', '--project');
  if (account === undefined && region === undefined) return { project: name };
  if (!/^\d{12}$/.test(account ?? ''))
    throw usage(`${account ?? 'nothing'} is not an AWS account`, 'twelve digits, with --region', '--account');
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region ?? ''))
    throw usage(`${region ?? 'nothing'} is not a region`, 'for example --region eu-west-1', '--region');
  return { project: name, aws: { account: account ?? '', region: region ?? '' } };
}

/** A folder's name as a project name. */
function projectFrom(folder: string): string {
  const name = folder
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^[^A-Za-z]+|-+$/g, '')
    .slice(0, 63);
  return name === '' ? 'infrastructure' : name;
}

interface File {
  readonly path: string;
  readonly text: string;
}

/** Files that are there stay as they are; only `.gitignore` gets its line. */
async function missing(repo: Repo, root: string, wanted: readonly File[], context: CommandContext) {
  const present = await context.services.textsOf(
    root,
    wanted.map(({ path }) => path),
  );
  const hasPhases = (await repo.read()).files.some(({ path }) => path.startsWith('phases/'));
  const write: File[] = [];
  const kept: string[] = [];
  for (const file of wanted) {
    const text = present.get(file.path);
    if (file.path === '.gitignore' && text !== undefined && !/^\/?\.ial\/?$/m.test(text))
      write.push({ ...file, text: `${text.replace(/(?<=[^\n])$/, '\n')}${IGNORED}` });
    else if (text !== undefined) kept.push(file.path);
    else if (!(hasPhases && file.path.startsWith('phases/'))) write.push(file);
  }
  return { write, kept };
}

function scaffold({ project, aws }: Wanted): readonly File[] {
  return [
    { path: 'ial.yaml', text: configuration(project, aws) },
    { path: 'parameters.env', text: PARAMETERS.replace('PROJECT', project) },
    { path: 'phases/01-storage.yaml', text: PHASE },
    { path: '.gitignore', text: IGNORED },
  ];
}

function configuration(project: string, aws: Wanted['aws']): string {
  const { account, region } = aws ?? { account: '123456789012', region: 'eu-west-1' };
  const prod = [`  prod:`, `    account: "${account}"`, `    region: ${region}`, `    branch: main`, `    deploy: ci`];
  return [
    `project: ${project}`,
    `default: ${aws ? 'prod' : 'sandbox'}`,
    'environments:',
    ...(aws ? prod : ['  # Your account, and then `default: prod`:', ...prod.map((line) => line.replace(/^ {2}/, '  # '))]),
    '  # The SANDBOX is a process on this machine: no AWS account, nothing is charged.',
    '  sandbox:',
    '    sandbox: true',
    '    deploy: local',
    '',
  ].join('\n');
}

const PARAMETERS = `# KEY=value, one a line: a phase parameter of the same name takes the value. Secrets do not belong here: name them in
# Secrets Manager or Parameter Store and write {{resolve:secretsmanager:name}} in the phase.
ProjectName=PROJECT
`;

const PHASE = `AWSTemplateFormatVersion: "2010-09-09"
Description: Storage of the project

Parameters:
  ProjectName:
    Type: String
    Description: First part of names and tags

Resources:
  Documents:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: AES256
      PublicAccessBlockConfiguration:
        BlockPublicAcls: true
        BlockPublicPolicy: true
        IgnorePublicAcls: true
        RestrictPublicBuckets: true
      VersioningConfiguration:
        Status: Enabled
      Tags:
        - Key: Project
          Value: !Ref ProjectName

Outputs:
  DocumentsBucket:
    Description: Bucket of the documents
    Value: !Ref Documents
`;

function textOf(
  { root, repository, created, kept }: { root: string; repository: string; created: readonly string[]; kept: readonly string[] },
  { aws }: Wanted,
): string {
  const deploy = aws
    ? ['ial doctor                  # what is still missing for the account', 'ial bootstrap --dry-run     # what ial needs in the account']
    : [];
  return [
    `${repository === 'created' ? 'made a Git repository and ' : ''}${countOf(created.length, 'file')} in ${safe(root)}`,
    ...created.map((path) => `  + ${path}`),
    ...kept.map((path) => `  = ${path} stays as it is`),
    'next:',
    '  ial validate',
    '  git add . && git commit -m "Describe the infrastructure"',
    ...deploy.map((line) => `  ${line}`),
    `  ial${aws ? ' --env sandbox' : ''} apply           # on the offline SANDBOX`,
    'the workflows reach AWS only where the repository variable AWS_ROLE_ARN is set: docs/ci-cd-guide.md',
  ].join('\n');
}
