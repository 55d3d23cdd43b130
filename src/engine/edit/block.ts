/** New text for a block scalar that keeps its header, its indentation and the lines that stay. */
import type { YamlNode } from '../yaml/yaml.ts';

/**
 * @param text the file; @param node a literal or folded scalar; @param value the text it shall mean
 * @returns what stands from the header to the node's end, or `undefined` where these ways of writing do not reach
 */
export function blockScalarAgain(text: string, node: YamlNode, value: string): string | undefined {
  const raw = text.slice(node.content, node.end);
  const headerEnd = raw.indexOf('\n') + 1;
  if (headerEnd === 0) return undefined;
  const [header, body] = [raw.slice(0, headerEnd), raw.slice(headerEnd)];
  const again = node.style === 'literal' ? literalBody(header, body, value) : foldedBody(body, node.text ?? '', value);
  return again === undefined ? undefined : header + again;
}

/** Line for line, where the end of the text suits the header (`|-` none, `|` one line end). */
function literalBody(header: string, body: string, value: string): string | undefined {
  const ending = header.includes('-') ? '' : '\n';
  if (header.includes('+') || !value.endsWith(ending) || /\n$/.test(value.slice(0, value.length - ending.length))) return undefined;
  const eol = header.endsWith('\r\n') ? '\r\n' : '\n';
  const indent = /^(?:[ \t]*\r?\n)*( +)/.exec(body)?.[1];
  if (indent === undefined) return undefined;
  const lines = value.slice(0, value.length - ending.length).split('\n');
  return lines.map((line) => (line === '' ? '' : indent + line)).join(eol);
}

/** In a folded text, the changed words alone: what the source shows once can be replaced where it stands. */
function foldedBody(body: string, before: string, value: string): string | undefined {
  let [head, tail] = [0, 0];
  const most = Math.min(before.length, value.length);
  while (head < most && before[head] === value[head]) head++;
  while (tail < most - head && before[before.length - 1 - tail] === value[value.length - 1 - tail]) tail++;
  for (let around = 0; around < 60; around++) {
    const [from, behind] = [Math.max(0, head - around), Math.max(0, tail - around)];
    const old = before.slice(from, before.length - behind);
    if (old === '' || /\n/.test(old)) continue;
    const at = body.indexOf(old);
    if (at < 0) return undefined;
    if (body.includes(old, at + 1)) continue;
    const fresh = value.slice(from, value.length - behind);
    return fresh.includes('\n') ? undefined : body.slice(0, at) + fresh + body.slice(at + old.length);
  }
  return undefined;
}
