/** Ports of security groups: which group, which ports, and whether to open, close or restrict. */
import { isFiller } from '../concepts.ts';
import type { Dialogue, Warning } from '../dialogue.ts';
import { covers, isServiceName, meansWorld, type NamedPorts, portsIn, portText, typedSource } from '../network.ts';
import type { Understood } from '../reply.ts';
import { askWhich, choose, choosingWords, type Declared, type Listed, listAll, readAll, wordScore } from '../resources.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';
import { asList, asObject } from '../wire.ts';
import { close, restrict } from './close.ts';
import { open } from './open.ts';
import { direction, type Rule } from './rule.ts';

const OPEN =
  'add open allow permit expose enable accept let whitelist need adicione adiciona adicionar abra abre abrir libere libera liberar permita permitir inclua exponha'.split(
    ' ',
  );
const CLOSE =
  'remove close delete drop block revoke disallow deny shut disable remova remover feche fecha fechar tire tira bloqueie bloqueia revogue apague exclua'.split(
    ' ',
  );
const RESTRICT = ['restrict', 'limit', 'narrow', 'restrinja', 'restringe', 'restringir', 'limite', 'limita'];
const GROUP = /^AWS::EC2::SecurityGroup$/;

/** `only allow ssh from 10.0.0.0/8`: nobody else any more. */
const ONLY = /\b(only|just(?! (?:open|add|allow|make|let)\b)|apenas|somente|so)\b.*\b(from|to|de|da|do|para)\b/;

type Wish = 'open' | 'close' | 'restrict';

export async function ports(dialogue: Dialogue): Promise<Understood | undefined> {
  const wish = wishOf(dialogue.sentence);
  const named = portsIn(dialogue.sentence);
  if (!wish || (named.ports.length === 0 && named.impossible.length === 0)) return undefined;
  if (/\b(listener|health ?check|target group)\b/.test(plain(dialogue.sentence))) return undefined;
  if (named.impossible.length > 0) return impossible(dialogue, named);
  const groups = await listAll(dialogue, GROUP);
  // `the rule about open ssh` may be another rule than one of a group.
  if (groups.length === 0 && /\b(?:rules?|regras?)\b/.test(plain(dialogue.sentence)) && wish === 'close') return undefined;
  if (groups.length === 0)
    return dialogue.unable(
      'There is no security group in the phase files, so there is no port to change.',
      'Não há security group nos arquivos de fase, então não há porta a mudar.',
    );
  const declared = await readAll(dialogue, groups.slice(0, 30));
  const standalone = await standaloneRules(dialogue);
  const rulesOf = (group: Declared) => [...inlineRules(group, direction(dialogue)), ...standalone.filter((rule) => belongsTo(rule, group))];
  const group = await pickGroup(dialogue, declared, named, wish, rulesOf);
  if (!group)
    return dialogue.unable(
      'I did not find that security group. Say its name as it stands in the file.',
      'Não encontrei esse security group. Diga o nome como está no arquivo.',
    );
  if (wish === 'open') return open(dialogue, group, rulesOf(group), named);
  return wish === 'close' ? close(dialogue, group, rulesOf(group), named) : restrict(dialogue, group, rulesOf(group), named);
}

function wishOf(sentence: string): Wish | undefined {
  const words = wordsOf(sentence);
  if (hasWord(words, RESTRICT) || (ONLY.test(plain(sentence)) && typedSource(sentence) !== undefined)) return 'restrict';
  const first =
    words.find((word) => OPEN.includes(word) || CLOSE.includes(word)) ??
    words.find((word) => hasWord([word], OPEN) || hasWord([word], CLOSE));
  if (first === undefined) return undefined;
  return hasWord([first], CLOSE) && !OPEN.includes(first) ? 'close' : 'open';
}

function impossible(dialogue: Dialogue, named: NamedPorts): Promise<never> {
  const what = named.impossible.join(', ');
  return dialogue.unable(
    `${what} is not a port: ports go from 1 to 65535. I changed nothing.`,
    `${what} não é uma porta: portas vão de 1 a 65535. Não mudei nada.`,
  );
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
  const within = plain(sentence).replace(
    /\bfrom\s+(?:(?!\b(?:on|in|to)\b).)*\b(?:on|in|to)\s+(?=(?:the |our )?[\w -]*\b(?:sg|group)\b)/,
    'on ',
  );
  const target = within.replace(/\b(?:from|de onde|vindo d[eoa]|a partir d[eoa])\b(?!.*\b(?:from)\b).*$/, (tail) =>
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
  const services = wordsOf(dialogue.sentence).filter(isServiceName);
  const namedFor = groups.filter((group) => wordsOf(group.name).some((word) => services.includes(word)));
  if (words.length === 0 && namedFor.length === 1) return namedFor[0];
  if (wish !== 'open') {
    const holding = groups.filter((group) => rulesOf(group).some((rule) => named.ports.some((port) => covers(rule.data, port))));
    if (holding.length === 1 && (words.length === 0 || wordScore(holding[0] as Listed, words) > 0 || groups.length === 1))
      return holding[0];
  }
  if (groups.length === 1 && words.length === 0) return groups[0];
  const fitting = choice.kind === 'several' && words.length > 0 ? choice.resources : groups;
  return byAddress(groups, await askWhich(dialogue, fitting, 'security group', wish === 'open' ? ofWorld(dialogue, named) : undefined));
}

/** Who opens a port to the whole internet hears of it before the group is settled. */
export function ofWorld(dialogue: Dialogue, { ports: opened }: NamedPorts): Warning | undefined {
  const typed = typedSource(dialogue.sentence)?.value;
  if (typed === undefined ? !meansWorld(dialogue.sentence) : !/^(0\.0\.0\.0|::)\/0$/.test(typed)) return undefined;
  const what = opened.map(portText).join(', ');
  return {
    rule: 'open-to-world',
    message: dialogue.words(
      `This opens port ${what} to the whole internet. Safer: one address range, e.g. 203.0.113.0/24.`,
      `Isto abre a porta ${what} para toda a internet. Mais seguro: uma faixa de endereços, por exemplo 203.0.113.0/24.`,
    ),
  };
}

function byAddress(groups: readonly Declared[], chosen: Listed | undefined): Declared | undefined {
  return groups.find((group) => group.address === chosen?.address);
}
