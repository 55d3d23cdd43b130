/**
 * Identifiers as AWS makes them (`sg-0a1b...`, 17 hex digits), with a check in the last four: so the sandbox knows which ids it
 * could have made itself, and takes all others for resources that exist outside it.
 */
import { createHash, randomBytes } from 'node:crypto';

const check = (prefix: string, digits: string) => createHash('sha256').update(`${prefix}:${digits}`).digest('hex').slice(0, 4);

/** `length` hex digits, the last four a check over the rest. */
function mintHex(prefix: string, length: number): string {
  const digits = `0${randomBytes(16).toString('hex')}`.slice(0, length - 4);
  return digits + check(prefix, digits);
}

/** `vpc` -> `vpc-0f3a...`, 17 digits. */
export const mintId = (prefix: string) => `${prefix}-${mintHex('id', 17)}`;
/** The 16 digits at the end of a load balancer's, target group's or listener's ARN. */
export const mintSuffix = () => mintHex('id', 16);

const CANDIDATE = /(?<![0-9a-z])([0-9a-f]{16,17})(?![0-9a-z])/g;

/** The digits in a text that this kind of sandbox could have made. */
export function mintedIn(text: string): string[] {
  const found = [...text.matchAll(CANDIDATE)].map((match) => match[1] ?? '');
  return found.filter((digits) => check('id', digits.slice(0, -4)) === digits.slice(-4));
}

/** Text from an alphabet, for names and the like. */
export function randomText(length: number, alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'): string {
  return [...randomBytes(length)].map((byte) => alphabet.charAt(byte % alphabet.length)).join('');
}
