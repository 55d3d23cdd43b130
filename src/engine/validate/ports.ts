/** Port numbers, which many schemas leave open. */
import { childPointer, isList, isObject } from '../json/pointer.ts';
import type { Desired, Json } from '../model.ts';
import type { SchemaProblem } from './schema.ts';

const PORT_KEYS: ReadonlySet<string> = new Set(['FromPort', 'ToPort', 'Port', 'ContainerPort', 'HostPort']);

/** `port-range`: a port outside -1..65535, or a range that ends before it starts. */
export function checkPorts(resource: Pick<Desired, 'properties'>): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  walk(resource.properties, '', problems);
  return problems;
}

function walk(value: Json, path: string, problems: SchemaProblem[]): void {
  if (isList(value)) for (const [index, item] of value.entries()) walk(item, `${path}/${index}`, problems);
  if (!isObject(value)) return;
  for (const [key, item] of Object.entries(value)) {
    const inner = childPointer(path, key);
    if (PORT_KEYS.has(key) && numeric(item) !== undefined) checkPort(key, numeric(item) ?? 0, inner, problems);
    else walk(item, inner, problems);
  }
  checkOrder(value, path, problems);
}

function numeric(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : undefined;
}

function checkPort(key: string, port: number, path: string, problems: SchemaProblem[]): void {
  if (port >= -1 && port <= 65535) return;
  problems.push({ code: 'port-range', message: `${key} cannot be ${port}`, hint: 'ports go from 0 to 65535', path });
}

function checkOrder(value: { readonly [key: string]: Json }, path: string, problems: SchemaProblem[]): void {
  const [from, to] = [numeric(value.FromPort), numeric(value.ToPort)];
  const protocol = String(value.IpProtocol ?? 'tcp').toLowerCase();
  if (from === undefined || to === undefined || from <= to || !['tcp', 'udp', '6', '17'].includes(protocol)) return;
  problems.push({ code: 'port-range', message: `FromPort ${from} is above ToPort ${to}`, hint: 'swap the two', path: `${path}/ToPort` });
}
