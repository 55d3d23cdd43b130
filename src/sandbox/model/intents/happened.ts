/** What happened, who did it and when: deployments, for one resource those that changed it and what was changed by hand since. */
import { nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import { choose, choosingWords, type Listed, listAll, unexplained } from '../resources.ts';
import { plain, wordsOf } from '../tokenise.ts';
import { asList, asObject, asText, type DataObject } from '../wire.ts';
import { refused } from './operate.ts';

/** Verbs of doing, by their stems: the speller may have changed the ending. */
const DONE = String.raw`(?:deploy\w*|chang\w+|modif\w+|touch\w*|edit\w*|updat\w+|creat\w+|add\w*|remov\w+|delet\w+|open\w*|releas\w+|appl\w+|mud(?:ou|aram)|alter(?:ou|aram)|mexeu|implant\w*|cri(?:ou|aram)|apag(?:ou|aram)|abriu|fez)`;
const ASKED: readonly RegExp[] = [
  /\b(?:history|historico|deployments|deploys|changes|mudancas|commits?|changelog)\b/,
  new RegExp(String.raw`\b(?:who|quem|when|quando|any(?:body|one)|some(?:body|one)|alguem)\b.*\b${DONE}\b`),
  /\b(?:last|latest|previous|ultim[oa]s?)\s+(?:\w+\s+)?(?:deploy\w*|changes?|releases?|mudancas?|alterac\w+|versao|version)\b/,
  /\bwhat (?:(?:has|have|was|were|did) )?(?:\w+ )?(?:chang\w*|deployed|happened?)\b|\bo que (?:mudou|aconteceu|foi (?:mudado|alterado|implantado))\b/,
];
const MOST = 10;
const MOST_NAMED = 5;
/** Words of such a question that choose no resource. */
const ASKING =
  /^(?:who|when|anybody|anyone|somebody|someone|alguem|what|which|last|latest|recent|recently|time|change[sd]?|deploy\w*|happened|history|show|list|quem|quando|ultim[oa]s?|mud\w+|alter\w+|historico|foi|vez|commits?|today|yesterday|week|hoje|ontem|semana|version|made|done|by|hand|chang\w+|modif\w+|touch\w*|edit\w*|updat\w+|creat\w+|add\w*|remov\w+|delet\w+|open\w*|releas\w+|appl\w+|mexeu|implant\w*|cri(?:ou|aram)|apag(?:ou|aram)|abriu|fez)$/;

export function asksWhatHappened(text: string): boolean {
  return ASKED.some((pattern) => pattern.test(text));
}

export async function whatHappened(dialogue: Dialogue): Promise<string> {
  const named = await resourcesNamed(dialogue);
  if (typeof named === 'string') return named;
  const text = plain(dialogue.sentence);
  const last = /\b(?:last|latest|ultim[oa])\b/.test(text) || /^\s*(?:who|when|quem|quando|did|alguem)\b/.test(text);
  const limit = last ? 1 : MOST;
  const inputs = named.length === 0 ? [{ limit }] : named.map(({ address }) => ({ limit, address }));
  const results = await dialogue.tools(inputs.map((input) => ({ name: 'history', input })));
  const answers = results.map((result, index) => deployments(dialogue, result, named[index]));
  return [...answers, ...(named.length === 0 ? [] : await byHand(dialogue, named))].join('\n');
}

function deployments(dialogue: Dialogue, result: DataObject, only: Listed | undefined): string {
  if (result.status !== 'success') return refused(dialogue, result);
  const rows = asList(result.deployments).map(asObject);
  const place = only === undefined ? '' : `${only.address}: `;
  if (rows.length > 0) return rows.map((row) => `- ${place}${line(dialogue, row)}`).join('\n');
  return only === undefined
    ? dialogue.words('No deployment yet.', 'Nenhum deploy ainda.')
    : dialogue.words(`No recorded deployment changed ${only.address}.`, `Nenhum deploy registrado mudou ${only.address}.`);
}

function line(dialogue: Dialogue, row: DataObject): string {
  const [by, request] = [asText(row.by), asText(row.request)];
  const who = by === '' ? '' : dialogue.words(` by ${by}`, ` por ${by}`);
  const when = `${asText(row.at).slice(0, 16).replace('T', ' ')} UTC`;
  return `${when}${who}: ${asText(row.result)} ${asText(row.commit)}${request === '' ? '' : `, "${request}"`} (${asText(row.summary)})`;
}

/** The resources that the question names: none when it names none, a text when nothing fits what it names. */
async function resourcesNamed(dialogue: Dialogue): Promise<readonly Listed[] | string> {
  const words = choosingWords(dialogue.sentence).filter((word) => !ASKING.test(word));
  if (words.length === 0) return [];
  const listed = await listAll(dialogue);
  const nouns = nounsIn(wordsOf(dialogue.sentence.replace(/\b(?:of|for|that|in|on)\b.*$/i, '')));
  // `the ALB security group` and `o security group do ALB` are both a security group.
  const head = nouns.at(dialogue.language === 'pt' ? 0 : -1);
  const ofKind = head === undefined ? [] : listed.filter(({ type }) => head.type.test(type));
  const choice = choose(ofKind.length > 0 ? ofKind : listed, words);
  const chosen = choice.kind === 'one' ? [choice.resource] : choice.kind === 'several' ? choice.resources : [];
  const fitting = chosen.filter((resource) => unexplained(resource, words).length === 0);
  if (fitting.length > 0 && fitting.length <= MOST_NAMED) return fitting;
  return dialogue.words(
    `I cannot tell which resource "${words.join(' ')}" is. "show history" lists all deployments.`,
    `Não sei qual recurso é "${words.join(' ')}". "mostre o histórico" lista todos os deploys.`,
  );
}

async function byHand(dialogue: Dialogue, named: readonly Listed[]): Promise<readonly string[]> {
  const result = await dialogue.tool('detect_drift', { addresses: named.map(({ address }) => address) });
  const found = result.status === 'success' ? asList(result.findings).map(asObject) : [];
  return found.map((finding) => {
    const changes = asList(finding.changes).map(asText).join('; ');
    const who = asText(finding.actor) || dialogue.words('nobody known', 'ninguém conhecido');
    const text = `${asText(finding.address)}, ${who}: ${changes}`;
    return dialogue.words(`- by hand in AWS: ${text}`, `- à mão na AWS: ${text}`);
  });
}
