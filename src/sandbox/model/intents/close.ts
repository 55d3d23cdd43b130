/** Close ports of a security group, or narrow who reaches them. */
import type { Dialogue } from '../dialogue.ts';
import { covers, equals, type NamedPorts, portText, rangeOf, sourceOf, sourceText, typedSource } from '../network.ts';
import { type Edit, proposal, setProperty, type Understood } from '../reply.ts';
import type { Declared } from '../resources.ts';
import type { Rule } from './rule.ts';

export async function close(dialogue: Dialogue, group: Declared, rules: readonly Rule[], named: NamedPorts): Promise<Understood> {
  const typed = typedSource(dialogue.sentence);
  const doomed = rules.filter(
    (rule) => named.ports.some((port) => equals(rule.data, port)) && (!typed || sourceText(rule.data) === typed.value),
  );
  const what = named.ports.map(portText).join(', ');
  if (doomed.length === 0) return nothingToClose(dialogue, group, rules, named);
  const edits = [...doomed].reverse().map((rule) => rule.remove);
  const sources = [...new Set(doomed.map((rule) => sourceText(rule.data)))].join(', ');
  return proposal(
    edits,
    dialogue.words(
      `Closes port ${what} in ${group.address} (${group.at}), which was open for ${sources}.`,
      `Fecha a porta ${what} em ${group.address} (${group.at}), que estava aberta para ${sources}.`,
    ),
  );
}

function nothingToClose(dialogue: Dialogue, group: Declared, rules: readonly Rule[], named: NamedPorts): Understood {
  const what = named.ports.map(portText).join(', ');
  const inside = rules.find((rule) => named.ports.some((port) => covers(rule.data, port)));
  const edge = inside === undefined ? undefined : withoutEdge(inside, named);
  if (inside !== undefined && edge !== undefined) {
    const { data, owner, path } = inside;
    const left = portText(rangeOf({ ...data, [edge.key]: edge.value }) ?? { from: edge.value, to: edge.value });
    return proposal(
      [setProperty(owner, [...path, edge.key], typeof data[edge.key] === 'string' ? String(edge.value) : edge.value)],
      dialogue.words(
        `Closes port ${what} in ${group.address} (${group.at}); ${left} of that rule stays open.`,
        `Fecha a porta ${what} em ${group.address} (${group.at}); ${left} dessa regra fica aberta.`,
      ),
    );
  }
  if (inside) {
    const range = rangeOf(inside.data);
    const shown = range ? portText(range) : '';
    return dialogue.words(
      `Port ${what} is part of the rule for ${shown} in ${group.address}; say "remove ports ${shown}" to close all of them. I changed nothing.`,
      `A porta ${what} faz parte da regra ${shown} em ${group.address}; diga "remova as portas ${shown}" para fechar todas. Não mudei nada.`,
    );
  }
  const open = rules.map((rule) => rangeOf(rule.data)).flatMap((range) => (range ? [portText(range)] : []));
  const list = open.length > 0 ? open.join(', ') : dialogue.words('none', 'nenhuma');
  return dialogue.words(
    `There is nothing to remove: ${group.address} (${group.at}) has no rule for port ${what}. Open there: ${list}.`,
    `Não há nada a remover: ${group.address} (${group.at}) não tem regra para a porta ${what}. Abertas: ${list}.`,
  );
}

/** The first or the last port of a range can go without the rest. */
function withoutEdge({ data }: Rule, { ports }: NamedPorts): { readonly key: 'FromPort' | 'ToPort'; readonly value: number } | undefined {
  const [port, more] = ports;
  const range = rangeOf(data);
  if (port === undefined || more !== undefined || range === undefined || String(data.IpProtocol) === '-1') return undefined;
  if (port.to === range.to && port.from > range.from) return { key: 'ToPort', value: port.from - 1 };
  return port.from === range.from && port.to < range.to ? { key: 'FromPort', value: port.to + 1 } : undefined;
}

export async function restrict(dialogue: Dialogue, group: Declared, rules: readonly Rule[], named: NamedPorts): Promise<Understood> {
  const typed =
    typedSource(dialogue.sentence) ??
    typedSource(
      await dialogue.ask(
        dialogue.words('Restrict it to which source (e.g. 203.0.113.0/24)?', 'Restringir a qual origem (por exemplo 203.0.113.0/24)?'),
        [],
        (text) => typedSource(text) !== undefined,
      ),
    );
  const found = rules.filter((rule) => named.ports.some((port) => covers(rule.data, port)));
  const what = named.ports.map(portText).join(', ');
  if (!typed || found.length !== 1)
    return dialogue.words(
      `${group.address} has ${found.length} rules for port ${what}; say which source to replace. I changed nothing.`,
      `${group.address} tem ${found.length} regras para a porta ${what}; diga qual origem trocar. Não mudei nada.`,
    );
  const edits = found.flatMap((rule) => sourceEdits(rule, typed));
  return proposal(
    edits,
    dialogue.words(
      `Restricts port ${what} in ${group.address} (${group.at}) to ${typed.value}.`,
      `Restringe a porta ${what} em ${group.address} (${group.at}) a ${typed.value}.`,
    ),
  );
}

function sourceEdits(rule: Rule, typed: { readonly key: string; readonly value: string }): Edit[] {
  const old = sourceOf(rule.data);
  const behind = rule.owner.sources.find(({ path }) => path === `/${[...rule.path, typed.key].join('/')}`);
  if (old?.key === typed.key && behind?.pointer !== undefined && Number(behind.usedBy ?? 2) < 2)
    return [{ kind: 'set', target: { file: behind.file ?? '', pointer: behind.pointer }, value: typed.value }];
  const at = (key: string) => `/${[...rule.path, key].join('/')}`;
  const set: Edit = { kind: 'set', target: { address: rule.owner.address, path: at(typed.key) }, value: typed.value };
  if (!old || old.key === typed.key) return [set];
  return [set, { kind: 'remove', target: { address: rule.owner.address, path: at(old.key) } }];
}
