/** Open and close ports of a security group. A new rule copies its siblings; where they differ the person is asked. */
import { isFiller } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import {
  covers,
  equals,
  isServiceName,
  meansWorld,
  type NamedPorts,
  type PortRange,
  portsIn,
  portText,
  rangeOf,
  sourceOf,
  sourceText,
  typedSource,
} from '../network.ts';
import { type Edit, proposeEdits } from '../reply.ts';
import { askWhich, choose, choosingWords, type Declared, type Listed, listAll, readAll, wordScore } from '../resources.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';
import { asList, asObject, type Data, type DataObject } from '../wire.ts';

const OPEN = [
  'add',
  'open',
  'allow',
  'permit',
  'expose',
  'enable',
  'accept',
  'let',
  'whitelist',
  'need',
  'adicione',
  'adiciona',
  'adicionar',
  'abra',
  'abre',
  'abrir',
  'libere',
  'libera',
  'liberar',
  'permita',
  'permitir',
  'inclua',
  'exponha',
];
const CLOSE = [
  'remove',
  'close',
  'delete',
  'drop',
  'block',
  'revoke',
  'disallow',
  'deny',
  'shut',
  'disable',
  'remova',
  'remover',
  'feche',
  'fecha',
  'fechar',
  'tire',
  'tira',
  'bloqueie',
  'bloqueia',
  'revogue',
  'apague',
  'exclua',
];
const RESTRICT = ['restrict', 'limit', 'narrow', 'restrinja', 'restringe', 'restringir', 'limite', 'limita'];
const GROUP = /^AWS::EC2::SecurityGroup$/;

type Wish = 'open' | 'close' | 'restrict';

/** One rule and how to take it away again. */
interface Rule {
  readonly data: DataObject;
  readonly remove: Edit;
  /** Inside which properties the rule stands, and where. */
  readonly owner: Declared;
  readonly path: readonly string[];
}

export async function ports(dialogue: Dialogue): Promise<string | undefined> {
  const wish = wishOf(dialogue.sentence);
  const named = portsIn(dialogue.sentence);
  if (!wish || (named.ports.length === 0 && named.impossible.length === 0)) return undefined;
  if (/\b(listener|health ?check|target group)\b/.test(plain(dialogue.sentence))) return undefined;
  if (named.impossible.length > 0) return impossible(dialogue, named);
  const groups = await listAll(dialogue, GROUP);
  if (groups.length === 0)
    return dialogue.words(
      'There is no security group in the phase files, so there is no port to change.',
      'Não há security group nos arquivos de fase, então não há porta a mudar.',
    );
  const declared = await readAll(dialogue, groups.slice(0, 30));
  const standalone = await standaloneRules(dialogue);
  const rulesOf = (group: Declared) => [...inlineRules(group, direction(dialogue)), ...standalone.filter((rule) => belongsTo(rule, group))];
  const group = await pickGroup(dialogue, declared, named, wish, rulesOf);
  if (!group)
    return dialogue.words(
      'I did not find that security group. Say its name as it stands in the file.',
      'Não encontrei esse security group. Diga o nome como está no arquivo.',
    );
  if (wish === 'open') return open(dialogue, group, rulesOf(group), named);
  return wish === 'close' ? close(dialogue, group, rulesOf(group), named) : restrict(dialogue, group, rulesOf(group), named);
}

function wishOf(sentence: string): Wish | undefined {
  const words = wordsOf(sentence);
  if (hasWord(words, RESTRICT)) return 'restrict';
  const first =
    words.find((word) => OPEN.includes(word) || CLOSE.includes(word)) ??
    words.find((word) => hasWord([word], OPEN) || hasWord([word], CLOSE));
  if (first === undefined) return undefined;
  return hasWord([first], CLOSE) && !OPEN.includes(first) ? 'close' : 'open';
}

function impossible(dialogue: Dialogue, named: NamedPorts): string {
  const what = named.impossible.join(', ');
  return dialogue.words(
    `${what} is not a port: ports go from 1 to 65535. I changed nothing.`,
    `${what} não é uma porta: portas vão de 1 a 65535. Não mudei nada.`,
  );
}

function direction(dialogue: Dialogue): 'SecurityGroupIngress' | 'SecurityGroupEgress' {
  return /\b(egress|outbound|outgoing|saida)\b/.test(plain(dialogue.sentence)) ? 'SecurityGroupEgress' : 'SecurityGroupIngress';
}

function inlineRules(group: Declared, property: string): Rule[] {
  return asList(group.properties[property]).map((rule, index) => ({
    data: asObject(rule),
    owner: group,
    path: [property, String(index)],
    remove: { kind: 'remove', target: { address: group.address, path: `/${property}/${index}` } },
  }));
}

async function standaloneRules(dialogue: Dialogue): Promise<Rule[]> {
  const type = direction(dialogue) === 'SecurityGroupIngress' ? /^AWS::EC2::SecurityGroupIngress$/ : /^AWS::EC2::SecurityGroupEgress$/;
  const found = await readAll(dialogue, (await listAll(dialogue, type)).slice(0, 60));
  return found.map((owner) => ({ data: owner.properties, owner, path: [], remove: { kind: 'delete-resource', address: owner.address } }));
}

/** A standalone rule names its group by Ref, GetAtt or a placeholder made of the group's name. */
function belongsTo(rule: Rule, group: Declared): boolean {
  const id = rule.data.GroupId ?? rule.data.GroupName ?? null;
  if (typeof id === 'string') return wordsOf(id).join(' ').replace(/ id$/, '') === wordsOf(group.name).join(' ');
  const { Ref: reference, 'Fn::GetAtt': attribute } = asObject(id);
  return reference === group.name || asList(attribute)[0] === group.name;
}

/** Words after `from` or `para` name the source, not the group. */
function groupWords(sentence: string): string[] {
  const target = plain(sentence).replace(/\b(?:from|de onde|vindo d[eoa]|a partir d[eoa])\b(?!.*\b(?:from)\b).*$/, (tail) =>
    /\b(sg|security group|group|grupo)\b/.test(tail) && !/\bfrom\b.*\b(on|in|to)\b/.test(tail) ? tail : '',
  );
  return choosingWords(target).filter(
    (word) => !isServiceName(word) && !isFiller(word) && !/^(internet|anywhere|world|whole|mundo|inteiro)$/.test(word) && !/^\d/.test(word),
  );
}

async function pickGroup(
  dialogue: Dialogue,
  groups: readonly Declared[],
  named: NamedPorts,
  wish: Wish,
  rulesOf: (group: Declared) => readonly Rule[],
): Promise<Declared | undefined> {
  const words = groupWords(dialogue.sentence);
  const choice = choose(groups, words);
  if (choice.kind === 'one') return byAddress(groups, choice.resource);
  if (wish !== 'open') {
    const holding = groups.filter((group) => rulesOf(group).some((rule) => named.ports.some((port) => covers(rule.data, port))));
    if (holding.length === 1 && (words.length === 0 || wordScore(holding[0] as Listed, words) > 0 || groups.length === 1))
      return holding[0];
  }
  if (groups.length === 1 && words.length === 0) return groups[0];
  const fitting = choice.kind === 'several' && words.length > 0 ? choice.resources : groups;
  return byAddress(groups, await askWhich(dialogue, fitting, 'security group'));
}

function byAddress(groups: readonly Declared[], chosen: Listed | undefined): Declared | undefined {
  return groups.find((group) => group.address === chosen?.address);
}

async function open(dialogue: Dialogue, group: Declared, rules: readonly Rule[], named: NamedPorts): Promise<string> {
  const typed = typedSource(dialogue.sentence);
  const fresh = named.ports.filter(
    (port) => !rules.some((rule) => covers(rule.data, port) && (!typed || sourceText(rule.data) === typed.value)),
  );
  if (fresh.length === 0) return alreadyOpen(dialogue, group, rules, named);
  const source = typed ? { key: typed.key, value: typed.value as Data } : await sourceFor(dialogue, group, rules);
  if (!source)
    return dialogue.words(
      'Without a source I open nothing. Say from where, e.g. 10.0.0.0/16.',
      'Sem uma origem não abro nada. Diga de onde, por exemplo 10.0.0.0/16.',
    );
  const edits = fresh.map((port) => ruleEdit(group, rules, ruleFor(port, rules, named, source), dialogue));
  return proposeEdits(dialogue, joined(edits, group, dialogue), openText(dialogue, group, fresh, rules, source, typed !== undefined));
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
  if (sources.length === 1 && !meansWorld(dialogue.sentence)) return sources[0]?.source;
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

async function close(dialogue: Dialogue, group: Declared, rules: readonly Rule[], named: NamedPorts): Promise<string> {
  const typed = typedSource(dialogue.sentence);
  const doomed = rules.filter(
    (rule) => named.ports.some((port) => equals(rule.data, port)) && (!typed || sourceText(rule.data) === typed.value),
  );
  const what = named.ports.map(portText).join(', ');
  if (doomed.length === 0) return nothingToClose(dialogue, group, rules, named);
  const edits = [...doomed].reverse().map((rule) => rule.remove);
  const sources = [...new Set(doomed.map((rule) => sourceText(rule.data)))].join(', ');
  return proposeEdits(
    dialogue,
    edits,
    dialogue.words(
      `Closes port ${what} in ${group.address} (${group.at}), which was open for ${sources}.`,
      `Fecha a porta ${what} em ${group.address} (${group.at}), que estava aberta para ${sources}.`,
    ),
  );
}

function nothingToClose(dialogue: Dialogue, group: Declared, rules: readonly Rule[], named: NamedPorts): string {
  const what = named.ports.map(portText).join(', ');
  const inside = rules.find((rule) => named.ports.some((port) => covers(rule.data, port)));
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

async function restrict(dialogue: Dialogue, group: Declared, rules: readonly Rule[], named: NamedPorts): Promise<string> {
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
  return proposeEdits(
    dialogue,
    edits,
    dialogue.words(
      `Restricts port ${what} in ${group.address} (${group.at}) to ${typed.value}.`,
      `Restringe a porta ${what} em ${group.address} (${group.at}) a ${typed.value}.`,
    ),
  );
}

function sourceEdits(rule: Rule, typed: { readonly key: string; readonly value: string }): Edit[] {
  const old = sourceOf(rule.data);
  const at = (key: string) => `/${[...rule.path, key].join('/')}`;
  const set: Edit = { kind: 'set', target: { address: rule.owner.address, path: at(typed.key) }, value: typed.value };
  if (!old || old.key === typed.key) return [set];
  return [set, { kind: 'remove', target: { address: rule.owner.address, path: at(old.key) } }];
}
