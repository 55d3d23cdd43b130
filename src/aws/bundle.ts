/** The drift function's code in its bucket. One object, asked for and put by signed calls: no S3 client in the runtime tree for that. */
import type { AwsConnection } from './client.ts';
import { toIalError } from './errors.ts';
import { signedObject } from './signed.ts';

export interface Bundle {
  /** Made of the content: the same code is never uploaded twice. */
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** @returns false when the bucket has it already. @throws IalError `CREDENTIALS`, `CLOUD_UNREACHABLE`, `CLOUD_REQUEST_FAILED` */
export async function uploadBundle(connection: AwsConnection, bucket: string, { key, bytes }: Bundle): Promise<boolean> {
  try {
    if ((await signedObject(connection, 'HEAD', bucket, key)) !== 404) return false;
    await signedObject(connection, 'PUT', bucket, key, bytes);
    return true;
  } catch (error) {
    throw toIalError(error, { service: 'S3', endpoint: connection.endpoint });
  }
}
