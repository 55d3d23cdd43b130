/** One phase deployed to the sandbox anew for each test of a file, and changes of it by hand. */
import { CloudControlClient, DeleteResourceCommand, UpdateResourceCommand } from '@aws-sdk/client-cloudcontrol';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Json, Properties } from '../../src/engine/model.ts';
import type { ResourceRow } from '../../src/engine/state/records.ts';
import { type Place, placeIn } from '../rollback/place.ts';
import { type Sandbox, startSandbox } from '../sandbox-deploy/ports.ts';

/** The file that holds the phase. */
export const FILE = 'phases/01-app.yaml';

export interface DeployedPlace {
  readonly place: Place;
  readonly sandbox: Sandbox;
  /** The phase as it was deployed for this test. */
  readonly text: string;
  /** The row of a resource that is there. */
  row(address: string): Promise<ResourceRow & { readonly Identifier: string }>;
  live(address: string): Promise<Properties | undefined>;
  /** Somebody sets a property in AWS. */
  byHand(address: string, path: string, value: Json): Promise<void>;
  /** Somebody deletes a resource in AWS. */
  deleteByHand(address: string): Promise<void>;
}

/** @param phase its text, in which `NAME` stands for a name that no other test has */
export function deployedPlace(prefix: string, phase: string): DeployedPlace {
  let sandbox: Sandbox;
  let client: CloudControlClient;
  let place: Place;
  let text = '';
  let count = 0;
  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new CloudControlClient(sandbox.connection);
  }, 60_000);
  afterAll(async () => {
    client.destroy();
    await sandbox.close();
  });
  beforeEach(async () => {
    count += 1;
    place = placeIn(sandbox, `${prefix}${count}`);
    text = phase.replaceAll('NAME', `${prefix}${count}`);
    place.commit({ [FILE]: text });
    expect((await place.apply()).record.result).toBe('Success');
  });
  const row = async (address: string) => {
    const found = await place.ports.state.row(address);
    if (found?.Identifier === undefined) throw new Error(`${address} is not there`);
    return { ...found, Identifier: found.Identifier };
  };
  // The sandbox carries out what it is asked for within a few milliseconds.
  const settled = () => new Promise((resolve) => setTimeout(resolve, 60));
  return {
    get place() {
      return place;
    },
    get sandbox() {
      return sandbox;
    },
    get text() {
      return text;
    },
    row,
    async live(address) {
      const { Type, Identifier } = await row(address);
      return (await place.ports.cloud.read(Type, Identifier))?.properties;
    },
    async byHand(address, path, value) {
      const { Type, Identifier } = await row(address);
      const PatchDocument = JSON.stringify([{ op: 'add', path, value }]);
      await client.send(new UpdateResourceCommand({ TypeName: Type, Identifier, PatchDocument }));
      await settled();
    },
    async deleteByHand(address) {
      const { Type, Identifier } = await row(address);
      await client.send(new DeleteResourceCommand({ TypeName: Type, Identifier }));
      await settled();
    },
  };
}
