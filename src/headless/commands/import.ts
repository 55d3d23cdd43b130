/** `ial import <address> [identifier]`: bind what exists in AWS to an address of the files. Without an identifier it lists what could be meant. */
import type { Address, Desired } from '../../engine/model.ts';
import { makePlan } from '../../engine/plan/plan.ts';
import { safeLine as safe } from '../../engine/text/safe.ts';
import { assertPhases, type CommandContext, type CommandResult, usage } from '../context.ts';
import type { Composition } from '../services.ts';
import { applyOnly } from './apply.ts';

const MOST_LISTED = 50;

export async function importCommand(context: CommandContext, [address = '', identifier]: readonly string[]): Promise<CommandResult> {
  const composition = await context.compose();
  const { ports } = composition;
  const desired = await declared(composition, address);
  const row = await ports.state.row(desired.address);
  if (row?.Identifier !== undefined)
    throw usage(`${address} is bound to ${row.Identifier} already`, `ial forget ${address} unbinds it first`, address);
  if (identifier === undefined) return candidates(composition, desired);
  return applyOnly(context, composition, {}, [desired.address], { bind: { address: desired.address, identifier } });
}

async function declared({ ports, environment, load }: Composition, address: string): Promise<Desired> {
  const { project } = await load();
  assertPhases(project);
  const { desired } = await makePlan(ports, environment, project, { refresh: false, tolerate: true });
  const found = desired.find((one) => one.address === (address as Address));
  if (found !== undefined) return found;
  throw usage(`no phase declares ${address}`, 'write the resource into a phase first; ial status and ial validate list addresses', address);
}

/** Live resources of the type that no row stands for. */
async function candidates({ ports }: Composition, { address, type }: Desired): Promise<CommandResult> {
  const [live, rows] = await Promise.all([ports.cloud.list(type), ports.state.rows()]);
  const bound = new Set(rows.filter((row) => row.Type === type).map((row) => row.Identifier));
  const free = live.filter((resource) => !bound.has(resource.identifier)).map((resource) => resource.identifier);
  const lines = free.slice(0, MOST_LISTED).map((identifier) => `  ial import ${address} ${safe(identifier)}`);
  const more = free.length > MOST_LISTED ? [`  ... and ${free.length - MOST_LISTED} more`] : [];
  const text =
    free.length === 0
      ? `no ${type} in AWS that is not bound already`
      : [`${type} in AWS, not bound yet; choose one:`, ...lines, ...more].join('\n');
  return { exitCode: 0, result: { address, type, candidates: free }, text };
}
