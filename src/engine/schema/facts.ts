/** What the packaged schemas say about a resource type. */
import type { Json, JsonObject, Pointer, TypeName } from '../model.ts';

/** What a registry schema says about one type, joined with CDK's service specification (DESIGN §9). Pointers use `*` for list items. */
export interface ResourceFacts {
  readonly type: TypeName;
  readonly primaryIdentifier: readonly Pointer[];
  readonly readOnly: readonly Pointer[];
  readonly writeOnly: readonly Pointer[];
  readonly createOnly: readonly Pointer[];
  readonly conditionalCreateOnly: readonly Pointer[];
  /** Lists whose order AWS does not keep (`insertionOrder: false`). */
  readonly unordered: readonly Pointer[];
  readonly required: readonly string[];
  readonly defaults: { readonly [pointer: Pointer]: Json };
  /** JSONata by pointer, applied to the desired value before comparing. */
  readonly propertyTransform: { readonly [pointer: Pointer]: string };
  readonly tagProperty?: Pointer;
  readonly taggable: boolean;
  readonly tagOnCreate: boolean;
  readonly tagUpdatable: boolean;
  /** Which handlers Cloud Control has; `timeouts` in minutes where the schema gives one. */
  readonly handlers: { readonly [operation in 'create' | 'read' | 'update' | 'delete' | 'list']: boolean };
  readonly timeouts: { readonly create?: number; readonly update?: number; readonly delete?: number };
  /** Properties `list` needs in its resource model. */
  readonly listParents: readonly string[];
  /** Properties whose values `Ref` returns, joined with `|` when several. */
  readonly ref: readonly string[];
  /** Holds data: deletion or replacement needs the typed name. */
  readonly stateful: boolean;
  readonly replacementStrategy: 'create_then_delete' | 'delete_then_create';
}

/** A registry schema, prose removed: JSON Schema draft-07 with CloudFormation's own keywords. */
export type ResourceSchema = JsonObject;
