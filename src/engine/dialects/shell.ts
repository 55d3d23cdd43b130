/** The words of a shell text, as far as they mean the same in every shell. Nothing is run, and nothing is expanded. */

/** What a shell would compute, glob, redirect or run elsewhere: such a text is for a person. */
const ACTIVE = /[$`|<>*?~!&]/;

/** @returns the commands of a text, each as its words; `undefined` where a shell would do more than split it */
export function commandsOf(text: string): readonly (readonly string[])[] | undefined {
  const commands: string[][] = [];
  let words: string[] = [];
  const finish = (): void => {
    if (words.length > 0) commands.push(words);
    words = [];
  };
  let at = 0;
  while (at < text.length) {
    const end = /^(?:\r?\n|;|&&)/.exec(text.slice(at, at + 2));
    const skipped = /^(?:\\\r?\n|[ \t\r])/.exec(text.slice(at, at + 3));
    if (end) finish();
    if (end || skipped) at += (end ?? skipped)?.[0].length ?? 1;
    else if (text[at] === '#') at = lineEnd(text, at);
    else {
      const word = wordAt(text, at);
      if (word === undefined) return undefined;
      words.push(word.value);
      at = word.end;
    }
  }
  finish();
  return commands;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function wordAt(text: string, start: number): { readonly value: string; readonly end: number } | undefined {
  let value = '';
  let at = start;
  while (at < text.length && !/[ \t\r\n;]/.test(text[at] ?? '') && !text.startsWith('&&', at)) {
    const char = text[at] ?? '';
    if (char === "'") {
      const close = text.indexOf("'", at + 1);
      if (close < 0) return undefined;
      value += text.slice(at + 1, close);
      at = close + 1;
    } else if (char === '"') {
      const quoted = /^"((?:[^"\\$`]|\\[\s\S])*)"/.exec(text.slice(at));
      if (quoted === null) return undefined;
      value += (quoted[1] ?? '').replace(/\\(["\\$`]|\r?\n)/g, (_, escaped: string) => (/\n/.test(escaped) ? '' : escaped));
      at += quoted[0].length;
    } else if (char === '\\') {
      const escaped = /^\\(\r?\n|[\s\S])/.exec(text.slice(at));
      if (escaped === null) return undefined;
      if (!/\n/.test(escaped[0])) value += escaped[1];
      at += escaped[0].length;
    } else if (ACTIVE.test(char)) return undefined;
    else {
      value += char;
      at++;
    }
  }
  return { value, end: at };
}
