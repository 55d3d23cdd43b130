/** Deployments in a world in memory. */
import { type DeployRequest, type DeployResult, type DeploySettings, deploy } from '../../src/engine/apply/deploy.ts';
import type { Project } from '../../src/engine/model.ts';
import { makePlan, type PlanResult } from '../../src/engine/plan/plan.ts';
import { DEFAULT_SETTINGS } from '../../src/engine/settings.ts';
import type { FaultPlan } from './faults.ts';
import { sandboxed, type World } from './ports.ts';

export const SETTINGS: DeploySettings = {
  ...DEFAULT_SETTINGS,
  lock: { ...DEFAULT_SETTINGS.lock, pollMs: 20_000 },
  apply: { ...DEFAULT_SETTINGS.apply, firstPollMs: 200 },
};

/** Nobody asks: severe plans need `allow` in the request. */
export const UNATTENDED: DeployRequest = { allow: 'unattended', notify: true };

export interface DeployOptions {
  readonly request?: DeployRequest;
  readonly faults?: FaultPlan;
  readonly host?: string;
  readonly settings?: DeploySettings;
}

/** Run one deployment to its end. @returns `undefined` when its process crashed */
export async function deployIn(world: World, project: Project, options: DeployOptions = {}): Promise<DeployResult | undefined> {
  const { ports, life } = world.process(options.faults, options.host);
  const work = deploy(ports, sandboxed, project, options.request ?? UNATTENDED, options.settings ?? SETTINGS);
  const result = await world.clock.run(work, () => life.crashed !== undefined);
  return result;
}

export function planIn(world: World, project: Project): Promise<PlanResult> {
  return makePlan(world.process().ports, sandboxed, project);
}
