/** `Sealer`: keyed hashes of secrets. A key file in the sandbox, a KMS HMAC key on AWS. */
import { createHmac, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canonicalJson } from '../engine/json/canonical.ts';
import type { Environment, Json } from '../engine/model.ts';
import type { Sealer } from '../engine/ports.ts';
import type { AwsConnection } from './client.ts';
import { signedJson } from './signed.ts';

/** HMAC-SHA256 with a key of 32 random bytes, made on first use, readable by its owner only. */
export function fileSealer(path: string): Sealer {
  let key: Promise<Buffer> | undefined;
  return {
    async hmac(value) {
      key ??= readOrMake(path);
      return createHmac('sha256', await key)
        .update(canonicalJson(value))
        .digest('hex');
    },
  };
}

async function readOrMake(path: string): Promise<Buffer> {
  const found = await readFile(path).catch(() => undefined);
  if (found !== undefined && found.length === 32) return found;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, randomBytes(32), { mode: 0o600 });
  // `link` fails when another process was first: its key is the one.
  await link(temporary, path).catch(() => undefined);
  await unlink(temporary);
  return readFile(path);
}

/** KMS `GenerateMac` under `alias/ial-<project>`, made by bootstrap. No key or no permission: `undefined`, values are unverifiable. */
export function kmsSealer(connection: AwsConnection, environment: Environment): Sealer {
  const alias = `alias/ial-${environment.project}`;
  const known = new Map<string, Promise<string | undefined>>();
  const ask = async (text: string): Promise<string | undefined> => {
    const message = Buffer.from(createHmac('sha256', 'ial').update(text).digest()).toString('base64');
    try {
      const reply = await signedJson(connection, 'kms', 'TrentService.GenerateMac', {
        KeyId: alias,
        MacAlgorithm: 'HMAC_SHA_256',
        Message: message,
      });
      return typeof reply.Mac === 'string' ? Buffer.from(reply.Mac, 'base64').toString('hex') : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    hmac(value: Json) {
      const text = canonicalJson(value);
      const asked = known.get(text) ?? ask(text);
      known.set(text, asked);
      return asked;
    },
  };
}
