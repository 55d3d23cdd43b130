/** S3, as far as the Lambda bundle needs it: buckets and whole objects, path style. What it does not serve it refuses by name. */
import { createHash } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { REGION } from '../json.ts';
import { decodedPath } from '../router.ts';
import type { Collection, Storage } from '../storage.ts';
import { type Call, type Reply, type Service, unknownOperation } from '../wire.ts';
import { escapeXml } from '../xml.ts';

interface StoredObject {
  /** Base64. */
  readonly body: string;
  readonly type: string;
  /** With its quotation marks. */
  readonly etag: string;
  /** ISO. */
  readonly time: string;
}

export interface S3 {
  readonly service: Service;
  createBucket(name: string): Promise<void>;
  deleteBucket(name: string): Promise<void>;
}

interface State {
  readonly storage: Storage;
  readonly buckets: Collection<{ readonly created: string }>;
  /** By `bucket/key`. */
  readonly objects: Collection<StoredObject>;
}

export async function openS3(storage: Storage): Promise<S3> {
  const state: State = { storage, buckets: await storage.collection('s3-bucket'), objects: await storage.collection('s3-object') };
  return {
    service: (call) => answer(state, call),
    createBucket: (name) => createBucket(state, name),
    deleteBucket: (name) => deleteBucket(state, name),
  };
}

/** Query parameters that do not change what is asked. */
const HARMLESS = /^(x-id|x-amz-.*|list-type|prefix|delimiter|max-keys|start-after|encoding-type|fetch-owner|continuation-token)$/i;

async function answer(state: State, call: Call): Promise<Reply> {
  const [, bucket = '', ...rest] = decodedPath(call.path).split('/');
  const key = rest.join('/');
  const locating = call.operation === 'GET' && call.query.has('location');
  const strange = [...call.query.keys()].find((name) => !HARMLESS.test(name) && !(locating && name === 'location'));
  if (strange !== undefined || !['GET', 'PUT', 'HEAD', 'DELETE'].includes(call.operation) || call.headers['x-amz-copy-source']) {
    throw unknownOperation('s3', `${call.operation} ${strange ?? ''}`.trim(), 'rest-xml');
  }
  if (bucket === '') return bucketList(state.buckets.entries());
  if (call.operation === 'PUT' && key === '') return createBucket(state, bucket).then(() => empty(200, { location: `/${bucket}` }));
  if (!state.buckets.get(bucket)) throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (key !== '') return onObject(state, call, `${bucket}/${key}`);
  if (locating) return xml(`<LocationConstraint xmlns="${NAMESPACE}"/>`);
  return onBucket(state, call, bucket);
}

async function createBucket({ storage, buckets }: State, name: string): Promise<void> {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) throw new ServiceError('InvalidBucketName', 'The specified bucket is not valid.');
  if (!buckets.get(name)) await storage.commit([buckets.set(name, { created: new Date().toISOString() })]);
}

async function deleteBucket({ storage, buckets, objects }: State, name: string): Promise<void> {
  if ([...objects.entries()].some(([key]) => key.startsWith(`${name}/`))) {
    throw new ServiceError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
  }
  await storage.commit([buckets.delete(name)]);
}

async function onBucket(state: State, call: Call, bucket: string): Promise<Reply> {
  if (call.operation === 'GET') return listing(state, call, bucket);
  if (call.operation === 'DELETE') return deleteBucket(state, bucket).then(() => empty(204));
  return empty(200, { 'x-amz-bucket-region': REGION });
}

async function onObject({ storage, objects }: State, call: Call, path: string): Promise<Reply> {
  if (call.operation === 'PUT') {
    const body = bodyOf(call);
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const type = call.headers['content-type'] ?? 'application/octet-stream';
    await storage.commit([objects.set(path, { body: body.toString('base64'), type, etag, time: new Date().toISOString() })]);
    return empty(200, { etag });
  }
  if (call.operation === 'DELETE') {
    await storage.commit([objects.delete(path)]);
    return empty(204);
  }
  const found = objects.get(path);
  if (!found) throw new ServiceError('NoSuchKey', 'The specified key does not exist.', 404);
  const body = Buffer.from(found.body, 'base64');
  const modified = new Date(found.time).toUTCString();
  const headers = { 'content-type': found.type, 'content-length': String(body.length), etag: found.etag, 'last-modified': modified };
  return { kind: 'raw', status: 200, headers, body: call.operation === 'HEAD' ? '' : body };
}

/** SDKs send streams as `aws-chunked`: `<hex size>[;signature]\r\n<bytes>\r\n ... 0\r\n<trailers>`. */
function bodyOf({ body, headers }: Call): Buffer {
  const chunked = (headers['content-encoding'] ?? '').includes('aws-chunked') || headers['x-amz-decoded-content-length'] !== undefined;
  if (!chunked) return body;
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.subarray(at, end).toString('latin1'), 16);
    if (end < 0 || !(size >= 0) || end + 2 + size > body.length)
      throw new ServiceError('IncompleteBody', 'the aws-chunked body is damaged');
    if (size === 0) break;
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const XML = { 'content-type': 'application/xml' };
const xml = (body: string): Reply => ({ kind: 'raw', status: 200, headers: XML, body: `<?xml version="1.0" encoding="UTF-8"?>${body}` });
const empty = (status: number, headers: { readonly [name: string]: string } = {}): Reply => ({ kind: 'raw', status, headers, body: '' });
const tag = (name: string, value: string | number) => `<${name}>${escapeXml(String(value))}</${name}>`;

function bucketList(entries: Iterable<[string, { readonly created: string }]>): Reply {
  const list = [...entries].map(([name, { created }]) => `<Bucket>${tag('Name', name)}${tag('CreationDate', created)}</Bucket>`);
  return xml(`<ListAllMyBucketsResult xmlns="${NAMESPACE}"><Buckets>${list.join('')}</Buckets></ListAllMyBucketsResult>`);
}

/** In order of keys; what lies below a delimiter is told once, as its prefix. One page holds up to 1,000 keys. */
function listing({ objects }: State, { query }: Call, bucket: string): Reply {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const keys = [...objects.entries()]
    .filter(([path]) => path.startsWith(`${bucket}/${prefix}`))
    .map(([path, object]) => ({ key: path.slice(bucket.length + 1), object }))
    .filter(({ key }) => key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const below = (key: string) => (delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length));
  const folders = new Set(keys.flatMap(({ key }) => (below(key) < 0 ? [] : [key.slice(0, below(key) + delimiter.length)])));
  const direct = keys.filter(({ key }) => below(key) < 0);
  const page = direct.slice(0, Math.min(Number(query.get('max-keys') ?? 1_000) || 0, 1_000));
  const more = page.length < direct.length;
  const contents = page.map(({ key, object: { etag, time, body } }) => {
    const size = Buffer.byteLength(body, 'base64');
    const fields = tag('Key', key) + tag('LastModified', time) + tag('ETag', etag) + tag('Size', size) + tag('StorageClass', 'STANDARD');
    return `<Contents>${fields}</Contents>`;
  });
  const next = more ? tag('NextContinuationToken', page.at(-1)?.key ?? '') : '';
  const head =
    tag('Name', bucket) + tag('Prefix', prefix) + tag('KeyCount', page.length + folders.size) + tag('IsTruncated', String(more)) + next;
  const prefixes = [...folders].map((folder) => `<CommonPrefixes>${tag('Prefix', folder)}</CommonPrefixes>`).join('');
  return xml(`<ListBucketResult xmlns="${NAMESPACE}">${head}${contents.join('')}${prefixes}</ListBucketResult>`);
}
