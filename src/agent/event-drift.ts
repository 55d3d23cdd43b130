/**
 * Whether changes in the account reach the drift function, and people: a rule, queues and function that are there, a trail that logs, services
 * that report in this region, somebody who is told. What is missing turns event drift off; the hourly sweep goes on.
 */

import { GLOBAL_REGION, globalServices } from '../engine/drift/event-sources.ts';
import { isList, isObject } from '../engine/json/paths.ts';
import type { Address, Environment, Json, Properties, TypeName } from '../engine/model.ts';
import type { Ports } from '../engine/ports.ts';
import type { ResourceRow } from '../engine/state/records.ts';
import { describeError } from './words.ts';

/** One reason why event drift is off, wholly or for a part, and what a person does about it. */
export interface Missing {
  readonly reason: string;
  readonly fix: string;
}

/** Who is told by a topic. */
export interface Subscriber {
  readonly protocol: string;
  readonly endpoint: string;
  readonly confirmed: boolean;
}

export interface EventDriftDeps {
  readonly ports: Pick<Ports, 'cloud' | 'state'>;
  readonly environment: Pick<Environment, 'region' | 'sandbox'>;
  /** Types in use. */
  readonly types: readonly TypeName[];
  readonly subscribers: (topicArn: string) => Promise<readonly Subscriber[]>;
}

const PHASE = '16-drift-detection';
const BOOTSTRAP = 'run ial bootstrap';

/** What of phase 16 an event passes on its way. */
const PARTS: readonly (readonly [logicalId: string, what: string])[] = [
  ['ChangeEvents', 'the rule that hears of changes'],
  ['DriftEvents', 'the queue of changes'],
  ['ChangeBatches', 'what hands changes to the function'],
  ['DriftFunction', 'the function'],
  ['DriftDeadLetters', 'the dead-letter queue'],
];

/** Empty: event drift is on. The sandbox tells its own changes and needs nothing. */
export async function missingForEvents(deps: EventDriftDeps): Promise<readonly Missing[]> {
  if (deps.environment.sandbox) return [];
  const rows = new Map((await deps.ports.state.rows()).map((row) => [row.ResourceName as Address, row]));
  if (!PARTS.some(([id]) => rows.has(`${PHASE}/${id}`))) return [{ reason: `${PHASE} is not deployed`, fix: BOOTSTRAP }];
  const found = await Promise.all([
    missingParts(deps, rows),
    checked('the trails', () => missingTrail(deps)),
    silentServices(deps),
    checked('the subscriptions of the topic', () => missingPeople(deps, rows.get(`${PHASE}/AlertTopic`))),
  ]);
  return found.flat();
}

/** What may not be looked at is said to be unknown, not to be in order. */
async function checked(what: string, look: () => Promise<Missing[]>): Promise<Missing[]> {
  try {
    return await look();
  } catch (error) {
    return [{ reason: `${what} could not be read: ${describeError(error).what}`, fix: 'allow the role to read them' }];
  }
}

async function missingParts({ ports: { cloud } }: EventDriftDeps, rows: ReadonlyMap<Address, ResourceRow>): Promise<Missing[]> {
  const live = new Map<string, Properties>();
  const found = await Promise.all(
    PARTS.map(async ([id, what]): Promise<Missing[]> => {
      const row = rows.get(`${PHASE}/${id}`);
      const read = row?.Identifier === undefined ? undefined : await cloud.read(row.Type, row.Identifier);
      if (read === undefined) return [{ reason: `${what} is missing (${PHASE}/${id})`, fix: BOOTSTRAP }];
      live.set(id, read.properties);
      return [];
    }),
  );
  const state = live.get('ChangeEvents')?.State;
  if (state !== undefined && state !== 'ENABLED') found.push([{ reason: 'the rule that hears of changes is disabled', fix: BOOTSTRAP }]);
  return found.flat();
}

async function missingTrail({ ports: { cloud } }: EventDriftDeps): Promise<Missing[]> {
  const trails = await cloud.list('AWS::CloudTrail::Trail');
  const live = await Promise.all(trails.map(({ identifier }) => cloud.read('AWS::CloudTrail::Trail', identifier)));
  if (live.some((trail) => trail !== undefined && logsChanges(trail.properties))) return [];
  const reason =
    trails.length === 0
      ? 'no trail logs changes'
      : `no trail logs changes: ${trails.map(({ identifier }) => identifier).join(', ')} ${trails.length === 1 ? 'does' : 'do'} not`;
  return [{ reason, fix: 'EventBridge hears of API calls only through a CloudTrail trail with management events: phase 02 has one' }];
}

/** Writing management events are logged: by default, by a selector, or by an advanced one. */
function logsChanges({ IsLogging, EventSelectors, AdvancedEventSelectors }: Properties): boolean {
  if (IsLogging !== true) return false;
  if (isList(AdvancedEventSelectors) && AdvancedEventSelectors.length > 0) return AdvancedEventSelectors.some(selectsManagement);
  if (!isList(EventSelectors) || EventSelectors.length === 0) return true;
  return EventSelectors.some((one) => isObject(one) && one.IncludeManagementEvents !== false && one.ReadWriteType !== 'ReadOnly');
}

function selectsManagement(selector: Json): boolean {
  const fields = isObject(selector) && isList(selector.FieldSelectors) ? selector.FieldSelectors.filter(isObject) : [];
  const says = (field: string, value: string): boolean =>
    fields.some((one) => one.Field === field && isList(one.Equals) && one.Equals.includes(value));
  return says('eventCategory', 'Management') && !says('readOnly', 'true');
}

async function silentServices({ environment: { region }, types }: EventDriftDeps): Promise<Missing[]> {
  const services = region === GLOBAL_REGION ? [] : globalServices(types);
  if (services.length === 0) return [];
  const reason = `${services.join(', ')} report in ${GLOBAL_REGION} alone, and the rule is in ${region}`;
  return [
    {
      reason,
      fix: `their changes are found by the hourly sweep; a rule in ${GLOBAL_REGION} that sends them to ${region} makes it at once`,
    },
  ];
}

async function missingPeople({ subscribers }: EventDriftDeps, topic: ResourceRow | undefined): Promise<Missing[]> {
  if (topic?.Identifier === undefined) return [{ reason: 'the topic is missing', fix: BOOTSTRAP }];
  const known = await subscribers(topic.Identifier);
  if (known.length === 0)
    return [{ reason: 'nobody is told: the topic has no subscription', fix: 'run ial bootstrap --email you@example.com' }];
  return known
    .filter(({ confirmed }) => !confirmed)
    .map(({ endpoint }) => ({
      reason: `${endpoint} has not confirmed the subscription`,
      fix: `open the link in the mail that AWS sent to ${endpoint}`,
    }));
}

/** `event drift ON`, or `event drift OFF: reason`, a line each. */
export function eventDriftLines(missing: readonly Missing[]): readonly string[] {
  return missing.length === 0 ? ['event drift ON'] : missing.map(({ reason, fix }) => `event drift OFF: ${reason}; ${fix}`);
}
