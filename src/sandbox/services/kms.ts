/** KMS: HMAC keys for the hashes of secrets, symmetric keys for values. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { ACCOUNT, isObject, type JsonObject, REGION } from '../json.ts';
import type { Collection, Storage } from '../storage.ts';
import { optionalText, type Service, serviceOf, text } from '../wire.ts';

interface Key {
  readonly id: string;
  readonly usage: 'ENCRYPT_DECRYPT' | 'GENERATE_VERIFY_MAC';
  /** Base64, 32 bytes. */
  readonly material: string;
}

interface Ring {
  readonly keys: Collection<Key>;
  readonly aliases: Collection<string>;
}

const arnOf = ({ id }: Key) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`;

export async function openKms(storage: Storage): Promise<Service> {
  const ring: Ring = { keys: await storage.collection('kms-keys'), aliases: await storage.collection('kms-alias') };
  return serviceOf({
    CreateKey: async (input) => {
      const usage = optionalText(input, 'KeyUsage') === 'GENERATE_VERIFY_MAC' ? 'GENERATE_VERIFY_MAC' : 'ENCRYPT_DECRYPT';
      const key: Key = { id: randomUUID(), usage, material: randomBytes(32).toString('base64') };
      await storage.commit([ring.keys.set(key.id, key)]);
      return { KeyMetadata: metadata(key) };
    },
    CreateAlias: async (input) => {
      await storage.commit([ring.aliases.set(text(input, 'AliasName'), keyOf(ring, text(input, 'TargetKeyId')).id)]);
      return {};
    },
    DescribeKey: (input) => ({ KeyMetadata: metadata(keyOf(ring, text(input, 'KeyId'))) }),
    GenerateMac: (input) => {
      const key = keyFor(ring, input, 'GENERATE_VERIFY_MAC');
      return { Mac: mac(key, input).toString('base64'), KeyId: arnOf(key), MacAlgorithm: 'HMAC_SHA_256' };
    },
    VerifyMac: (input) => {
      const key = keyFor(ring, input, 'GENERATE_VERIFY_MAC');
      const [expected, given] = [mac(key, input), Buffer.from(text(input, 'Mac'), 'base64')];
      if (expected.length === given.length && timingSafeEqual(expected, given)) {
        return { MacValid: true, KeyId: arnOf(key), MacAlgorithm: 'HMAC_SHA_256' };
      }
      throw new ServiceError('KMSInvalidMacException', 'the MAC is not of this message and key');
    },
    Encrypt: (input) => encrypt(keyFor(ring, input, 'ENCRYPT_DECRYPT'), input),
    Decrypt: (input) => decrypt(ring, input),
  });
}

function metadata(key: Key): object {
  const spec = key.usage === 'ENCRYPT_DECRYPT' ? 'SYMMETRIC_DEFAULT' : 'HMAC_256';
  return { KeyId: key.id, Arn: arnOf(key), AWSAccountId: ACCOUNT, KeySpec: spec, KeyUsage: key.usage, KeyState: 'Enabled', Enabled: true };
}

/** By id, ARN, `alias/<name>` or an alias's ARN. @throws ServiceError `NotFoundException` */
function keyOf({ keys, aliases }: Ring, given: string): Key {
  const name = given.startsWith('arn:') ? (given.split(':')[5] ?? '') : given;
  const key = keys.get(aliases.get(name) ?? name.replace(/^key\//, ''));
  if (key) return key;
  throw new ServiceError('NotFoundException', `Key '${given}' does not exist`);
}

function keyFor(ring: Ring, input: JsonObject, usage: Key['usage']): Key {
  const key = keyOf(ring, text(input, 'KeyId'));
  if (key.usage === usage) return key;
  throw new ServiceError('InvalidKeyUsageException', `${arnOf(key)} key usage is ${key.usage} which is not valid for this operation`);
}

const mac = (key: Key, input: JsonObject) =>
  createHmac('sha256', Buffer.from(key.material, 'base64'))
    .update(Buffer.from(text(input, 'Message'), 'base64'))
    .digest();

/** The encryption context in a fixed order: part of what is authenticated. */
function contextOf({ EncryptionContext: context }: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(isObject(context) ? Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)) : []));
}

const [ID_BYTES, IV_BYTES, TAG_BYTES] = [36, 12, 16];

/** Key id, IV, tag, ciphertext. */
function encrypt(key: Key, input: JsonObject): object {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key.material, 'base64'), iv).setAAD(contextOf(input));
  const sealed = Buffer.concat([cipher.update(Buffer.from(text(input, 'Plaintext'), 'base64')), cipher.final()]);
  const blob = Buffer.concat([Buffer.from(key.id), iv, cipher.getAuthTag(), sealed]);
  return { CiphertextBlob: blob.toString('base64'), KeyId: arnOf(key), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
}

function decrypt(ring: Ring, input: JsonObject): object {
  const blob = Buffer.from(text(input, 'CiphertextBlob'), 'base64');
  const part = (start: number, length?: number) => blob.subarray(start, length === undefined ? undefined : start + length);
  const key = ring.keys.get(part(0, ID_BYTES).toString());
  const asked = optionalText(input, 'KeyId');
  if (asked !== undefined && key && keyOf(ring, asked).id !== key.id) {
    throw new ServiceError('IncorrectKeyException', 'the ciphertext was made with another key');
  }
  try {
    if (!key) throw new Error('of no key here');
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key.material, 'base64'), part(ID_BYTES, IV_BYTES));
    decipher.setAAD(contextOf(input)).setAuthTag(part(ID_BYTES + IV_BYTES, TAG_BYTES));
    const plain = Buffer.concat([decipher.update(part(ID_BYTES + IV_BYTES + TAG_BYTES)), decipher.final()]);
    return { Plaintext: plain.toString('base64'), KeyId: arnOf(key), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
  } catch {
    throw new ServiceError('InvalidCiphertextException', 'the ciphertext is damaged, or of another key or context');
  }
}
