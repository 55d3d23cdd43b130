/** Text into the clipboard of the terminal a person sits at, also over SSH: OSC 52. */
import type { Environment } from './theme.ts';

/** Longest text copied, bytes: terminals drop longer ones. */
const LIMIT = 75_000;

/** The sequence that copies `text`; inside tmux it is handed through. */
export function clipboard(text: string, env: Environment): string {
  const copy = `\x1b]52;c;${Buffer.from(text).subarray(0, LIMIT).toString('base64')}\x07`;
  return env.TMUX === undefined ? copy : `\x1bPtmux;${copy.replaceAll('\x1b', '\x1b\x1b')}\x1b\\`;
}
