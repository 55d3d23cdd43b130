/** A literal for a property that takes its value from a parameter or a mapping: two places could mean it, and the caller says which. */
import { isObject } from '../../engine/json/pointer.ts';
import type { Diagnostic, EditTarget, Json, PhaseEdit, Project } from '../../engine/model.ts';
import { type ValueSource, valueSources } from './references.ts';

export interface Choice {
  readonly problem: Diagnostic;
  /** `file#pointer`: what a target `{file, pointer}` names. */
  readonly candidates: readonly string[];
}

/** The first edit that needs a choice. An edit at `{file, pointer}` has made it: that place and no other. */
export function choiceIn(project: Project, edits: readonly PhaseEdit[]): Choice | undefined {
  for (const edit of edits) {
    const choice =
      edit.kind === 'set' && 'address' in edit.target && !isObject(edit.value) ? choiceAt(project, edit.target, edit.value) : undefined;
    if (choice !== undefined) return choice;
  }
  return undefined;
}

function choiceAt(project: Project, { address, path }: Extract<EditTarget, { path: string }>, value: Json): Choice | undefined {
  for (const phase of project.phases) {
    const resource = phase.resources.find((one) => one.address === address);
    const source = resource === undefined ? undefined : valueSources(project, phase, resource).find((one) => one.path === path);
    // Only a value of that very parameter can be meant by setting it to what it is.
    if (resource === undefined || source === undefined || source.value === value) continue;
    const property = `${phase.file}#${resource.propertiesPointer}${path}`;
    return { problem: problemOf(address, source), candidates: [...placeOf(source), property] };
  }
  return undefined;
}

const placeOf = ({ file, pointer }: ValueSource): string[] => (pointer === undefined ? [] : [`${file}#${pointer}`]);

function problemOf(address: Extract<EditTarget, { path: string }>['address'], source: ValueSource): Diagnostic {
  const { path, kind, name, usedBy, pointer } = source;
  const users = usedBy === 1 ? 'only here' : `by ${usedBy} resources`;
  const given = pointer === undefined ? '; a parameters file or the environment gives that value' : '';
  return {
    severity: 'error',
    code: 'edit-choice',
    message: `${path.slice(1)} of ${address} takes its value from the ${kind} ${name}, used ${users}${given}`,
    hint: `name the place as {file, pointer}: ${pointer === undefined ? 'the property' : `the ${kind}, or the property alone`}`,
    address,
    path,
  };
}
