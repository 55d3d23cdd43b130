/** A rule of a security group as intents see it. */
import type { Dialogue } from '../dialogue.ts';
import type { Edit } from '../reply.ts';
import type { Declared } from '../resources.ts';
import { plain } from '../tokenise.ts';
import type { DataObject } from '../wire.ts';

/** One rule and how to take it away again. */
export interface Rule {
  readonly data: DataObject;
  readonly remove: Edit;
  /** Inside which properties the rule stands, and where. */
  readonly owner: Declared;
  readonly path: readonly string[];
}

export function direction(dialogue: Dialogue): 'SecurityGroupIngress' | 'SecurityGroupEgress' {
  return /\b(egress|outbound|outgoing|saida)\b/.test(plain(dialogue.sentence)) ? 'SecurityGroupEgress' : 'SecurityGroupIngress';
}
