/** Ports, services, addresses and the rules of security groups. */
import { plain } from './tokenise.ts';
import { asObject, type Data, type DataObject, isObject } from './wire.ts';

/** Well-known services (IANA and vendors' defaults). */
const SERVICES: { readonly [name: string]: number } = {
  ssh: 22,
  sftp: 22,
  ftp: 21,
  telnet: 23,
  smtp: 25,
  dns: 53,
  http: 80,
  pop3: 110,
  ntp: 123,
  imap: 143,
  ldap: 389,
  https: 443,
  tls: 443,
  smb: 445,
  smtps: 465,
  ldaps: 636,
  imaps: 993,
  mssql: 1433,
  sqlserver: 1433,
  oracle: 1521,
  nfs: 2049,
  mysql: 3306,
  mariadb: 3306,
  rdp: 3389,
  postgres: 5432,
  postgresql: 5432,
  amqp: 5672,
  rabbitmq: 5672,
  winrm: 5985,
  vnc: 5900,
  redis: 6379,
  kafka: 9092,
  prometheus: 9090,
  elasticsearch: 9200,
  opensearch: 9200,
  memcached: 11211,
  mongodb: 27017,
  mongo: 27017,
  cassandra: 9042,
  grafana: 3000,
};

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export interface NamedPorts {
  readonly ports: readonly PortRange[];
  /** Numbers that are no port: 0 or above 65535. */
  readonly impossible: readonly string[];
  readonly protocol?: 'tcp' | 'udp' | 'icmp';
}

const NUMBERS = String.raw`\d{1,7}(?:\s*(?:-|–|\bto\b|\bthrough\b|\ba\b|\bate\b)\s*\d{1,7})?`;
const AFTER_WORD = new RegExp(
  String.raw`\b(?:ports?|portas?|prots?|prot|potr)\b\s*(?:range\s*|numero\s*|number\s*|#)?((?:(?:tcp|udp)\s*)?${NUMBERS}(?:\s*(?:,|\band\b|\be\b|&|\bor\b|\bou\b)\s*(?:the\s+)?(?:ports?\s+|portas?\s+|a\s+)?${NUMBERS})*)`,
  'g',
);
const BEFORE_WORD = new RegExp(String.raw`(?<![\d./])(${NUMBERS})(?=(?:\/(?:tcp|udp))?\s*(?:ports?|portas?)\b|\/(?:tcp|udp)\b)`, 'g');

const AFTER_VERB =
  /\b(?:open|allow|expose|close|block|abra|abre|libere|libera|feche|fecha|bloqueie)\s+(?:up\s+)?(?:tcp\s+|udp\s+)?(\d{2,5})(?=\s+(?:to|for|from|on|in|para|pra|n[ao]|d[aeo])\b|$)/g;

/** `redis` alone names a cache; in a sentence about access it names its port. */
const ABOUT_ACCESS =
  /\b(open|allow|permit|expose|close|block|revoke|restrict|access|ports?|rules?|sg|security groups?|ingress|egress|inbound|outbound|traffic|firewall|abra|abrir|libere|liberar|permita|feche|fechar|bloqueie|restrinja|acesso|portas?|regras?|grupo de seguranca|trafego)\b|\b(?:from|on|in|d[ao]|n[ao])\s+(?:the |our |o |a )?[\w -]*(?:group|grupo)\b/;

/** The ports a sentence names: numbers beside `port`, `8443/tcp`, and services by name. */
export function portsIn(sentence: string): NamedPorts {
  const text = withoutAddresses(plain(sentence));
  const numbers = [...text.matchAll(AFTER_WORD), ...text.matchAll(BEFORE_WORD), ...text.matchAll(AFTER_VERB)].flatMap((match) =>
    rangesIn(match[1] ?? ''),
  );
  const services = numbers.length > 0 || !ABOUT_ACCESS.test(text) ? [] : servicesIn(text);
  const all = [...numbers, ...services];
  const fits = (range: PortRange) => range.from >= 1 && range.to <= 65_535 && range.from <= range.to;
  const protocol = /\budp\b/.test(text) ? 'udp' : /\bicmp\b/.test(text) ? 'icmp' : /\btcp\b/.test(text) ? 'tcp' : undefined;
  const ports = [...new Map(all.filter(fits).map((range) => [`${range.from}-${range.to}`, range])).values()];
  return { ports, impossible: all.filter((range) => !fits(range)).map(portText), ...(protocol ? { protocol } : {}) };
}

function rangesIn(text: string): PortRange[] {
  return [...text.matchAll(/(\d+)(?:\s*(?:-|–|\bto\b|\bthrough\b|\ba\b|\bate\b)\s*(\d+))?/g)].map((match) => ({
    from: Number(match[1]),
    to: Number(match[2] ?? match[1]),
  }));
}

function servicesIn(text: string): PortRange[] {
  const words = text.match(/[a-z0-9]+/g) ?? [];
  return words.flatMap((word) => (Object.hasOwn(SERVICES, word) ? [{ from: SERVICES[word] ?? 0, to: SERVICES[word] ?? 0 }] : []));
}

/** Names of services that stand in the sentence, so that they do not choose a resource twice. */
export function isServiceName(word: string): boolean {
  return Object.hasOwn(SERVICES, word);
}

export function portText(range: PortRange): string {
  return range.from === range.to ? String(range.from) : `${range.from}-${range.to}`;
}

function withoutAddresses(text: string): string {
  return text.replace(/\bhttps?:\/\/\S+/g, ' ').replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?\b/g, ' ');
}

/** A source a person typed: an address range, a prefix list, a security group id. */
export function typedSource(sentence: string): { readonly key: string; readonly value: string } | undefined {
  const cidr = /\b\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?\b/.exec(sentence)?.[0];
  if (cidr?.split(/[./]/).every((part, index) => Number(part) <= (index === 4 ? 32 : 255)))
    return { key: 'CidrIp', value: cidr.includes('/') ? cidr : `${cidr}/32` };
  const six = /(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\/\d{1,3}/i.exec(sentence)?.[0];
  if (six) return { key: 'CidrIpv6', value: six };
  const list = /\bpl-[0-9a-f]{6,17}\b/i.exec(sentence)?.[0];
  if (list) return { key: 'SourcePrefixListId', value: list };
  const group = /\bsg-[0-9a-f]{6,17}\b/i.exec(sentence)?.[0];
  return group ? { key: 'SourceSecurityGroupId', value: group } : undefined;
}

/** `from anywhere`, `to the internet`: a wish for the whole world that is not typed as an address. */
export function meansWorld(sentence: string): boolean {
  return /\b(anywhere|everyone|everybody|the world|whole internet|the internet|publicly|any ip|todo mundo|qualquer (?:lugar|ip|um)|para a internet|pra internet|mundo inteiro|mundo todo|todo o mundo|whole world|(?:para|pra|ao) o? ?mundo)\b/.test(
    plain(sentence),
  );
}

const SOURCE_KEYS = [
  'CidrIp',
  'CidrIpv6',
  'SourcePrefixListId',
  'SourceSecurityGroupId',
  'SourceSecurityGroupName',
  'DestinationPrefixListId',
  'DestinationSecurityGroupId',
] as const;

/** The source of a rule, as key and value, so that a new rule can copy it. */
export function sourceOf(rule: DataObject): { readonly key: string; readonly value: Data } | undefined {
  const key = SOURCE_KEYS.find((name) => rule[name] !== undefined);
  return key === undefined ? undefined : { key, value: rule[key] ?? null };
}

/** `10.0.0.0/16`, `AppSecurityGroup.GroupId`: how a source reads in a sentence. */
export function sourceText(rule: DataObject): string {
  const source = sourceOf(rule);
  if (!source) return 'no source';
  const { value } = source;
  if (typeof value === 'string') return value;
  const { Ref: reference, 'Fn::GetAtt': attribute } = asObject(value);
  if (typeof reference === 'string') return reference;
  return Array.isArray(attribute) ? attribute.join('.') : JSON.stringify(value);
}

/** The ports a rule opens, `undefined` when they are not plain numbers; all ports for protocol -1. */
export function rangeOf(rule: DataObject): PortRange | undefined {
  if (String(rule.IpProtocol) === '-1') return { from: 0, to: 65_535 };
  const from = Number(rule.FromPort);
  const to = Number(rule.ToPort ?? rule.FromPort);
  return isObject(rule.FromPort) || Number.isNaN(from) || Number.isNaN(to) ? undefined : { from, to };
}

export function covers(rule: DataObject, port: PortRange): boolean {
  const range = rangeOf(rule);
  return range !== undefined && range.from <= port.from && port.to <= range.to;
}

export function equals(rule: DataObject, port: PortRange): boolean {
  const range = rangeOf(rule);
  return range !== undefined && range.from === port.from && range.to === port.to;
}
