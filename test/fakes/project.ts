/** Phases written in the test itself. */
import { loadProject } from '../../src/engine/load/load.ts';
import type { Json, JsonObject, Project } from '../../src/engine/model.ts';

export interface ResourceEntry {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly DependsOn?: Json;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Load phases given as `{ '01-base': { Topic: { Type, Properties } } }`. JSON is YAML. */
export function projectOf(phases: { readonly [phase: string]: { readonly [name: string]: ResourceEntry } }): Project {
  return projectFrom(
    Object.fromEntries(Object.entries(phases).map(([phase, Resources]) => [phase, JSON.stringify({ Resources }, undefined, 1)])),
  );
}

/** Load phases given as text. @throws when a phase is wrong */
export function projectFrom(texts: { readonly [phase: string]: string }): Project {
  const files = Object.entries(texts).map(([phase, text]) => ({ path: `phases/${phase}.yaml`, text }));
  const { project, diagnostics } = loadProject('orders', files, {});
  const wrong = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  if (wrong !== undefined) throw new Error(`${wrong.code}: ${wrong.message}`);
  return project;
}
