/** What making a resource is told, and what comes of it. */
import type { Dialogue } from '../dialogue.ts';
import type { Edit } from '../reply.ts';
import type { Listed } from '../resources.ts';
import type { DataObject } from '../wire.ts';

export interface Making {
  readonly dialogue: Dialogue;
  readonly listed: readonly Listed[];
  /** As the person calls it; empty when no name is said. */
  readonly name: string;
}

/** What is written. `file`: where it has to stand; `id`: its name, where it follows from what it is for; `along`: what it cannot be without. */
export interface Made {
  readonly properties: DataObject;
  readonly file?: string;
  readonly id?: string;
  readonly along?: (logicalId: string, file: string) => readonly Edit[];
}

export function fileOf(resource: Listed): string {
  return resource.at.replace(/:\d+$/, '');
}
