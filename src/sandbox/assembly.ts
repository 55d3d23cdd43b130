/** Every service over one storage, and the wires between them. */
import { bridgesTo } from './bridges.ts';
import { typeRegistry } from './cloud/schemas.ts';
import { type CloudService, type Operation, openCloud } from './cloud/service.ts';
import { type Dynamo, openDynamo } from './dynamo/service.ts';
import type { Faults } from './faults.ts';
import type { JsonObject } from './json.ts';
import { type Latency, requestLatency } from './latency.ts';
import type { ModelHandler } from './model-handler.ts';
import { bedrock } from './services/bedrock.ts';
import { openKms } from './services/kms.ts';
import { cloudFormation, type Exports, ec2, openExports } from './services/lookups.ts';
import { openParameters } from './services/parameters.ts';
import { openS3 } from './services/s3.ts';
import { openSecrets } from './services/secrets.ts';
import { openSns, type Sns } from './services/sns.ts';
import { sts } from './services/sts.ts';
import type { Storage } from './storage.ts';
import { openTrail, type Trail } from './trail.ts';
import type { Service } from './wire.ts';

export interface Services {
  readonly dynamo: Dynamo;
  readonly cloud: CloudService;
  readonly sns: Sns;
  readonly trail: Trail;
  readonly exports: Exports;
  of(service: string): Service | undefined;
}

export interface AssemblyOptions {
  readonly model: ModelHandler;
  readonly faults: Faults;
  readonly latency: () => Latency;
  readonly onChange: (event: JsonObject) => void;
}

export async function openServices(storage: Storage, { model, faults, latency, onChange }: AssemblyOptions): Promise<Services> {
  const [dynamo, sns, parameters, secrets, s3, kms, trail, exports] = await Promise.all([
    openDynamo(storage),
    openSns(storage),
    openParameters(storage),
    openSecrets(storage),
    openS3(storage),
    openKms(storage),
    openTrail(storage),
    openExports(storage),
  ]);
  const registry = typeRegistry();
  const cloud = await openCloud({
    storage,
    registry,
    latency: (request) => requestLatency(latency(), request),
    bridges: bridgesTo({ dynamo: dynamo.service, sns, parameters, s3 }),
    onChange: ({ event }) => {
      // The storage may be closing; the change itself is safe.
      void trail.add(event).catch(() => undefined);
      onChange(event);
    },
    intercept: (phase, operation, typeName) => {
      const fault = phase === 'accepted' ? faults.biteRequest(operationName(operation), typeName) : undefined;
      return fault === undefined
        ? 'go'
        : { fail: fault.errorCode ?? 'InternalFailure', message: 'a fault of the sandbox, asked for by a test' };
    },
  });
  const services: { readonly [name: string]: Service } = {
    dynamodb: dynamo.service,
    cloudcontrol: cloud.service,
    sts,
    sns: sns.service,
    ssm: parameters.service,
    secretsmanager: secrets,
    kms,
    ec2,
    cloudformation: cloudFormation(exports, registry),
    s3: s3.service,
    bedrock: bedrock(model),
  };
  return { dynamo, cloud, sns, trail, exports, of: (name) => (Object.hasOwn(services, name) ? services[name] : undefined) };
}

function operationName(operation: Operation): string {
  return { CREATE: 'CreateResource', UPDATE: 'UpdateResource', DELETE: 'DeleteResource' }[operation];
}
