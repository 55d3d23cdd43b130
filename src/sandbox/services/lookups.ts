/** EC2's zones, CloudFormation's exports and types: what a plan looks up beside resources. */
import type { TypeFacts, TypeRegistry } from '../cloud/schemas.ts';
import { ServiceError } from '../errors.ts';
import { ACCOUNT, isObject, type JsonObject, REGION } from '../json.ts';
import type { Storage } from '../storage.ts';
import { type Service, serviceOf, text } from '../wire.ts';

const ZONES = ['a', 'b', 'c', 'd', 'f'].map((letter, index) => ({
  'zone-name': `${REGION}${letter}`,
  'zone-id': `use1-az${index + 1}`,
  'zone-type': 'availability-zone',
  state: 'available',
  'region-name': REGION,
  'group-name': REGION,
}));

type Zone = (typeof ZONES)[number];

/** `Filter.1.Name`, `Filter.1.Value.1`, `ZoneName.1`: a zone must match one value of each. */
function chosen(input: JsonObject): (zone: Zone) => boolean {
  const list = (value: unknown) => (isObject(value) ? Object.values(value) : []);
  const filters = list(input.Filter)
    .filter(isObject)
    .map(({ Name, Value }) => ({ name: String(Name), values: list(Value).map(String) }));
  const names = list(input.ZoneName).map(String);
  const all = names.length === 0 ? filters : [...filters, { name: 'zone-name', values: names }];
  return (zone) => all.every(({ name, values }) => values.includes((zone as { readonly [name: string]: string })[name] ?? ''));
}

export const ec2: Service = serviceOf({
  DescribeAvailabilityZones: (input) => ({
    availabilityZoneInfo: ZONES.filter(chosen(input)).map((zone) => ({
      zoneName: zone['zone-name'],
      zoneId: zone['zone-id'],
      zoneState: zone.state,
      regionName: zone['region-name'],
      groupName: zone['group-name'],
      networkBorderGroup: zone['group-name'],
      zoneType: zone['zone-type'],
      optInStatus: 'opt-in-not-required',
    })),
  }),
});

/** What other stacks export; there are no stacks here, so it is told through the admin API. */
export interface Exports {
  all(): { readonly [name: string]: string };
  replace(exports: { readonly [name: string]: string }): Promise<unknown>;
}

export async function openExports(storage: Storage): Promise<Exports> {
  const exports = await storage.collection<string>('cloudformation-export');
  const all = () => Object.fromEntries(exports.entries());
  return {
    all,
    async replace(given) {
      const gone = [...exports.entries()].filter(([name]) => !Object.hasOwn(given, name));
      await storage.commit([
        ...gone.map(([name]) => exports.delete(name)),
        ...Object.entries(given).map(([name, value]) => exports.set(name, value)),
      ]);
      return all();
    },
  };
}

/** What Cloud Control can do with a type, in CloudFormation's words. */
function provisioningType({ handlers }: TypeFacts): string {
  if (handlers.create === false) return 'NON_PROVISIONABLE';
  return handlers.update === false ? 'IMMUTABLE' : 'FULLY_MUTABLE';
}

function describeType(registry: TypeRegistry, type: string): object {
  const [facts, schema] = [registry.facts(type), registry.schema(type)];
  if (facts === undefined || schema === undefined)
    throw new ServiceError('TypeNotFoundException', `The type '${type}' cannot be found.`, 404);
  return {
    Arn: `arn:aws:cloudformation:${REGION}::type/resource/${type.replaceAll('::', '-')}`,
    Type: 'RESOURCE',
    TypeName: type,
    IsActivated: true,
    Schema: JSON.stringify(schema),
    ProvisioningType: provisioningType(facts),
    DeprecatedStatus: 'LIVE',
    Visibility: 'PUBLIC',
  };
}

export function cloudFormation(exports: Pick<Exports, 'all'>, registry: TypeRegistry): Service {
  const ExportingStackId = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/other/1`;
  return serviceOf({
    DescribeType: (input) => describeType(registry, text(input, 'TypeName')),
    ListExports: () => ({ Exports: Object.entries(exports.all()).map(([Name, Value]) => ({ Name, Value, ExportingStackId })) }),
  });
}
