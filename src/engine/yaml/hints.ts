/** What to do about a syntax error, by the parser's own codes. */

const HINTS: { readonly [code: string]: string } = {
  BAD_ALIAS: 'set an anchor (&name) before the alias, or quote a text that starts with *',
  BAD_DQ_ESCAPE: 'double the backslash, or use single quotes',
  BAD_INDENT: 'align the line with its siblings: every item of a mapping or list starts in the same column',
  BAD_PROP_ORDER: 'put anchors and tags directly before the value',
  BAD_SCALAR_START: 'quote the value: it starts with a character that YAML reserves',
  BLOCK_AS_IMPLICIT_KEY: 'quote the value if it holds a colon, or put the nested mapping on lines of its own',
  BLOCK_IN_FLOW: 'inside brackets or braces, write the value on one line in braces',
  COMMENT_SPACE: 'put a space before #',
  KEY_OVER_1024_CHARS: 'shorten the key',
  MISSING_CHAR: 'close the bracket, brace or quote that is still open, or add the missing colon or comma',
  MULTILINE_IMPLICIT_KEY: 'write the key on one line, with a colon behind it',
  MULTIPLE_ANCHORS: 'keep one anchor',
  MULTIPLE_TAGS: 'keep one tag; write the inner function in its long form',
  TAB_AS_INDENT: 'indent with spaces: YAML allows no tabs there',
  UNEXPECTED_TOKEN: 'look for an open quote or bracket above, or a missing dash or colon',
};

/** @param code of the `yaml` package's errors; it calls an open bracket a matter of indentation, which `message` tells apart */
export function syntaxHint(code: string, message = ''): string {
  if (/end with a [\]}]/.test(message)) return HINTS.MISSING_CHAR ?? '';
  return HINTS[code] ?? 'compare the line with the ones around it: indentation, quotes, brackets';
}
