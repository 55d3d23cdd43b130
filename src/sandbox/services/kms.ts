/** KMS, as far as hashes of secrets need it: HMAC keys by alias. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { ACCOUNT, type JsonObject, REGION } from '../json.ts';
import type { Storage } from '../storage.ts';
import { type Service, serviceOf, text } from '../wire.ts';

interface Key {
  readonly id: string;
  /** Base64. */
  readonly material: string;
}

export async function openKms(storage: Storage): Promise<Service> {
  const keys = await storage.collection<Key>('kms-key');
  const aliases = await storage.collection<string>('kms-alias');
  const known = (input: JsonObject): Key => {
    const given = text(input, 'KeyId');
    const key = keys.get((aliases.get(given) ?? given).split('key/').pop() ?? given);
    if (key) return key;
    throw new ServiceError('NotFoundException', `Key '${given}' does not exist`);
  };
  const arn = (id: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`;
  const mac = (input: JsonObject) =>
    createHmac('sha256', Buffer.from(known(input).material, 'base64')).update(Buffer.from(text(input, 'Message'), 'base64'));
  return serviceOf({
    CreateKey: async () => {
      const id = randomUUID();
      await storage.commit([keys.set(id, { id, material: randomBytes(32).toString('base64') })]);
      return { KeyMetadata: { KeyId: id, Arn: arn(id), KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC', Enabled: true } };
    },
    CreateAlias: async (input) => {
      await storage.commit([aliases.set(text(input, 'AliasName'), text(input, 'TargetKeyId'))]);
      return {};
    },
    DescribeKey: (input) => ({ KeyMetadata: { KeyId: known(input).id, Arn: arn(known(input).id), Enabled: true } }),
    GenerateMac: (input) => ({ Mac: mac(input).digest('base64'), KeyId: arn(known(input).id), MacAlgorithm: 'HMAC_SHA_256' }),
    VerifyMac: (input) => {
      if (mac(input).digest('base64') === text(input, 'Mac')) return { MacValid: true, KeyId: arn(known(input).id) };
      throw new ServiceError('KMSInvalidMacException', '');
    },
  });
}
