/** `Fn::Cidr` arithmetic, IPv4 and IPv6. */

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Text of the form `10.0.0.0/16` or `2001:db8::/56`. */
export function isCidr(block: string): boolean {
  return parseBlock(block) !== undefined;
}

interface Block {
  readonly bits: 32 | 128;
  readonly base: bigint;
  readonly prefix: number;
}

function parseBlock(text: string): Block | undefined {
  const v4 = V4.exec(text);
  if (v4) {
    const bytes = v4.slice(1, 5).map(Number);
    const prefix = Number(v4[5]);
    if (bytes.some((byte) => byte > 255) || prefix > 32) return undefined;
    return { bits: 32, base: bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n), prefix };
  }
  const slash = text.indexOf('/');
  const prefix = Number(text.slice(slash + 1));
  const base = slash > 0 && /^\d{1,3}$/.test(text.slice(slash + 1)) && prefix <= 128 ? parseV6(text.slice(0, slash)) : undefined;
  return base === undefined ? undefined : { bits: 128, base, prefix };
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || !/^[0-9a-f:]+$/i.test(text)) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - (head?.length ?? 0) - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...(head ?? []), ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => sum * 65536n + BigInt(Number.parseInt(group, 16)), 0n);
}

/**
 * The first `count` blocks with `hostBits` host bits inside a block; `undefined` when they do not fit.
 * @see CloudFormation, Fn::Cidr
 */
export function cidrBlocks(text: string, count: number, hostBits: number): string[] | undefined {
  const block = parseBlock(text);
  if (!block || !Number.isInteger(count) || count < 1 || count > 256 || !Number.isInteger(hostBits) || hostBits < 1) return undefined;
  const prefix = block.bits - hostBits;
  if (prefix < block.prefix || prefix > block.bits) return undefined;
  if (BigInt(count) > 1n << BigInt(prefix - block.prefix)) return undefined;
  const size = 1n << BigInt(hostBits);
  const start = (block.base >> BigInt(block.bits - block.prefix)) << BigInt(block.bits - block.prefix);
  return Array.from({ length: count }, (_, index) => `${formatAddress(start + BigInt(index) * size, block.bits)}/${prefix}`);
}

function formatAddress(value: bigint, bits: 32 | 128): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 65535n).toString(16));
  const longest = /(?:^|:)0(?::0)+(?=:|$)/.exec(groups.join(':'));
  if (!longest) return groups.join(':');
  const joined = groups.join(':');
  return `${joined.slice(0, longest.index)}::${joined.slice(longest.index + longest[0].length).replace(/^:/, '')}`;
}
