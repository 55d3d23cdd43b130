/** `ial validate`: problems of the files alone. No cloud, no sandbox, no credentials. */
import { countOf } from '../../agent/words.ts';
import type { Desired, Diagnostic } from '../../engine/model.ts';
import { resolveProject } from '../../engine/resolve/resolve.ts';
import { validateProject } from '../../engine/validate/validate.ts';
import { assertPhases, type CommandContext, type CommandResult } from '../context.ts';
import { diagnosticsText } from '../text.ts';

export async function validateCommand(context: CommandContext): Promise<CommandResult> {
  const { environment, schemas, load } = await context.open();
  const { project, diagnostics: loaded } = await load();
  assertPhases(project);
  const resolved = resolveProject(project, {
    account: environment.account,
    region: environment.region,
    projectName: project.name,
    facts: (type) => schemas.facts(type),
    known: () => undefined,
  });
  const checked = validateProject(project, resolved.desired, schemas);
  const diagnostics = distinct([...loaded, ...resolved.diagnostics, ...checked]);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  return {
    exitCode: errors === 0 ? 0 : 1,
    result: { phases: project.phases.length, resources: resolved.desired.length, errors, diagnostics },
    text: [diagnosticsText(diagnostics, project.files), summary(project.phases.length, resolved.desired, diagnostics, errors)]
      .filter((part) => part !== '')
      .join('\n\n'),
  };
}

function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values()];
}

function summary(phases: number, desired: readonly Desired[], diagnostics: readonly Diagnostic[], errors: number): string {
  const warnings = diagnostics.filter((diagnostic) => diagnostic.severity === 'warning').length;
  const counts = [
    countOf(phases, 'phase'),
    countOf(desired.length, 'resource'),
    countOf(errors, 'error'),
    countOf(warnings, 'warning'),
  ].join(', ');
  return errors === 0 ? `valid: ${counts}` : `not valid: ${counts}`;
}
