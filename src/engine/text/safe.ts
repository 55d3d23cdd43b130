/**
 * Text that came from outside (a model, a tag, a file, AWS, Git) made harmless for a terminal. Everything a face prints passes
 * through here: nothing else may hold an escape sequence (DESIGN §12.8).
 */

/** OSC, DCS, SOS, PM and APC strings up to their terminator, CSI sequences, and two-character escapes; 7-bit and 8-bit forms. */
const SEQUENCES =
  /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?/g;

/** C0 but tab and newline, DEL, C1. */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Bidi controls, zero-width characters, soft hyphen, variation selectors, invisible operators, the tag block. */
const INVISIBLE = new RegExp(
  [
    '[\\u00ad\\u061c\\u115f\\u1160\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb]',
    '[\\u034f\\u17b4\\u17b5\\u180b-\\u180f\\ufe00-\\ufe0f]',
    '[\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]',
  ].join('|'),
  'gu',
);

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Control sequences and invisible characters removed, `\r\n` made `\n`, tabs made two spaces. Newlines stay. */
export function safe(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(SEQUENCES, '')
    .replace(CONTROLS, '')
    .replace(INVISIBLE, '')
    .replace(LONE_SURROGATE, '\ufffd')
    .replaceAll('\t', '  ');
}

/** As `safe`, on one line: runs of white space become one space; at most `limit` UTF-16 units, cut with `...`. */
export function safeLine(text: string, limit = 2000): string {
  const line = safe(text).replace(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, Math.max(0, limit - 3))}...`;
}

/** JSON of a value in which what `safe` would remove is written as `\\uXXXX`: the same data, harmless where it is shown. */
export function safeJson(value: unknown, indent?: number): string {
  const escaped = (text: string): string =>
    Array.from({ length: text.length }, (_none, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`).join('');
  return JSON.stringify(value, undefined, indent)
    .replace(/[\x7f-\x9f]/g, escaped)
    .replace(INVISIBLE, escaped);
}
