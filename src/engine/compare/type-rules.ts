/**
 * What no schema says of a property: how one service keeps what it was given. Asked only where the file still says what was last
 * applied. Each row has its reason and a fixture in `test/engine/type-rules.test.ts`; a row that would hide a change somebody made does
 * not belong here.
 */
import { canonicalJson, equalJson } from '../json/canonical.ts';
import { isList, isObject, leaves, mapJson } from '../json/paths.ts';
import type { Json, JsonObject, Pointer, TypeName } from '../model.ts';
import { canonicalPolicy } from './policy-document.ts';

/** How the live value may differ from the declared one and still be it. */
type Kept =
  /** AWS never returns it: reported as not compared. */
  | { readonly as: 'unreadable' }
  /** A list that AWS or others add to: only declared items, and ones that were declared, are ours. */
  | { readonly as: 'added-to' }
  /** A list in JSON text, to whose items AWS adds these members where they are not given: these and no others. */
  | { readonly as: 'json-with-defaults'; readonly defaults: JsonObject }
  /** Members come back under other names. */
  | { readonly as: 'renamed'; readonly names: { readonly [declared: string]: string } }
  /** Upper and lower case are one. */
  | { readonly as: 'caseless' }
  /** A policy whose ARNs are completed with `of`'s region, account and id. */
  | { readonly as: 'completed-arns'; readonly service: string };

export interface TypeRule {
  readonly type: RegExp;
  /** Of the whole pointer; list items are numbers. */
  readonly path: RegExp;
  readonly kept: Kept;
  readonly reason: string;
}

export const TYPE_RULES: readonly TypeRule[] = [
  {
    type: /^AWS::ApiGateway::RestApi$/,
    path: /^\/Policy$/,
    kept: { as: 'completed-arns', service: 'execute-api' },
    reason: 'API Gateway writes the region, account and API into `execute-api:/...` when it saves the policy',
  },
  {
    type: /^AWS::CE::CostCategory$/,
    path: /^\/Rules$/,
    kept: { as: 'json-with-defaults', defaults: { Type: 'REGULAR' } },
    reason: 'Cost Explorer adds `Type: REGULAR` to each rule of the text that has no type',
  },
  {
    type: /^AWS::CloudWatch::AnomalyDetector$/,
    path: /^\/MetricMathAnomalyDetector\/MetricDataQueries\/\d+\/Label$/,
    kept: { as: 'unreadable' },
    reason: 'CloudWatch does not return the labels of a detector’s queries',
  },
  {
    type: /^AWS::GuardDuty::Filter$/,
    path: /^\/FindingCriteria\/Criterion\/[^/]+$/,
    kept: {
      as: 'renamed',
      names: { Eq: 'Equals', Neq: 'NotEquals', Gt: 'GreaterThan', Gte: 'GreaterThanOrEqual', Lt: 'LessThan', Lte: 'LessThanOrEqual' },
    },
    reason: 'GuardDuty returns the short conditions under their long names',
  },
  {
    type: /^AWS::IAM::ManagedPolicy$/,
    path: /^\/(Roles|Users|Groups)$/,
    kept: { as: 'added-to' },
    reason: 'an attachment is a property of the role, user or group as well: whoever attaches the policy there owns it',
  },
  {
    type: /^AWS::RDS::OptionGroup$/,
    path: /^\/OptionConfigurations\/\d+\/OptionSettings$/,
    kept: { as: 'added-to' },
    reason: 'RDS lists every setting of an option; those that were not given have their defaults',
  },
  {
    type: /^AWS::Redshift::Cluster$/,
    path: /^\/Port$/,
    kept: { as: 'unreadable' },
    reason: 'Redshift returns the port only as a part of the endpoint',
  },
  {
    type: /^AWS::WAFv2::/,
    path: /\/(SingleHeader|SingleQueryArgument)\/Name$/,
    kept: { as: 'caseless' },
    reason: 'WAF reads names of headers and query arguments without regard to case, and keeps them in lower case',
  },
];

export function typeRule(type: TypeName, path: Pointer): TypeRule | undefined {
  return TYPE_RULES.find((rule) => rule.type.test(type) && rule.path.test(path));
}

/** Whether the live value is the declared one as the service keeps it. Lists that are added to are the comparison's own business. */
export function isKept({ kept }: TypeRule, desired: Json, live: Json | undefined): boolean {
  switch (kept.as) {
    case 'unreadable':
      return live === undefined || live === null;
    case 'json-with-defaults':
      return equalJson(completed(documentOf(desired), kept.defaults), documentOf(live));
    case 'renamed':
      return isWithin(renamed(desired, kept.names), renamed(live, kept.names));
    case 'caseless':
      return typeof desired === 'string' && typeof live === 'string' && desired.toLowerCase() === live.toLowerCase();
    case 'completed-arns':
      return samePolicy(documentOf(desired), shortened(documentOf(live), kept.service, documentOf(desired)));
    default:
      return false;
  }
}

/** The document in a text; anything else as it is. */
function documentOf(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string' || value.length > 1_000_000) return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function completed(list: Json | undefined, defaults: JsonObject): Json | undefined {
  return isList(list) ? list.map((item) => (isObject(item) ? { ...defaults, ...item } : item)) : list;
}

/** Everything declared is there; lists have the same length and order. */
function isWithin(desired: Json | undefined, live: Json | undefined): boolean {
  if (isList(desired)) return isList(live) && desired.length === live.length && desired.every((item, index) => isWithin(item, live[index]));
  if (isObject(desired)) return isObject(live) && Object.entries(desired).every(([key, member]) => isWithin(member, live[key]));
  return desired !== undefined && desired === live;
}

function renamed(value: Json | undefined, names: { readonly [declared: string]: string }): Json | undefined {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [names[key] ?? key, member])) as JsonObject;
}

/** Only what the file says in short: an ARN that it gives in full is that one and no other. */
function shortened(policy: Json | undefined, service: string, declared: Json | undefined): Json | undefined {
  if (policy === undefined || declared === undefined) return policy;
  const complete = new RegExp(`^arn:[\\w-]+:${service}:[^:/]*:[^:/]*:[^:/]+/`);
  const given = new Set([...leaves(declared)].map(({ value }) => value));
  return mapJson(policy, (value) => {
    const short = typeof value === 'string' ? value.replace(complete, `${service}:/`) : value;
    return given.has(short) ? short : value;
  });
}

function samePolicy(desired: Json | undefined, live: Json | undefined): boolean {
  if (!isObject(desired) || !isObject(live)) return false;
  return canonicalJson(canonicalPolicy(desired)) === canonicalJson(canonicalPolicy(live));
}
