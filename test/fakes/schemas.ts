/** Four small types, one for each way in which a crashed create can be found again (cloud-control.md C3). */
import type { Schemas } from '../../src/engine/ports.ts';
import type { ResourceFacts, ResourceSchema } from '../../src/engine/schema/facts.ts';

/** `Tagged`: AWS gives the id. `Named`: the id is an optional name. `Bare`: AWS gives the id, and there are no tags. `Vault`: holds data. */
export const TYPES = ['Test::Svc::Tagged', 'Test::Svc::Named', 'Test::Svc::Bare', 'Test::Svc::Vault'] as const;

function factsFor(type: string): ResourceFacts {
  const named = type === 'Test::Svc::Named';
  const taggable = type !== 'Test::Svc::Bare';
  return {
    type,
    primaryIdentifier: named ? ['/Name'] : ['/Id'],
    readOnly: ['/Id', '/Arn'],
    writeOnly: ['/Secret'],
    createOnly: ['/Kind', '/Name'],
    conditionalCreateOnly: [],
    unordered: ['/Members'],
    required: [],
    defaults: {},
    propertyTransform: {},
    ...(taggable ? { tagProperty: '/Tags' } : {}),
    taggable,
    tagOnCreate: taggable,
    tagUpdatable: taggable,
    handlers: { create: true, read: true, update: true, delete: true, list: true },
    timeouts: {},
    listParents: [],
    ref: [named ? 'Name' : 'Id'],
    stateful: type === 'Test::Svc::Vault',
    replacementStrategy: 'create_then_delete',
  };
}

function schemaFor(type: string): ResourceSchema {
  const text = { type: 'string' };
  const list = (insertionOrder: boolean) => ({ type: 'array', insertionOrder, items: text });
  const tag = { type: 'object', properties: { Key: text, Value: text }, required: ['Key', 'Value'] };
  const tags = type === 'Test::Svc::Bare' ? {} : { Tags: { type: 'array', insertionOrder: false, items: tag } };
  const properties = {
    Id: text,
    Arn: text,
    Name: text,
    Kind: text,
    Size: { type: 'integer' },
    Secret: text,
    Uses: list(true),
    Members: list(false),
    ...tags,
  };
  return { typeName: type, additionalProperties: false, properties };
}

const facts = new Map<string, ResourceFacts>(TYPES.map((type) => [type, factsFor(type)]));
const schemas = new Map<string, ResourceSchema>(TYPES.map((type) => [type, schemaFor(type)]));

export const smallSchemas: Schemas = {
  facts: (type) => facts.get(type),
  schema: (type) => schemas.get(type),
  types: () => TYPES,
};
