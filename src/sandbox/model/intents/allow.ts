/** Permissions: a role may do something with a resource, or a service may use one. No action beyond what is said, no `*` resource. */
import { nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { type Edit, pointer, proposal, setProperty, type Understood } from '../reply.ts';
import { type Declared, type Listed, listAll, readAll } from '../resources.ts';
import { arnOf, type Doing, doingsIn, grantsFor, principalIn, serviceActions } from '../services.ts';
import { plain, wordsOf } from '../tokenise.ts';
import { asList, asObject, asText, type Data, type DataObject, isList } from '../wire.ts';
import { resourcesMeant } from './meant.ts';

const VERB = '(?:allow|let|permit|grant|give|enable|permita|permite|deixe|deixa|autorize|libere)';
/** `let SUBJECT do OBJECT`, `SUBJECT should be able to do OBJECT`. */
const FORMS: readonly RegExp[] = [
  new RegExp(
    String.raw`\b${VERB}\s+(?:que\s+)?(?:the |o |a |ao |à )?(.+?)\s+(?:to\s+)?((?:read|write|get|put|send|publish|receive|consume|invoke|use|delete|list|upload|download|store|query|call|start|decrypt|access|ler|leia|escrever|escreva|gravar|grave|enviar|envie|publicar|publique|receber|consumir|invocar|usar|use|apagar|listar|acess\w+)\b.*)$`,
    'i',
  ),
  /^(?:the |o |a )?(.+?)\s+(?:should be able to|must be able to|needs? to be able to|needs to|has to|must|should|deve poder|precisa poder|precisa|deve)\s+((?:read|write|get|put|send|publish|receive|consume|invoke|use|delete|list|upload|download|ler|escrever|gravar|enviar|publicar|receber|consumir|invocar|usar|apagar)\b.*)$/i,
];
/** The policy beside a resource, and what is done with the resource by whom it allows. */
const PRINCIPAL_POLICY: { readonly [type: string]: { readonly type: string; readonly targets: string; readonly doing: RegExp } } = {
  'AWS::SNS::Topic': { type: 'AWS::SNS::TopicPolicy', targets: 'Topics', doing: /\b(publish|publicar|notify)\b/ },
  'AWS::SQS::Queue': { type: 'AWS::SQS::QueuePolicy', targets: 'Queues', doing: /\b(send|enqueue|enviar)\b/ },
};

export async function allow(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const trusting = TRUST.exec(dialogue.sentence);
  if (trusting !== null) return trust(dialogue, focus, trusting[1] ?? '', trusting[2] ?? '');
  const everything = EVERYTHING.exec(dialogue.sentence)?.[1];
  if (everything !== undefined) return allowAll(dialogue, focus, everything);
  const parts = FORMS.map((form) => form.exec(dialogue.sentence)).find((match) => match !== null);
  const [, subject = '', doing = ''] = parts ?? [];
  if (subject === '' || doingsIn(doing).length === 0) return undefined;
  const listed = await listAll(dialogue);
  const holder = await roleOf(dialogue, subject, listed, focus);
  if (holder !== undefined) return grantRole(dialogue, holder, doing, listed, focus);
  const service = principalIn(subject);
  return service === undefined ? undefined : allowService(dialogue, service, doing, listed, focus);
}

// ------------------------------------------------------------------------------------------------------ trust and all of it

/** `let codebuild assume the deploy role`. */
const TRUST = new RegExp(
  String.raw`\b${VERB}\s+(?:que\s+)?(?:the |o |a )?(.+?)\s+(?:to\s+)?(?:assume|use|take on|assuma|assumir|use|usar)\s+(?:the |our |a |o )?(.*\b(?:role|papel)\b.*)$`,
  'i',
);
const EVERYTHING =
  /\b(?:give|grant|allow|let|d[eê]|conceda|permita)\s+(?:the |o |a |ao |à )?(.+?)\s+(?:(?:to )?do (?:everything|anything)|(?:all|full|every) permissions?(?: (?:on|to|for) (?:everything|anything|all(?: resources)?))?|(?:full )?admin(?:istrator)?(?: access| rights| permissions)?|access to everything|todas as permiss[oõ]es(?: em tudo)?|acesso total|fazer tudo)\s*[.!]*$/i;

/** One more service in the statement that lets services take the role on. */
async function trust(dialogue: Dialogue, focus: Focus, subject: string, phrase: string): Promise<Understood | undefined> {
  const service = principalIn(subject);
  const roles = (await listAll(dialogue)).filter(({ type }) => type === 'AWS::IAM::Role');
  const named = phrase.replace(/\b(?:too|also|as well|tamb[eé]m)\b/gi, ' ');
  const [chosen, more] = service === undefined ? [] : await resourcesMeant(dialogue, named, roles, focus);
  const [role] = chosen === undefined || more !== undefined ? [] : await readAll(dialogue, [chosen]);
  const statements = asList(asObject(role?.properties.AssumeRolePolicyDocument).Statement).map(asObject);
  const at = statements.findIndex((one) => one.Effect === 'Allow' && servicesOf(one).length > 0 && one.Condition === undefined);
  const model = statements[at];
  if (role === undefined || service === undefined || model === undefined) return undefined;
  focus.on(role);
  if (statements.some((one) => servicesOf(one).includes(service)))
    return dialogue.words(`${service} may do so already.`, `${service} já pode fazer isso.`);
  const target = { address: role.address, path: pointer(['AssumeRolePolicyDocument', 'Statement', String(at), 'Principal', 'Service']) };
  const edit: Edit = isList(asObject(model.Principal).Service)
    ? { kind: 'append', target, value: service }
    : { kind: 'set', target, value: [...servicesOf(model), service] };
  const where = `${role.address} (${role.at})`;
  return proposal([edit], dialogue.words(`Lets ${service} take on ${where} as well.`, `Permite que ${service} também assuma ${where}.`));
}

/** As asked; the guardrail for policies that allow everything warns of it. */
async function allowAll(dialogue: Dialogue, focus: Focus, subject: string): Promise<Understood | undefined> {
  const role = await roleOf(dialogue, subject, await listAll(dialogue), focus);
  const edit = role === undefined ? undefined : policyEdit(role, 'everything', [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
  if (role === undefined || edit === undefined) return undefined;
  focus.on(role);
  return proposal(
    [edit],
    dialogue.words(
      `Allows ${role.address} (${role.at}) every action on everything. Safer: say what it needs, e.g. "let the role read from the orders table".`,
      `Permite a ${role.address} (${role.at}) todas as ações em tudo. Mais seguro: diga o que precisa, por exemplo "permita que a role leia da tabela orders".`,
    ),
  );
}

// ---------------------------------------------------------------------------------------------------------------- a role

/** The role that is named, or the one of the function that is. */
async function roleOf(dialogue: Dialogue, subject: string, listed: readonly Listed[], focus: Focus): Promise<Declared | undefined> {
  const types = nounsIn(wordsOf(subject)).map(({ type }) => type);
  const names = (type: string) => types.some((pattern) => pattern.test(type));
  if (!names('AWS::IAM::Role') && !names('AWS::Lambda::Function') && !names('AWS::ECS::Service')) return undefined;
  const pool = listed.filter(({ type }) =>
    names('AWS::IAM::Role') ? type === 'AWS::IAM::Role' : types.some((pattern) => pattern.test(type)),
  );
  const [chosen, more] = await resourcesMeant(dialogue, roleWords(subject), pool, focus);
  const [declared] = chosen === undefined || more !== undefined ? [] : await readAll(dialogue, [chosen]);
  if (declared === undefined || declared.type === 'AWS::IAM::Role') return declared;
  const reference = asObject(declared.properties.Role);
  const name = asText(asList(reference['Fn::GetAtt'])[0] ?? reference.Ref);
  const role = listed.find((one) => one.name === name && one.type === 'AWS::IAM::Role');
  return role === undefined ? undefined : (await readAll(dialogue, [role]))[0];
}

function roleWords(subject: string): string {
  return subject.replace(/\bpermissions?\b|\baccess\b/gi, ' ');
}

async function grantRole(
  dialogue: Dialogue,
  role: Declared,
  doing: string,
  listed: readonly Listed[],
  focus: Focus,
): Promise<Understood | undefined> {
  const target = await targetOf(
    dialogue,
    doing,
    listed.filter(({ address }) => address !== role.address),
    focus,
  );
  if (target === undefined) return undefined;
  const grants = grantsFor(target.type, doingsIn(doing) as Doing[]);
  if (grants.length === 0) return undefined;
  const statements = statementsOf(grants, target);
  const edit = policyEdit(role, target.label, statements);
  if (edit === undefined) return undefined;
  focus.on(role);
  const actions = grants.map(({ action }) => action).join(', ');
  return proposal(
    [edit],
    dialogue.words(
      `Allows ${role.address} (${role.at}) ${actions} on ${target.label}.`,
      `Permite a ${role.address} (${role.at}) ${actions} em ${target.label}.`,
    ),
  );
}

interface Target {
  readonly type: string;
  readonly label: string;
  readonly arn: (below: string) => Data;
}

const LITERAL_NAME =
  /\b(bucket|secret|segredo|table|queue|topic|tabela|fila|t[oó]pico)\s+(?:called |named |chamad[ao] )?["'`]?([a-z0-9][\w.-]*[\w])["'`]?/i;
const LITERAL_TYPES: { readonly [noun: string]: readonly [string, (name: string) => string] } = {
  bucket: ['AWS::S3::Bucket', (name) => `arn:aws:s3:::${name}`],
  secret: ['AWS::SecretsManager::Secret', (name) => `arn:aws:secretsmanager:*:*:secret:${name}-*`],
  segredo: ['AWS::SecretsManager::Secret', (name) => `arn:aws:secretsmanager:*:*:secret:${name}-*`],
};

/** What exists in the files, else what is called by a name that only AWS knows. */
async function targetOf(dialogue: Dialogue, doing: string, listed: readonly Listed[], focus: Focus): Promise<Target | undefined> {
  const [, noun = '', name = ''] = LITERAL_NAME.exec(doing) ?? [];
  const literal = LITERAL_TYPES[noun.toLowerCase()];
  const isOwn = listed.some((one) => one.name.toLowerCase() === name.toLowerCase());
  if (literal !== undefined && /[-.\d]/.test(name) && !isOwn)
    return { type: literal[0], label: name, arn: (below) => `${literal[1](name)}${below}` };
  const object = doing.replace(
    /^(?:(?:read|write|get|put|send|publish|receive|consume|invoke|use|delete|list|upload|download|store|query|call|start|access|ler|leia|escrever|escreva|gravar|grave|enviar|envie|publicar|publique|receber|consumir|invocar|usar|apagar|listar)\b(?:\s*(?:,|and|or|e|ou)\s*)?)+/i,
    ' ',
  );
  const [, after = object] =
    /(?:^|\s)(?:objects?|items?|messages?|files?|data|objetos?|itens|mensagens|arquivos?|dados)?\s*(?:to|from|into|in|on|at|the|n[ao]s?|d[ao]s?|para|pra|em|o|a)\s+(.+)$/i.exec(
      object,
    ) ?? [];
  const known = listed.filter(({ type }) => grantsFor(type, doingsIn(doing) as Doing[]).length > 0);
  const found = await resourcesMeant(dialogue, after.replace(/\b(too|as well|tambem|também)\b/gi, ' '), known, focus);
  const [one, more] = found;
  if (one === undefined || more !== undefined) return undefined;
  return { type: one.type, label: one.name, arn: (below) => arnOf(one.type, one.name, below) };
}

/** One statement for each resource that the actions are about. */
function statementsOf(grants: ReturnType<typeof grantsFor>, target: Target): DataObject[] {
  const places = [...new Set(grants.map(({ below = '' }) => below))];
  return places.map((place) => ({
    Effect: 'Allow',
    Action: grants.filter(({ below = '' }) => below === place).map(({ action }) => action),
    Resource: target.arn(place),
  }));
}

function policyEdit(role: Declared, label: string, statements: readonly DataObject[]): Edit | undefined {
  const held = role.properties.Policies;
  const name = `Access${wordsOf(label)
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('')}`;
  const policy = { PolicyName: name, PolicyDocument: { Version: '2012-10-17', Statement: [...statements] } };
  if (held === undefined) return setProperty(role, ['Policies'], [policy]);
  return isList(held) ? { kind: 'append', target: { address: role.address, path: '/Policies' }, value: policy } : undefined;
}

// ------------------------------------------------------------------------------------------------------------- a service

async function allowService(
  dialogue: Dialogue,
  service: string,
  doing: string,
  listed: readonly Listed[],
  focus: Focus,
): Promise<Understood | undefined> {
  const known = listed.filter(({ type }) => serviceActions(type, service) !== undefined && !/Policy$/.test(type));
  const [, after = doing] = /^\w+\s+(?:to |in |on |into |n[ao] |em |para )?(?:the |o |a )?(.+)$/i.exec(doing) ?? [];
  const [target, more] = await resourcesMeant(dialogue, after.replace(/\b(too|also|as well|tambem|também)\b/gi, ' '), known, focus);
  const places =
    target === undefined || more !== undefined ? await onlyPolicy(dialogue, after, listed) : await policiesOf(dialogue, target, listed);
  const [place] = places;
  if (place === undefined || places.length > 1) return undefined;
  focus.on(place.resource);
  const edit = statementEdit(place, service);
  if (edit === undefined) return dialogue.words(`${service} may do so already.`, `${service} já pode fazer isso.`);
  const where = `${place.resource.address} (${place.resource.at})`;
  return proposal([edit], dialogue.words(`Allows ${service} in ${where}.`, `Permite ${service} em ${where}.`));
}

interface PolicyPlace {
  readonly resource: Declared;
  readonly path: readonly string[];
  readonly statements: readonly DataObject[];
  readonly about: string;
}

/** The policy of a key stands in it; that of a topic or queue beside it. */
async function policiesOf(dialogue: Dialogue, target: Listed, listed: readonly Listed[]): Promise<PolicyPlace[]> {
  const beside = PRINCIPAL_POLICY[target.type];
  if (beside === undefined) return (await readAll(dialogue, [target])).flatMap((resource) => placeIn(resource, ['KeyPolicy'], target.type));
  const policies = await readAll(
    dialogue,
    listed.filter(({ type }) => type === beside.type),
  );
  const own = policies.filter(({ properties }) => JSON.stringify(properties[beside.targets] ?? null).includes(`"${target.name}"`));
  return own.flatMap((resource) => placeIn(resource, ['PolicyDocument'], target.type));
}

/** Templates that name their topic by a parameter still hold its policy. */
async function onlyPolicy(dialogue: Dialogue, after: string, listed: readonly Listed[]): Promise<PolicyPlace[]> {
  const types = nounsIn(wordsOf(after)).map(({ type }) => type);
  const named = types.some((type) => Object.keys(PRINCIPAL_POLICY).some((one) => type.test(one)));
  const wanted = Object.entries(PRINCIPAL_POLICY).find(([type, { doing }]) =>
    named ? types.some((pattern) => pattern.test(type)) : doing.test(plain(dialogue.sentence)),
  );
  if (wanted === undefined) return [];
  const policies = await readAll(
    dialogue,
    listed.filter(({ type }) => type === wanted[1].type),
  );
  return policies.flatMap((resource) => placeIn(resource, ['PolicyDocument'], wanted[0]));
}

function placeIn(resource: Declared, path: readonly string[], about: string): PolicyPlace[] {
  const held = path.reduce<Data | undefined>((value, key) => asObject(value)[key], resource.properties);
  const statements = asObject(held).Statement;
  return isList(statements) ? [{ resource, path: [...path, 'Statement'], statements: statements.map(asObject), about }] : [];
}

/** Beside the services of a statement that lets others do the same; else a statement of its own after the model of one that does. */
function statementEdit({ resource, path, statements, about }: PolicyPlace, service: string): Edit | undefined {
  const actions = serviceActions(about, service) ?? [];
  const sibling = statements.findIndex((one) => one.Effect === 'Allow' && servicesOf(one).length > 0 && one.Condition === undefined);
  if (statements.some((one) => one.Effect === 'Allow' && servicesOf(one).includes(service))) return undefined;
  const model = statements[sibling];
  const at = (...more: string[]) => ({ address: resource.address, path: pointer([...path, ...more]) });
  if (model !== undefined && isList(asObject(model.Principal).Service))
    return { kind: 'append', target: at(String(sibling), 'Principal', 'Service'), value: service };
  const other = statements.find((one) => one.Resource !== undefined);
  const own = wordsOf(service.split('.')[0] ?? '')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');
  const action = actions.length === 1 ? (actions[0] ?? '') : [...actions];
  const statement: DataObject = {
    Sid: `Allow${own}`,
    Effect: 'Allow',
    Principal: { Service: service },
    Action: action,
    Resource: model?.Resource ?? other?.Resource ?? '*',
    ...(model === undefined ? { Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } } : {}),
  };
  return { kind: 'append', target: at(), value: statement };
}

function servicesOf({ Principal }: DataObject): string[] {
  const service = asObject(Principal).Service;
  return isList(service) ? service.map(asText) : typeof service === 'string' ? [service] : [];
}
