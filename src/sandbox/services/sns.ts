/** SNS with an inbox: what was published stays readable. */
import { randomUUID } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { ACCOUNT, isObject, type JsonObject, REGION } from '../json.ts';
import type { Collection, Storage } from '../storage.ts';
import { optionalText, type Service, serviceOf, text } from '../wire.ts';

type Texts = { readonly [name: string]: string };

interface Topic {
  readonly arn: string;
  readonly attributes: Texts;
  readonly tags: Texts;
}

interface Subscription {
  readonly topic: string;
  readonly protocol: string;
  readonly endpoint: string;
}

/** One published message. `time`: ISO. */
export interface InboxMessage {
  readonly id: string;
  readonly time: string;
  readonly topic: string;
  readonly subject: string | null;
  readonly body: string;
  readonly attributes: Texts;
}

export interface Sns {
  readonly service: Service;
  inbox(): InboxMessage[];
  /** Make it, or give the one that is there these attributes. @returns its ARN */
  putTopic(name: string, attributes: Texts): Promise<string>;
  /** Its subscriptions go with it. */
  deleteTopic(arn: string): Promise<void>;
}

interface State {
  readonly storage: Storage;
  readonly topics: Collection<Topic>;
  readonly messages: Collection<InboxMessage>;
  readonly subscriptions: Collection<Subscription>;
}

const KEPT = 500;

/** A person has to open a link first, and nobody does here. */
const isPending = (protocol: string): boolean => protocol.startsWith('email');

export async function openSns(storage: Storage): Promise<Sns> {
  const state: State = {
    storage,
    topics: await storage.collection('sns-topic'),
    messages: await storage.collection('sns-message'),
    subscriptions: await storage.collection('sns-subscriber'),
  };
  return {
    service: serviceOf({ ...topicOperations(state), ...messageOperations(state) }),
    inbox: () => inboxOf(state),
    putTopic: (name, attributes) => putTopic(state, name, attributes, {}),
    deleteTopic: (arn) => deleteTopic(state, arn),
  };
}

const inboxOf = ({ messages }: State) => [...messages.entries()].map(([, message]) => message).sort((a, b) => (a.time < b.time ? -1 : 1));

async function putTopic({ storage, topics }: State, name: string, attributes: Texts, tags: Texts): Promise<string> {
  const arn = `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`;
  const before = topics.get(arn);
  const topic = { arn, attributes: { ...before?.attributes, ...attributes }, tags: { ...before?.tags, ...tags } };
  await storage.commit([topics.set(arn, topic)]);
  return arn;
}

async function deleteTopic({ storage, topics, subscriptions }: State, arn: string): Promise<void> {
  const gone = [...subscriptions.entries()].filter(([, { topic }]) => topic === arn);
  await storage.commit([topics.delete(arn), ...gone.map(([key]) => subscriptions.delete(key))]);
}

/** @throws ServiceError `NotFound` */
function topicOf({ topics }: State, arn: string): Topic {
  const topic = topics.get(arn);
  if (topic) return topic;
  throw new ServiceError('NotFound', 'Topic does not exist', 404);
}

function topicOperations(state: State): Parameters<typeof serviceOf>[0] {
  const { storage, topics } = state;
  const change = (topic: Topic) => storage.commit([topics.set(topic.arn, topic)]).then(() => ({}));
  return {
    CreateTopic: async (input) => ({
      TopicArn: await putTopic(state, topicName(input), mapOf(input.Attributes, 'key', 'value'), tagsOf(input)),
    }),
    DeleteTopic: (input) => deleteTopic(state, text(input, 'TopicArn')).then(() => ({})),
    ListTopics: () => ({ Topics: [...topics.entries()].map(([arn]) => ({ TopicArn: arn })) }),
    GetTopicAttributes: (input) => {
      const { arn, attributes } = topicOf(state, text(input, 'TopicArn'));
      const own = [...state.subscriptions.entries()].filter(([, { topic }]) => topic === arn);
      const confirmed = own.filter(([, { protocol }]) => !isPending(protocol)).length;
      const all = { TopicArn: arn, Owner: ACCOUNT, SubscriptionsConfirmed: String(confirmed), ...attributes };
      return { Attributes: new Map(Object.entries(all)) };
    },
    SetTopicAttributes: (input) => {
      const topic = topicOf(state, text(input, 'TopicArn'));
      const value = optionalText(input, 'AttributeValue') ?? '';
      return change({ ...topic, attributes: { ...topic.attributes, [text(input, 'AttributeName')]: value } });
    },
    TagResource: (input) => {
      const topic = topicOf(state, text(input, 'ResourceArn'));
      return change({ ...topic, tags: { ...topic.tags, ...tagsOf(input) } });
    },
    UntagResource: (input) => {
      const topic = topicOf(state, text(input, 'ResourceArn'));
      const gone = membersOf(input.TagKeys);
      return change({ ...topic, tags: Object.fromEntries(Object.entries(topic.tags).filter(([key]) => !gone.includes(key))) });
    },
    ListTagsForResource: (input) => ({
      Tags: Object.entries(topicOf(state, text(input, 'ResourceArn')).tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  };
}

function messageOperations(state: State): Parameters<typeof serviceOf>[0] {
  const { storage, subscriptions } = state;
  const shown = ([arn, { topic, protocol, endpoint }]: [string, Subscription]) => ({
    SubscriptionArn: isPending(protocol) ? 'PendingConfirmation' : arn,
    Owner: ACCOUNT,
    Protocol: protocol,
    Endpoint: endpoint,
    TopicArn: topic,
  });
  return {
    Subscribe: async (input) => {
      const topic = topicOf(state, text(input, 'TopicArn')).arn;
      const wanted = { topic, protocol: text(input, 'Protocol'), endpoint: optionalText(input, 'Endpoint') ?? '' };
      const same = [...subscriptions.entries()].find(([, found]) => JSON.stringify(found) === JSON.stringify(wanted));
      const SubscriptionArn = same?.[0] ?? `${topic}:${randomUUID()}`;
      if (!same) await storage.commit([subscriptions.set(SubscriptionArn, wanted)]);
      return { SubscriptionArn: isPending(wanted.protocol) ? 'pending confirmation' : SubscriptionArn };
    },
    Unsubscribe: (input) => storage.commit([subscriptions.delete(text(input, 'SubscriptionArn'))]).then(() => ({})),
    ListSubscriptions: () => ({ Subscriptions: [...subscriptions.entries()].map(shown) }),
    ListSubscriptionsByTopic: (input) => {
      const { arn } = topicOf(state, text(input, 'TopicArn'));
      return { Subscriptions: [...subscriptions.entries()].filter(([, { topic }]) => topic === arn).map(shown) };
    },
    Publish: (input) => publish(state, input),
  };
}

async function publish(state: State, input: JsonObject): Promise<object> {
  const { storage, messages } = state;
  const topic = topicOf(state, optionalText(input, 'TopicArn') ?? text(input, 'TargetArn'));
  const message = messageOf(topic.arn, input);
  const old = messages.size >= KEPT ? inboxOf(state).slice(0, messages.size - KEPT + 1) : [];
  await storage.commit([
    messages.set(`${message.time}#${message.id}`, message),
    ...old.map(({ time, id }) => messages.delete(`${time}#${id}`)),
  ]);
  return { MessageId: message.id };
}

function topicName(input: JsonObject): string {
  const name = text(input, 'Name');
  if (/^[A-Za-z0-9_-]{1,256}(\.fifo)?$/.test(name)) return name;
  throw new ServiceError('InvalidParameter', 'Invalid parameter: Topic Name');
}

function messageOf(topic: string, input: JsonObject): InboxMessage {
  return {
    id: randomUUID(),
    time: new Date().toISOString(),
    topic,
    subject: optionalText(input, 'Subject') ?? null,
    body: text(input, 'Message'),
    attributes: attributesOf(input.MessageAttributes),
  };
}

/** The entries of a form's list or map, in their order: `X.entry.1`, `X.member.1`. */
function entriesOf(given: unknown): unknown[] {
  const list = isObject(given) ? (given.entry ?? given.member) : undefined;
  return isObject(list) ? Object.values(list) : [];
}

const membersOf = (given: unknown) => entriesOf(given).map(String);

function mapOf(given: unknown, key: string, value: string): Texts {
  return Object.fromEntries(
    entriesOf(given)
      .filter(isObject)
      .map((entry) => [String(entry[key]), String(entry[value] ?? '')]),
  );
}

const tagsOf = (input: JsonObject) => mapOf(input.Tags, 'Key', 'Value');

/** `MessageAttributes.entry.1.{Name, Value.StringValue}`. */
function attributesOf(given: unknown): Texts {
  const entries = entriesOf(given).filter(isObject);
  return Object.fromEntries(entries.map(({ Name, Value }) => [String(Name), isObject(Value) ? String(Value.StringValue ?? '') : '']));
}
