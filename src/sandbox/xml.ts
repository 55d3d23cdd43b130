/** XML for the query protocols. Lists are written as `member` (query) or `item` (EC2). */
import type { ServiceError } from './errors.ts';

const NAMESPACES: { readonly [service: string]: string } = {
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  sns: 'http://sns.amazonaws.com/doc/2010-03-31/',
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  cloudformation: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
};

const ENTITIES: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Also drops the control characters XML cannot hold. */
export function escapeXml(value: string): string {
  return value
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function element(name: string, value: unknown, item: string): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return `<${name}>${value.map((entry) => element(item, entry, item)).join('')}</${name}>`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, entry]) => `<entry>${element('key', key, item)}${element('value', entry, item)}</entry>`);
    return `<${name}>${entries.join('')}</${name}>`;
  }
  if (typeof value === 'object') return `<${name}>${children(value, item)}</${name}>`;
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

const children = (value: object, item: string) =>
  Object.entries(value)
    .map(([key, entry]) => element(key, entry, item))
    .join('');

export function xmlDocument(operation: string, value: object, protocol: string, service: string, requestId: string): string {
  const xmlns = NAMESPACES[service] ?? '';
  if (protocol === 'ec2') {
    return `<${operation}Response xmlns="${xmlns}"><requestId>${requestId}</requestId>${children(value, 'item')}</${operation}Response>`;
  }
  const result = `<${operation}Result>${children(value, 'member')}</${operation}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return `<${operation}Response xmlns="${xmlns}">${result}${metadata}</${operation}Response>`;
}

export function xmlError(error: ServiceError, protocol: string, requestId: string): string {
  const inner = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  if (protocol === 'rest-xml') return `<?xml version="1.0" encoding="UTF-8"?><Error>${inner}<RequestId>${requestId}</RequestId></Error>`;
  if (protocol === 'ec2') return `<Response><Errors><Error>${inner}</Error></Errors><RequestID>${requestId}</RequestID></Response>`;
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  return `<ErrorResponse><Error><Type>${type}</Type>${inner}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}
