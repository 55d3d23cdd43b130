/** What GitHub Actions has to hide. */
import type { Project } from '../engine/model.ts';
import type { Io } from './context.ts';

/** Values of parameters that are not to be shown (`NoEcho`), as the runner has to know them to hide them wherever they turn up in the log. */
export function maskSecrets({ stderr }: Pick<Io, 'stderr'>, { phases, parameters }: Pick<Project, 'phases' | 'parameters'>): void {
  const secret = phases.flatMap((phase) => phase.parameters).filter(({ noEcho }) => noEcho);
  const values = secret.flatMap(({ name, default: otherwise }) => [
    parameters[name],
    typeof otherwise === 'string' ? otherwise : undefined,
  ]);
  // The runner masks line by line.
  const lines = values.flatMap((value) => value?.split(/\r?\n/) ?? []).filter((line) => line.trim().length >= SHORTEST_MASK);
  for (const line of new Set(lines)) stderr.write(`::add-mask::${line.replaceAll('%', '%25')}\n`);
}

/** Hiding every `a` hides nothing and makes the log unreadable. */
const SHORTEST_MASK = 4;
