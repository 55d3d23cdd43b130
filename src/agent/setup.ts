/** Setup: an environment in `ial.yaml`, as a typed edit like any other. The workflows come with `ial init`. */
import type { PhaseEdit, Project } from '../engine/model.ts';

export interface Setup {
  readonly account: string;
  readonly region: string;
  readonly environment: string;
}

/** @returns the edits, or what is wrong with the values given */
export function setupEdits(project: Project, { account, region, environment }: Setup): readonly PhaseEdit[] | string {
  if (!/^\d{12}$/.test(account)) return `${account === '' ? 'nothing' : account} is not an AWS account: twelve digits`;
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) return `${region === '' ? 'nothing' : region} is not a region, such as eu-west-1`;
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(environment))
    return `${environment} is not a name for an environment: small letters, digits and dashes`;
  if (!project.files.some((file) => file.path === 'ial.yaml')) return 'there is no ial.yaml here; ial init writes one';
  const pointer = `/environments/${environment}`;
  return [{ kind: 'set', target: { file: 'ial.yaml', pointer }, value: { account, region, branch: 'main', deploy: 'ci' } }];
}
