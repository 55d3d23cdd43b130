/** S3, as far as the Lambda bundle needs it: buckets and whole objects, path style. */
import { createHash } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import type { Call, Reply, Service } from '../wire.ts';
import { unknownOperation } from '../wire.ts';
import { escapeXml } from '../xml.ts';

interface StoredObject {
  /** Base64. */
  readonly body: string;
  readonly type: string;
  readonly etag: string;
  readonly time: string;
}

export interface S3 {
  readonly service: Service;
  createBucket(name: string): Promise<void>;
  deleteBucket(name: string): Promise<void>;
}

export async function openS3(storage: Storage): Promise<S3> {
  const buckets = await storage.collection<{ readonly created: string }>('s3-bucket');
  const objects = await storage.collection<StoredObject>('s3-object');
  const createBucket = (name: string) => storage.commit([buckets.set(name, { created: new Date().toISOString() })]);
  const deleteBucket = async (name: string) => {
    if ([...objects.entries()].some(([key]) => key.startsWith(`${name}/`))) {
      throw new ServiceError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    }
    await storage.commit([buckets.delete(name)]);
  };
  const onBucket = async (call: Call, bucket: string): Promise<Reply> => {
    if (call.operation === 'PUT') await createBucket(bucket);
    else if (!buckets.get(bucket)) throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist', 404);
    else if (call.operation === 'DELETE') await deleteBucket(bucket);
    else if (call.operation === 'GET') return listing(bucket, call.query.get('prefix') ?? '', objects.entries());
    return empty(200);
  };
  const onObject = async (call: Call, bucket: string, key: string): Promise<Reply> => {
    if (!buckets.get(bucket)) throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist', 404);
    const path = `${bucket}/${key}`;
    if (call.operation === 'PUT') {
      const etag = `"${createHash('md5').update(call.body).digest('hex')}"`;
      const type = call.headers['content-type'] ?? 'application/octet-stream';
      await storage.commit([objects.set(path, { body: call.body.toString('base64'), type, etag, time: new Date().toISOString() })]);
      return empty(200, { etag });
    }
    if (call.operation === 'DELETE') {
      await storage.commit([objects.delete(path)]);
      return empty(204);
    }
    const found = objects.get(path);
    if (!found) throw new ServiceError('NoSuchKey', 'The specified key does not exist.', 404);
    const headers = { 'content-type': found.type, etag: found.etag, 'last-modified': new Date(found.time).toUTCString() };
    return { kind: 'raw', status: 200, headers, body: call.operation === 'HEAD' ? '' : Buffer.from(found.body, 'base64') };
  };
  const service: Service = async (call) => {
    if (!['GET', 'PUT', 'HEAD', 'DELETE'].includes(call.operation)) throw unknownOperation('s3', call.operation);
    const [, bucket = '', ...rest] = decodeURIComponent(call.path).split('/');
    if (bucket === '') return bucketList(buckets.entries());
    return rest.join('/') === '' ? onBucket(call, bucket) : onObject(call, bucket, rest.join('/'));
  };
  return { service, createBucket, deleteBucket };
}

const XML = { 'content-type': 'application/xml' };
const xml = (body: string): Reply => ({ kind: 'raw', status: 200, headers: XML, body: `<?xml version="1.0" encoding="UTF-8"?>${body}` });
const empty = (status: number, headers: { readonly [name: string]: string } = {}): Reply => ({ kind: 'raw', status, headers, body: '' });

function bucketList(entries: Iterable<[string, { readonly created: string }]>): Reply {
  const list = [...entries].map(
    ([name, { created }]) => `<Bucket><Name>${escapeXml(name)}</Name><CreationDate>${created}</CreationDate></Bucket>`,
  );
  return xml(`<ListAllMyBucketsResult><Buckets>${list.join('')}</Buckets></ListAllMyBucketsResult>`);
}

function listing(bucket: string, prefix: string, entries: Iterable<[string, StoredObject]>): Reply {
  const inside = [...entries].filter(([path]) => path.startsWith(`${bucket}/${prefix}`));
  const contents = inside.map(([path, { etag, time, body }]) => {
    const size = Buffer.byteLength(body, 'base64');
    const key = escapeXml(path.slice(bucket.length + 1));
    return `<Contents><Key>${key}</Key><LastModified>${time}</LastModified><ETag>${escapeXml(etag)}</ETag><Size>${size}</Size></Contents>`;
  });
  const head = `<Name>${escapeXml(bucket)}</Name><Prefix>${escapeXml(prefix)}</Prefix><KeyCount>${inside.length}</KeyCount><IsTruncated>false</IsTruncated>`;
  return xml(`<ListBucketResult>${head}${contents.join('')}</ListBucketResult>`);
}
