/** What people call the values that a property takes: general vocabulary of AWS in two languages, of no repository. */
import { singular, stem } from './tokenise.ts';

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
  ['bad', /^breaching$/],
  ['good', /^notBreaching$/],
  ['ok', /^notBreaching$/],
  ['overwritten', /^MUTABLE$/],
  ['overwrite', /^MUTABLE$/],
  ['sobrescrever', /^MUTABLE$/],
  ['sobrescritas', /^MUTABLE$/],
  ['all edge locations', /^PriceClass_All$/],
  ['all locations', /^PriceClass_All$/],
  ['worldwide', /^PriceClass_All$/],
  ['weekly', /^WEEKLY$/],
  ['every 1 week', /^WEEKLY$/],
  ['semanal', /^WEEKLY$/],
  ['semanalmente', /^WEEKLY$/],
  ['daily', /^(DAILY|TwentyFour_Hours)$/],
  ['diariamente', /^(DAILY|TwentyFour_Hours)$/],
  ['every 1 day', /^(DAILY|TwentyFour_Hours)$/],
  ['every 1 hour', /^(ONE_HOUR|One_Hour|HOURLY)$/i],
  ['monthly', /^MONTHLY$/],
  ['mensal', /^MONTHLY$/],
  ['rejeitado', /^REJECT$/],
  ['aceito', /^ACCEPT$/],
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
  [/^Frequency$/, ['DAILY', 'IMMEDIATE', 'WEEKLY']],
  [/^TreatMissingData$/, ['breaching', 'notBreaching', 'ignore', 'missing']],
];

export const VALUE_WORDS: readonly string[] = VALUES.flatMap(([phrase]) => phrase.split(' '));

export function knownValues(path: readonly string[]): readonly string[] {
  const name = path.at(-1) ?? '';
  return KNOWN.find(([pattern]) => pattern.test(name))?.[1] ?? [];
}

/** The allowed value that the words name, with the indexes of those words. */
export function valueNamed(
  words: readonly string[],
  allowed: readonly string[],
): { readonly value: string; readonly at: readonly number[] } | undefined {
  const found: { value: string; at: number[] }[] = [];
  const note = (phrase: readonly string[], value: string): void => {
    for (let from = 0; from + phrase.length <= words.length; from += 1) {
      if (phrase.every((part, offset) => isPart(words[from + offset] ?? '', part)))
        found.push({ value, at: phrase.map((_part, offset) => from + offset) });
    }
  };
  for (const value of allowed) for (const phrase of [spelled(value), inDigits(spelled(value))]) note(phrase, value);
  for (const [phrase, pattern] of VALUES) for (const value of allowed.filter((one) => pattern.test(one))) note(phrase.split(' '), value);
  found.sort((a, b) => b.at.length - a.at.length);
  const [best] = found;
  return best && found.every((one) => one.value === best.value || one.at.length < best.at.length) ? best : undefined;
}

/** `rejected` is what REJECT says. */
function isPart(word: string, part: string): boolean {
  return word === part || singular(word) === part || (part.length > 4 && word.length > 4 && stem(word) === stem(part));
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
