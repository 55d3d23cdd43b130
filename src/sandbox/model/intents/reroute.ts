/** Let a resource refer to another one: `route the second subnet through NatB`, `use the new role for the function`. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { proposal, setProperty, type Understood } from '../reply.ts';
import { choosingWords, type Declared, type Listed, listAll, namedIn, readAll, unexplained, wordScore } from '../resources.ts';
import { wordsOf } from '../tokenise.ts';
import { asList, asObject, asText, type Data, isList, isObject } from '../wire.ts';

const FORM = /\b(?:through|via|to|at|use|using|with|para|pra|pel[oa]|por|usando|usar)\s+(?:the |o |a )?([\w-]+)\s*[.!]?$/i;
const VERB =
  /^\s*(?:then |also |e |and )?(?:route|point|attach|connect|direct|send|move|switch|use|rewire|aponte|aponta|roteie|roteia|conecte|direcione|use)\b/i;

interface Reference {
  readonly resource: Declared;
  readonly path: readonly string[];
  readonly value: Data;
}

export async function reroute(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const name = FORM.exec(dialogue.sentence.trim())?.[1];
  if (name === undefined || !VERB.test(dialogue.sentence)) return undefined;
  const listed = await listAll(dialogue);
  const [target, more] = namedIn(name, listed);
  if (target === undefined || more !== undefined) return undefined;
  const alike = listed.filter(({ type, address }) => type === target.type && address !== target.address).map((one) => one.name);
  const subject = choosingWords(dialogue.sentence.replace(FORM, ' ')).filter(
    (word) => !/^(route|point|attach|connect|direct|traffic|rewire|aponte|roteie|conecte|direcione)$/.test(word),
  );
  const near = [...listed].sort((a, b) => wordScore(b, subject) - wordScore(a, subject)).slice(0, 30);
  const all = (await readAll(dialogue, near)).flatMap((resource) => referencesOf(resource, alike, target.name));
  const fitting = all.filter(({ resource }) => isAbout(resource, subject, listed));
  const [only] = fitting;
  if (only === undefined || fitting.length > 1) return undefined;
  focus.on(only.resource);
  focus.reroute(only.resource.address, only.path);
  const where = `${only.path.join('.')} of ${only.resource.address} (${only.resource.at})`;
  return proposal(
    [setProperty(only.resource, only.path, only.value)],
    dialogue.words(`Points ${where} to ${target.name}.`, `Aponta ${where} para ${target.name}.`),
  );
}

/** Its own words, and those of what it refers to: the route of a private subnet is named for the subnet. */
function isAbout(resource: Declared, words: readonly string[], listed: readonly Listed[]): boolean {
  const names = JSON.stringify(resource.properties).match(/"(?:Ref|Fn::GetAtt)":(?:"[^"]+"|\["[^"]+")/g) ?? [];
  const others = listed.filter(({ name }) => names.some((text) => text.endsWith(`"${name}"`)));
  const about = [resource, ...others].flatMap(({ name }) => wordsOf(name)).join(' ');
  return unexplained({ ...resource, about: `${resource.about} ${about}` }, words).length === 0;
}

/** References to others of the target's kind, as they would read for the target. */
function referencesOf(resource: Declared, alike: readonly string[], target: string): Reference[] {
  const walk = (value: Data, path: readonly string[]): Reference[] => {
    if (isList(value)) return value.flatMap((item, index) => walk(item, [...path, String(index)]));
    if (!isObject(value)) return [];
    if (typeof value.Ref === 'string') return alike.includes(value.Ref) ? [{ resource, path, value: { Ref: target } }] : [];
    const [name, ...rest] = asList(asObject(value)['Fn::GetAtt']).map(asText);
    if (name !== undefined) return alike.includes(name) ? [{ resource, path, value: { 'Fn::GetAtt': [target, ...rest] } }] : [];
    return Object.entries(value).flatMap(([key, item]) => walk(item, [...path, key]));
  };
  return walk(resource.properties, []);
}
