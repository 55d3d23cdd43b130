/** Open ports of a security group: a new rule copies its siblings. */
import type { Dialogue } from '../dialogue.ts';
import { covers, meansWorld, type NamedPorts, type PortRange, portText, rangeOf, sourceOf, sourceText, typedSource } from '../network.ts';
import { type Edit, proposal, type Understood } from '../reply.ts';
import { choosingWords, type Declared } from '../resources.ts';
import { wordsOf } from '../tokenise.ts';
import { asList, type Data, type DataObject } from '../wire.ts';
import { direction, type Rule } from './rule.ts';

export async function open(dialogue: Dialogue, group: Declared, rules: readonly Rule[], named: NamedPorts): Promise<Understood> {
  const typed = typedSource(dialogue.sentence);
  const fresh = named.ports.filter(
    (port) =>
      !rules.some((rule) => covers(rule.data, port) && (typed ? sourceText(rule.data) === typed.value : !meansWorld(dialogue.sentence))),
  );
  if (fresh.length === 0) return alreadyOpen(dialogue, group, rules, named);
  const source = typed ? { key: typed.key, value: typed.value as Data } : await sourceFor(dialogue, group, rules);
  if (!source)
    return dialogue.words(
      'Without a source I open nothing. Say from where, e.g. 10.0.0.0/16.',
      'Sem uma origem não abro nada. Diga de onde, por exemplo 10.0.0.0/16.',
    );
  const edits = fresh.map((port) => ruleEdit(group, rules, ruleFor(port, rules, named, source), dialogue));
  return proposal(joined(edits, group, dialogue), openText(dialogue, group, fresh, rules, source, typed !== undefined));
}

/** Lists that do not exist yet are written once, with all new rules. */
function joined(edits: readonly Edit[], group: Declared, dialogue: Dialogue): readonly Edit[] {
  const property = direction(dialogue);
  if (edits.length < 2 || edits[0]?.kind !== 'set') return edits;
  return [
    { kind: 'set', target: { address: group.address, path: `/${property}` }, value: edits.flatMap((edit) => [...asList(edit.value)]) },
  ];
}

function alreadyOpen(dialogue: Dialogue, group: Declared, rules: readonly Rule[], named: NamedPorts): string {
  const sources = [
    ...new Set(rules.filter((rule) => named.ports.some((port) => covers(rule.data, port))).map((rule) => sourceText(rule.data))),
  ].join(', ');
  const what = named.ports.map(portText).join(', ');
  return dialogue.words(
    `Port ${what} is already open in ${group.address} (${group.at}) for ${sources}. Nothing to change.`,
    `A porta ${what} já está aberta em ${group.address} (${group.at}) para ${sources}. Nada a mudar.`,
  );
}

interface Source {
  readonly key: string;
  readonly value: Data;
}

/** The one source of the siblings, or the person's choice among them, or what the person types. */
async function sourceFor(dialogue: Dialogue, group: Declared, rules: readonly Rule[]): Promise<Source | undefined> {
  const sources = [...new Map(rules.map((rule) => [sourceText(rule.data), sourceOf(rule.data)])).entries()].flatMap(([text, source]) =>
    source ? [{ text, source }] : [],
  );
  const named = namedAmong(dialogue.sentence, sources);
  if (named) return named;
  const [only] = sources;
  if (sources.length === 1 && (!meansWorld(dialogue.sentence) || only?.text === '0.0.0.0/0')) return only?.source;
  const question = meansWorld(dialogue.sentence)
    ? dialogue.words(
        `Open it to the whole internet? Type 0.0.0.0/0 to say so, or give another source for ${group.name}.`,
        `Abrir para toda a internet? Digite 0.0.0.0/0 para confirmar, ou diga outra origem para ${group.name}.`,
      )
    : sources.length === 0
      ? dialogue.words(
          `${group.name} has no rule to copy a source from. From where should it be reachable (e.g. 10.0.0.0/16, pl-..., sg-...)?`,
          `${group.name} não tem regra de onde copiar a origem. De onde deve ser acessível (por exemplo 10.0.0.0/16, pl-..., sg-...)?`,
        )
      : dialogue.words(
          `The rules of ${group.name} have different sources. Which one should the new rule have?`,
          `As regras de ${group.name} têm origens diferentes. Qual deve ser a da nova regra?`,
        );
  const answer = await dialogue.ask(
    question,
    meansWorld(dialogue.sentence) ? [] : sources.map((entry) => entry.text),
    (text) => typedSource(text) !== undefined,
  );
  return sources.find((entry) => entry.text === answer)?.source ?? typedSource(answer);
}

function namedAmong(sentence: string, sources: readonly { text: string; source: Source }[]): Source | undefined {
  const from = /\b(?:from|vindo d[eoa]|a partir d[eoa])\b(.*)$/i.exec(sentence)?.[1];
  if (from === undefined) return undefined;
  const words = choosingWords(from);
  const fitting = sources.filter((entry) => words.some((word) => wordsOf(entry.text).includes(word)));
  return fitting.length === 1 ? fitting[0]?.source : undefined;
}

/** Protocol and order of keys as the sibling has them; its description would be wrong, so it is not copied. */
function ruleFor(port: PortRange, rules: readonly Rule[], named: NamedPorts, source: Source): DataObject {
  const sibling = rules.find((rule) => rangeOf(rule.data) && String(rule.data.IpProtocol) !== '-1')?.data;
  const protocol = named.protocol ?? sibling?.IpProtocol ?? 'tcp';
  const number = (value: number) => (typeof sibling?.FromPort === 'string' ? String(value) : value);
  return { IpProtocol: protocol, FromPort: number(port.from), ToPort: number(port.to), [source.key]: source.value };
}

/** Beside the siblings: in the group's own list, or as a resource of its own when that is how the group's rules are written. */
function ruleEdit(group: Declared, rules: readonly Rule[], rule: DataObject, dialogue: Dialogue): Edit {
  const property = direction(dialogue);
  const list = group.properties[property];
  const apart = rules.find((sibling) => sibling.path.length === 0);
  if (Array.isArray(list)) return { kind: 'append', target: { address: group.address, path: `/${property}` }, value: rule };
  if (!apart) return { kind: 'set', target: { address: group.address, path: `/${property}` }, value: [rule] };
  const logicalId = `${group.name}${property === 'SecurityGroupIngress' ? 'Ingress' : 'Egress'}${String(rule.FromPort)}`;
  return {
    kind: 'add-resource',
    file: apart.owner.file,
    logicalId,
    type: apart.owner.type,
    properties: { GroupId: apart.data.GroupId ?? null, ...rule },
  };
}

function openText(
  dialogue: Dialogue,
  group: Declared,
  opened: readonly PortRange[],
  rules: readonly Rule[],
  source: Source,
  typed: boolean,
): string {
  const what = opened.map(portText).join(', ');
  const from = sourceText({ [source.key]: source.value });
  const copied = !typed && rules.some((rule) => sourceText(rule.data) === from);
  const how = copied ? dialogue.words(', source copied from its other rules', ', origem copiada das outras regras') : '';
  return dialogue.words(
    `Opens port ${what} in ${group.address} (${group.at}) for ${from}${how}.`,
    `Abre a porta ${what} em ${group.address} (${group.at}) para ${from}${how}.`,
  );
}
