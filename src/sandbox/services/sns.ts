/** SNS with an inbox: what was published stays readable. */
import { randomUUID } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { ACCOUNT, isObject, type JsonObject, REGION } from '../json.ts';
import type { Collection, Storage } from '../storage.ts';
import { optionalText, type Service, serviceOf, text } from '../wire.ts';

export interface Topic {
  readonly arn: string;
  readonly attributes: { readonly [name: string]: string };
}

/** One published message. `time`: ISO. */
export interface InboxMessage {
  readonly id: string;
  readonly time: string;
  readonly topic: string;
  readonly subject: string | null;
  readonly body: string;
  readonly attributes: { readonly [name: string]: string };
}

export interface Sns {
  readonly service: Service;
  inbox(): InboxMessage[];
  createTopic(name: string, attributes?: Topic['attributes']): Promise<string>;
  deleteTopic(arn: string): Promise<void>;
}

const KEPT = 500;

export async function openSns(storage: Storage): Promise<Sns> {
  const topics = await storage.collection<Topic>('sns-topic');
  const messages = await storage.collection<InboxMessage>('sns-message');
  const subscriptions = await storage.collection<JsonObject>('sns-subscription');
  const createTopic = async (name: string, attributes: Topic['attributes'] = {}) => {
    const arn = `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`;
    if (!topics.get(arn)) await storage.commit([topics.set(arn, { arn, attributes })]);
    return arn;
  };
  const deleteTopic = (arn: string) => storage.commit([topics.delete(arn)]);
  const inbox = () => [...messages.entries()].map(([, message]) => message).sort((a, b) => (a.time < b.time ? -1 : 1));
  const publish = async (input: JsonObject) => {
    const topic = optionalText(input, 'TopicArn') ?? text(input, 'TargetArn');
    if (!topics.get(topic)) throw notFound();
    const message = messageOf(topic, input);
    const old = messages.size >= KEPT ? inbox().slice(0, messages.size - KEPT + 1) : [];
    await storage.commit([
      messages.set(`${message.time}#${message.id}`, message),
      ...old.map(({ time, id }) => messages.delete(`${time}#${id}`)),
    ]);
    return { MessageId: message.id };
  };
  return { service: operations(storage, topics, subscriptions, createTopic, deleteTopic, publish), inbox, createTopic, deleteTopic };
}

const notFound = () => new ServiceError('NotFound', 'Topic does not exist', 404);

function operations(
  storage: Storage,
  topics: Collection<Topic>,
  subscriptions: Collection<JsonObject>,
  createTopic: Sns['createTopic'],
  deleteTopic: Sns['deleteTopic'],
  publish: (input: JsonObject) => Promise<object>,
): Service {
  const known = (input: JsonObject): Topic => {
    const topic = topics.get(text(input, 'TopicArn'));
    if (topic) return topic;
    throw notFound();
  };
  return serviceOf({
    CreateTopic: async (input) => ({ TopicArn: await createTopic(topicName(input)) }),
    DeleteTopic: async (input) => {
      await deleteTopic(text(input, 'TopicArn'));
      return {};
    },
    ListTopics: () => ({ Topics: [...topics.entries()].map(([arn]) => ({ TopicArn: arn })) }),
    GetTopicAttributes: (input) => {
      const { arn, attributes } = known(input);
      return { Attributes: new Map(Object.entries({ TopicArn: arn, Owner: ACCOUNT, ...attributes })) };
    },
    Subscribe: async (input) => {
      const arn = `${known(input).arn}:${randomUUID()}`;
      await storage.commit([subscriptions.set(arn, input)]);
      return { SubscriptionArn: arn };
    },
    TagResource: () => ({}),
    ListTagsForResource: () => ({ Tags: [] }),
    Publish: publish,
  });
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

/** `MessageAttributes.entry.1.{Name, Value.StringValue}`. */
function attributesOf(given: unknown): { readonly [name: string]: string } {
  const entries = isObject(given) && isObject(given.entry) ? Object.values(given.entry).filter(isObject) : [];
  return Object.fromEntries(entries.map(({ Name, Value }) => [String(Name), isObject(Value) ? String(Value.StringValue ?? '') : '']));
}
