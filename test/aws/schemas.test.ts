import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { fileSealer } from '../../src/aws/sealer.ts';

const directory = fileURLToPath(new URL('../../schemas', import.meta.url));

test('every packaged type has facts with defaults and a schema', () => {
  const schemas = packagedSchemas(directory);
  expect(schemas.types()).toHaveLength(1584);
  for (const type of schemas.types()) {
    expect(schemas.facts(type), type).toMatchObject({
      type,
      readOnly: expect.any(Array),
      defaults: expect.any(Object),
      stateful: expect.any(Boolean),
    });
    expect(schemas.schema(type), type).toHaveProperty('typeName', type);
  }
  expect(schemas.facts('AWS::EC2::SecurityGroup')?.handlers.update).toBe(true);
});

test('types that do not exist, also ones that name a path, are unknown', () => {
  const schemas = packagedSchemas(directory);
  for (const type of ['AWS::No::Thing', 'constructor', '../../package::x', '__proto__']) {
    expect(schemas.facts(type as never)).toBeUndefined();
    expect(schemas.schema(type as never)).toBeUndefined();
  }
});

test('two sealers over one path agree on a key only the owner can read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ial-seal-'));
  const path = join(folder, 'inner', 'hmac.key');
  const hashes = await Promise.all(Array.from({ length: 8 }, () => fileSealer(path).hmac({ b: 1, a: 2 })));
  expect(new Set([...hashes, await fileSealer(path).hmac({ a: 2, b: 1 })]).size).toBe(1);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path)).toHaveLength(32);
  rmSync(folder, { recursive: true });
});
