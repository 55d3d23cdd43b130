/** What people call properties and their values: general vocabulary of AWS in two languages, of no repository. */
import { related } from './concepts.ts';
import { same, singular, stem } from './tokenise.ts';

/** What people say -> words that properties are named with. Several words on the left are a phrase. */
const SAID: readonly (readonly [string, string])[] = [
  ['ram', 'memory'],
  ['x ray', 'tracing'],
  ['concurrent run', 'concurrent executions'],
  ['parallel run', 'concurrent executions'],
  ['detailed monitoring', 'monitoring'],
  ['monitoramento detalhado', 'monitoring'],
  ['automatic', 'auto'],
  ['automatico', 'auto'],
  ['automatica', 'auto'],
  ['listen', 'port'],
  ['escuta', 'port'],
  ['deregistering', 'deregistration delay timeout'],
  ['draining', 'deregistration delay timeout'],
  ['drain', 'deregistration delay timeout'],
  ['before deleting', 'pending window'],
  ['before it is deleted', 'pending window'],
  ['antes de apagar', 'pending window'],
  ['antes de excluir', 'pending window'],
  ['mark healthy', 'healthy threshold count'],
  ['sticky', 'stickiness'],
  ['roll back', 'rollback'],
  ['memoria', 'memory'],
  ['mem', 'memory'],
  ['keep', 'retention'],
  ['retain', 'retention'],
  ['retencao', 'retention'],
  ['guarde', 'retention'],
  ['guarda', 'retention'],
  ['mantenha', 'retention'],
  ['manter', 'retention'],
  ['tempo limite', 'timeout'],
  ['time out', 'timeout'],
  ['task', 'desired count capacity'],
  ['tarefa', 'desired count capacity'],
  ['copy', 'desired count'],
  ['copia', 'desired count'],
  ['replica', 'replica count'],
  ['scale', 'desired count capacity size'],
  ['escale', 'desired count capacity size'],
  ['escala', 'desired count capacity size'],
  ['run', 'desired count'],
  ['min', 'min minimum'],
  ['minimo', 'min minimum'],
  ['minimum', 'min minimum'],
  ['at least', 'min minimum'],
  ['pelo menos', 'min minimum'],
  ['max', 'max maximum'],
  ['maximo', 'max maximum'],
  ['maximum', 'max maximum'],
  ['at most', 'max maximum'],
  ['ate', 'max maximum'],
  ['up to', 'max maximum'],
  ['server', 'size'],
  ['grow', 'size storage'],
  ['disk', 'size storage'],
  ['disco', 'size storage'],
  ['tamanho', 'size'],
  ['fire', 'threshold'],
  ['limite', 'threshold'],
  ['limiar', 'threshold'],
  ['alert me', 'threshold'],
  ['alarm at', 'threshold'],
  ['drop below', 'threshold'],
  ['above', 'threshold'],
  ['capacidade', 'capacity'],
  ['leitura', 'read'],
  ['escrita', 'write'],
  ['every', 'interval period frequency'],
  ['tls', 'minimum protocol version'],
  ['intervalo', 'interval'],
  ['a cada', 'interval period'],
  ['healthcheck', 'health check'],
  ['caminho', 'path'],
  ['vcpu', 'cpu'],
  ['processador', 'cpu'],
  ['backup', 'backup retention'],
  ['visibility', 'visibility timeout'],
  ['mensagem', 'message'],
  ['check', 'threshold count'],
  ['verificacao', 'threshold count'],
  ['failed receive', 'receive count'],
  ['receive', 'receive count'],
  ['tentativa', 'retry attempts'],
  ['retries', 'retry attempts'],
  ['cache', 'ttl'],
  ['fuso horario', 'tz timezone'],
  ['time zone', 'tz timezone'],
  ['timezone', 'tz timezone'],
  ['versao', 'version'],
  ['imagem', 'image'],
  ['porta', 'port'],
  ['tipo', 'type class'],
  ['instance type', 'instance type class'],
  ['instance class', 'instance type class'],
  ['classe', 'class'],
  ['tipo de instancia', 'instance type class'],
  ['descricao', 'description'],
  ['nome', 'name'],
  ['chave', 'key'],
  ['versionamento', 'versioning'],
  ['versioned', 'versioning'],
  ['criptografia', 'encryption encrypted'],
  ['criptografe', 'encrypted encryption'],
  ['criptografa', 'encrypted encryption'],
  ['encrypt', 'encrypted encryption sse'],
  ['encryption', 'encrypted encryption sse'],
  ['armazenamento', 'storage'],
  ['storage', 'storage'],
  ['from deletion', 'deletion protection'],
  ['from being deleted', 'deletion protection'],
  ['contra exclusao', 'deletion protection'],
  ['protecao contra exclusao', 'deletion protection'],
  ['delete protection', 'deletion protection'],
  ['point in time', 'point in time recovery'],
  ['pitr', 'point in time recovery'],
  ['multi az', 'multi az'],
  ['publicly accessible', 'publicly accessible'],
  ['public access', 'publicly accessible'],
  ['acesso publico', 'publicly accessible'],
  ['container insights', 'container insights'],
  ['performance insights', 'performance insights'],
  ['tracing', 'tracing'],
  ['billing', 'billing mode'],
  ['cobranca', 'billing mode'],
  ['runtime', 'runtime'],
  ['cidr', 'cidr block'],
  ['range', 'cidr block'],
  ['move', 'cidr block'],
  ['ttl', 'ttl'],
  ['trigger', 'event'],
  ['times', 'attempts'],
  ['vezes', 'attempts'],
  ['try', 'attempts'],
  ['request per second', 'rate limit'],
  ['burst', 'burst limit'],
  ['redirecione', 'viewer protocol policy'],
  ['redireciona', 'viewer protocol policy'],
  ['expire', 'expiration validity'],
  ['periodos', 'periods'],
  ['older than', 'threshold'],
  ['reach', 'threshold'],
  ['chegar', 'threshold'],
  ['chega', 'threshold'],
  ['passar', 'threshold'],
  ['passa', 'threshold'],
  ['exceed', 'threshold'],
  ['node', 'nodes clusters count'],
  ['last', 'duration'],
  ['grace', 'grace period'],
  ['mfa', 'mfa'],
  ['access token', 'access token validity'],
  ['try', 'attempts'],
  ['edge', 'cache'],
  ['waiting period', 'pending window'],
  ['pass', 'threshold'],
  ['cross', 'threshold'],
  ['hit', 'threshold'],
  ['go above', 'threshold'],
  ['over', 'threshold'],
  ['machine', 'instance type class compute'],
  ['maquina', 'instance type class compute'],
  ['ultrapassar', 'threshold'],
  ['acima', 'threshold'],
  ['abaixo', 'threshold'],
  ['root disk', 'ebs volume size'],
  ['root volume', 'ebs volume size'],
  ['boot disk', 'ebs volume size'],
  ['idle connection', 'idle timeout'],
  ['conexoes ociosas', 'idle timeout'],
  ['need', 'require'],
  ['less than', 'threshold'],
  ['more than', 'threshold'],
  ['alarm when', 'threshold'],
  ['below', 'threshold'],
  ['may take', 'timeout'],
  ['may run', 'timeout'],
  ['guardado', 'retention'],
  ['guardar', 'retention'],
  ['guardam', 'retention'],
  ['kept', 'retention'],
  ['stay', 'retention'],
  ['alvo', 'target'],
  ['instantaneo', 'snapshot'],
  ['espera', 'delay'],
  ['atraso', 'delay'],
  ['rotacao', 'rotation'],
  ['redirect', 'viewer protocol policy'],
  ['often', 'interval period frequency'],
  ['warn', 'threshold'],
  ['avise', 'threshold'],
  ['call', 'name'],
  ['long polling', 'receive wait time'],
  ['polling', 'receive wait time'],
  ['at a time', 'batch size'],
  ['at once', 'batch size'],
  ['por vez', 'batch size'],
  ['batch', 'batch size'],
  ['lote', 'batch size'],
  ['can take', 'timeout'],
  ['can run', 'timeout'],
  ['take up to', 'timeout'],
  ['run for', 'timeout'],
  ['pode levar', 'timeout'],
  ['pode rodar', 'timeout'],
  ['pode demorar', 'timeout'],
  ['levar ate', 'timeout'],
  ['rotate', 'rotation'],
  ['rotacione', 'rotation'],
  ['rotaciona', 'rotation'],
  ['imdsv 2', 'http tokens'],
  ['imdsv2', 'http tokens'],
  ['ip publico', 'public ip'],
  ['dollar', 'amount'],
  ['usd', 'amount'],
  ['dolar', 'amount'],
  ['character', 'length'],
  ['caractere', 'length'],
  ['idle', 'idle timeout'],
  ['ociosa', 'idle timeout'],
  ['ocioso', 'idle timeout'],
  ['validate', 'validation'],
  ['scan', 'scan scanning'],
  ['deploy', 'image'],
  ['release', 'image'],
  ['ship', 'image'],
  ['dias', 'days'],
  ['grace', 'grace period'],
  ['warm up', 'warmup'],
  ['concurrency', 'concurrent concurrency'],
  ['concorrencia', 'concurrent concurrency'],
  ['janela', 'window'],
  ['manutencao', 'maintenance'],
  ['auto upgrade', 'auto minor version upgrade'],
  ['minor upgrade', 'auto minor version upgrade'],
  ['dns hostname', 'dns hostnames'],
];

/** What people call values -> how schemas spell them. */
const VALUES: readonly (readonly [string, RegExp])[] = [
  ['on demand', /^(PAY_PER_REQUEST|ON_DEMAND|on-demand)$/],
  ['sob demanda', /^(PAY_PER_REQUEST|ON_DEMAND|on-demand)$/],
  ['pay per request', /^PAY_PER_REQUEST$/],
  ['provisioned', /^PROVISIONED$/],
  ['provisionado', /^PROVISIONED$/],
  ['cheapest', /^PriceClass_100$/],
  ['mais barato', /^PriceClass_100$/],
  ['arm', /^(arm64|ARM64)$/],
  ['graviton', /^(arm64|ARM64)$/],
  ['x86', /^(x86_64|X86_64)$/],
  ['internal', /^internal$/],
  ['interno', /^internal$/],
  ['public', /^internet-facing$/],
  ['everything', /^ALL$/],
  ['every object creation', /^s3:ObjectCreated:\*$/],
  ['all object creations', /^s3:ObjectCreated:\*$/],
  ['toda criacao de objeto', /^s3:ObjectCreated:\*$/],
  ['every object removal', /^s3:ObjectRemoved:\*$/],
  ['to https', /^redirect-to-https$/],
  ['para https', /^redirect-to-https$/],
  ['https only', /^https-only$/],
  ['infrequent access', /^STANDARD_IA$/],
  ['imdsv 2', /^required$/],
  ['kms', /^aws:kms$/],
  ['organization', /^ORGANIZATION$/],
  ['hourly', /^(ONE_HOUR|One_Hour|HOURLY)$/i],
  ['every hour', /^(ONE_HOUR|One_Hour|HOURLY)$/i],
  ['every day', /^(DAILY|TwentyFour_Hours)$/],
  ['every week', /^WEEKLY$/],
  ['every month', /^MONTHLY$/],
  ['imdsv2', /^required$/],
  ['todo', /^ALL$/],
  ['tudo', /^ALL$/],
  ['tls 1 2 2021', /^TLSv1\.2_2021$/],
  ['tls 1 2 2019', /^TLSv1\.2_2019$/],
];

/** Values of properties whose schema lists none, by the property's name. From the service's documentation. */
const KNOWN: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^BillingMode$/, ['PROVISIONED', 'PAY_PER_REQUEST']],
  [/^PriceClass$/, ['PriceClass_100', 'PriceClass_200', 'PriceClass_All']],
  [/^TrafficType$/, ['ACCEPT', 'ALL', 'REJECT']],
  [/^(EventName|Event)$/, ['s3:ObjectCreated:*', 's3:ObjectCreated:Put', 's3:ObjectRemoved:*']],
  [/^(Scheme)$/, ['internal', 'internet-facing']],
  [/^VolumeType$/, ['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard']],
  [/^StorageType$/, ['gp2', 'gp3', 'io1', 'io2', 'standard']],
  [/^StorageClass$/, ['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER', 'GLACIER_IR', 'DEEP_ARCHIVE']],
  [/^ComputeType$/, ['BUILD_GENERAL1_SMALL', 'BUILD_GENERAL1_MEDIUM', 'BUILD_GENERAL1_LARGE', 'BUILD_GENERAL1_2XLARGE']],
  [/^SSEAlgorithm$/, ['AES256', 'aws:kms', 'aws:kms:dsse']],
  [/^FindingPublishingFrequency$/, ['FIFTEEN_MINUTES', 'ONE_HOUR', 'SIX_HOURS']],
  [/^DeliveryFrequency$|^MaximumExecutionFrequency$/, ['One_Hour', 'Three_Hours', 'Six_Hours', 'Twelve_Hours', 'TwentyFour_Hours']],
  [/^Level$/, ['ALL', 'ERROR', 'FATAL', 'OFF']],
  [/^HttpTokens$/, ['optional', 'required']],
  [/^MfaConfiguration$/, ['OFF', 'ON', 'OPTIONAL']],
  [/^MinimumProtocolVersion$/, ['TLSv1', 'TLSv1_2016', 'TLSv1.1_2016', 'TLSv1.2_2018', 'TLSv1.2_2019', 'TLSv1.2_2021']],
  [/^LaunchType$/, ['FARGATE', 'EC2', 'EXTERNAL']],
];

export const PROPERTY_WORDS: readonly string[] = [
  ...SAID.flatMap((pair) => pair.flatMap((text) => text.split(' '))),
  ...VALUES.flatMap(([phrase]) => phrase.split(' ')),
];

export function knownValues(path: readonly string[]): readonly string[] {
  const name = path.at(-1) ?? '';
  return KNOWN.find(([pattern]) => pattern.test(name))?.[1] ?? [];
}

/** Words that name a property by themselves: beside them, `task` or `run` says where, not what. */
const SPECIFIC = [
  'memory',
  'memoria',
  'ram',
  'cpu',
  'vcpu',
  'timeout',
  'retention',
  'retencao',
  'storage',
  'threshold',
  'interval',
  'period',
  'port',
];
const COUNTING = /^(desired|count|capacity|size)$/;

/** For each word, the words of property names it may stand for: itself, and those of phrases it is part of. */
export function nameWords(words: readonly string[]): readonly (readonly string[])[] {
  const meant: string[][] = words.map((word) => [word]);
  const specific = words.some((word) => SPECIFIC.some((name) => same(word, name)));
  for (const [phrase, said] of SAID) {
    const names = said.split(' ').filter((name) => !specific || !COUNTING.test(name));
    const parts = phrase.split(' ');
    for (let from = 0; from + parts.length <= words.length; from += 1) {
      if (!parts.every((part, offset) => same(words[from + offset] ?? '', part))) continue;
      for (let offset = 0; offset < parts.length; offset += 1) meant[from + offset]?.push(...names);
    }
  }
  return meant;
}

/** True when a word of a sentence and one of a name are the same thing: `encrypt` and `encrypted`, `replica` and `replicas`. */
export function namesSame(said: string, name: string): boolean {
  if (related(said, name) || (said.length > 2 && name.length > 2 && stem(said) === stem(name))) return true;
  const shorter = Math.min(said.length, name.length);
  if (shorter < 5 || Math.abs(said.length - name.length) > 4) return false;
  const begins = Math.max(5, shorter - 2);
  return said.slice(0, begins) === name.slice(0, begins);
}

/** The allowed value that the words name, with the indexes of those words. */
export function valueNamed(
  words: readonly string[],
  allowed: readonly string[],
): { readonly value: string; readonly at: readonly number[] } | undefined {
  const found: { value: string; at: number[] }[] = [];
  const note = (phrase: readonly string[], value: string): void => {
    for (let from = 0; from + phrase.length <= words.length; from += 1) {
      if (phrase.every((part, offset) => words[from + offset] === part || singular(words[from + offset] ?? '') === part))
        found.push({ value, at: phrase.map((_part, offset) => from + offset) });
    }
  };
  for (const value of allowed) for (const phrase of [spelled(value), inDigits(spelled(value))]) note(phrase, value);
  for (const [phrase, pattern] of VALUES) for (const value of allowed.filter((one) => pattern.test(one))) note(phrase.split(' '), value);
  found.sort((a, b) => b.at.length - a.at.length);
  const [best] = found;
  return best && found.every((one) => one.value === best.value || one.at.length < best.at.length) ? best : undefined;
}

/** `Twelve_Hours` is what `12 hours` says. */
function inDigits(words: readonly string[]): string[] {
  return words.map((word) => NUMBERS[word] ?? word);
}

const NUMBERS: { readonly [word: string]: string } = {
  one: '1',
  two: '2',
  three: '3',
  six: '6',
  twelve: '12',
  fifteen: '15',
  thirty: '30',
  sixty: '60',
};

function spelled(value: string): string[] {
  return value
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}

/** `medium` beside BUILD_GENERAL1_SMALL: the allowed value that differs from the present one in that word alone. */
export function valueWith(
  words: readonly string[],
  now: string,
  allowed: readonly string[],
): { readonly value: string; readonly at: readonly number[] } | undefined {
  const own = spelled(now);
  const found = allowed.flatMap((value) => {
    const parts = spelled(value);
    const other = parts.filter((part, index) => part !== own[index]);
    const at = words.indexOf(other[0] ?? '');
    return own.length > 1 && parts.length === own.length && other.length === 1 && at >= 0 ? [{ value, at: [at] }] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}
