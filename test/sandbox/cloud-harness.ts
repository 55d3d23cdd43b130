/** Cloud Control on real storage in a folder that goes away with the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { typeRegistry } from '../../src/sandbox/cloud/schemas.ts';
import { type CloudOptions, openCloud } from '../../src/sandbox/cloud/service.ts';
import type { JsonObject } from '../../src/sandbox/json.ts';
import { openStorage, type Storage } from '../../src/sandbox/storage.ts';
import type { Call } from '../../src/sandbox/wire.ts';

interface Output {
  readonly ProgressEvent: { readonly [name: string]: string } & { readonly RequestToken: string };
  readonly ResourceDescription: { readonly Identifier: string; readonly Properties: string };
  readonly ResourceDescriptions: readonly { readonly Identifier: string }[];
  readonly ResourceRequestStatusSummaries: readonly object[];
  readonly NextToken?: string;
}

const registry = typeRegistry();
const folders: string[] = [];
export const open: Storage[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((storage) => storage.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export const freshFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'ial-cloud-'));
  folders.push(folder);
  return folder;
};

export async function cloudSandbox(options: Partial<CloudOptions> = {}, folder = freshFolder()) {
  const storage = await openStorage(folder);
  open.push(storage);
  const cloud = await openCloud({ storage, registry, latency: () => 0, ...options });
  const call = async (operation: string, input: object) => {
    const made = { service: 'cloudcontrol', operation, protocol: 'json', input, body: Buffer.alloc(0), headers: {}, path: '/' };
    const reply = await cloud.service({ ...made, query: new URLSearchParams() } as Call);
    return (reply as unknown as { output: Output }).output;
  };
  const run = async (operation: string, input: object): Promise<Record<string, string>> => {
    const { RequestToken } = (await call(operation, input)).ProgressEvent;
    await cloud.settle();
    return (await call('GetResourceRequestStatus', { RequestToken })).ProgressEvent;
  };
  const create = (TypeName: string, model: object) => run('CreateResource', { TypeName, DesiredState: JSON.stringify(model) });
  const made = async (type: string, model: object) => {
    const event = await create(type, model);
    expect(event, `${type}: ${event.StatusMessage}`).toMatchObject({ OperationStatus: 'SUCCESS' });
    return String(event.Identifier);
  };
  const read = async (TypeName: string, Identifier: string): Promise<JsonObject> =>
    JSON.parse((await call('GetResource', { TypeName, Identifier })).ResourceDescription.Properties);
  const update = (TypeName: string, Identifier: string, patch: object[]) =>
    run('UpdateResource', { TypeName, Identifier, PatchDocument: JSON.stringify(patch) });
  const remove = (TypeName: string, Identifier: string) => run('DeleteResource', { TypeName, Identifier });
  return { ...cloud, storage, folder, call, run, create, made, read, update, remove };
}
