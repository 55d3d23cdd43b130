/** References to a resource of the wrong kind, where the schema says which kind a property takes. */
import { isList, isObject, pointerOf, segmentsOf } from '../json/pointer.ts';
import type { Declaration, Json, JsonObject, Pointer } from '../model.ts';
import type { Schemas } from '../ports.ts';
import { type Reference, referencesIn } from '../resolve/intrinsics.ts';
import { schemaAt } from '../schema/schema-types.ts';

export interface WrongReference {
  readonly message: string;
  readonly hint: string;
  /** Of the function call in the file. */
  readonly pointer: Pointer;
}

/** @param find the declaration that a name means, seen from this one */
export function wrongReferences(
  declaration: Declaration,
  properties: JsonObject,
  schemas: Schemas,
  find: (name: string) => Declaration | undefined,
): WrongReference[] {
  const schema = schemas.schema(declaration.type);
  return referencesIn(properties).flatMap((reference): WrongReference[] => {
    const path = valuePath(reference);
    const target = path === undefined ? undefined : find(reference.target);
    if (path === undefined || target === undefined || schemas.facts(target.type) === undefined) return [];
    const kinds = kindsAt(schemaAt(schema, path));
    const known = kinds.length > 0 && kinds.every((kind) => schemas.facts(kind) !== undefined);
    if (!known || kinds.some((kind) => standsFor(target.type, kind)) || !namesItself(reference, target.type, schemas)) return [];
    const property = segmentsOf(path).filter((segment) => segment !== '*');
    return [
      {
        message: `${property.join('.')} takes ${kinds.join(' or ')}, and ${target.logicalId} is ${target.type}`,
        hint: `refer to ${kinds.length === 1 ? 'a resource of that type' : 'a resource of one of these types'}, or give the value itself`,
        pointer: reference.pointer,
      },
    ];
  });
}

/** Types whose name or ARN is taken in the place of another's (Lambda and KMS developer guides; IAM service-linked roles). */
const STAND_INS: { readonly [kind: string]: readonly string[] } = {
  'AWS::Lambda::Function': ['AWS::Lambda::Alias', 'AWS::Lambda::Version'],
  'AWS::KMS::Key': ['AWS::KMS::Alias', 'AWS::KMS::ReplicaKey'],
  'AWS::IAM::Role': ['AWS::IAM::ServiceLinkedRole'],
};

const standsFor = (type: string, kind: string): boolean => type === kind || (STAND_INS[kind] ?? []).includes(type);

/** `Ref`, or an attribute that is the target's own name: a VPC also has a security group's id, and a database a key's. */
function namesItself({ kind, attribute }: Reference, type: string, schemas: Schemas): boolean {
  if (kind === 'Ref' || attribute === undefined) return kind === 'Ref';
  const facts = schemas.facts(type);
  const own = [...(facts?.ref ?? []), ...(facts?.primaryIdentifier ?? []).flatMap((pointer) => segmentsOf(pointer).join('.'))];
  return ['Arn', `${type.split('::').at(-1)}Arn`, ...own].includes(attribute);
}

/** Where the whole value is the reference, with `*` for items of lists; `undefined` inside another function. */
function valuePath({ kind, pointer }: Reference): Pointer | undefined {
  if (kind !== 'Ref' && kind !== 'GetAtt') return undefined;
  const segments = segmentsOf(pointer);
  const call = segments.findIndex((segment) => segment === 'Ref' || segment.startsWith('Fn::'));
  if (call < 1 || segments[call] === 'Fn::Sub' || call < segments.length - 1 - (kind === 'GetAtt' ? 1 : 0)) return undefined;
  return pointerOf(segments.slice(0, call).map((segment) => (/^\d+$/.test(segment) ? '*' : segment)));
}

/** Types named by the node itself or by its alternatives. A node that also takes something else says nothing. */
function kindsAt(node: JsonObject | undefined): readonly string[] {
  if (node === undefined) return [];
  const alternatives = [node.anyOf, node.oneOf].flatMap((list: Json | undefined) => (isList(list) ? list.filter(isObject) : []));
  const kinds = (alternatives.length > 0 ? alternatives : [node]).map(kindOf);
  return kinds.every((kind) => kind !== undefined) ? [...new Set(kinds)] : [];
}

/** `relationshipRef` of the registry, or `format: AWS::EC2::VPC.Id`, which is given for texts alone. */
function kindOf({ relationshipRef, format }: JsonObject): string | undefined {
  const related = isObject(relationshipRef) ? relationshipRef.typeName : undefined;
  if (typeof related === 'string') return related;
  return typeof format === 'string' ? /^(AWS::\w+::\w+)\.\w+$/.exec(format)?.[1] : undefined;
}
