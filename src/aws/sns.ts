/** `Notifier` over SNS. */
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { IalError } from '../engine/errors.ts';
import type { Environment } from '../engine/model.ts';
import type { Notice, Notifier } from '../engine/ports.ts';
import { type AwsConnection, clientSettings } from './client.ts';
import { isPassing, nameOf, toIalError } from './errors.ts';
import { type Pace, realPace, retry, WRITES } from './retry.ts';

/** SNS takes 256 KiB with attributes; the rest of a longer body is cut. */
const BODY_BYTES = 200_000;

/** Publishes to the environment's topic. A sandbox makes its own; on AWS no topic means no message, and a missing one is an error. */
export function snsNotifier(connection: AwsConnection, environment: Environment, pace: Pace = realPace({ next: Math.random })): Notifier {
  const client = new SNSClient(clientSettings(connection));
  let topic: Promise<string | undefined> | undefined;
  const topicArn = () => {
    topic ??= findTopic(client, environment).catch((error: unknown) => {
      topic = undefined;
      throw error;
    });
    return topic;
  };
  return {
    async notify(notice) {
      try {
        const arn = await topicArn();
        if (arn === undefined) return 0;
        const reply = await retry(() => client.send(new PublishCommand(messageOf(arn, notice))), isPassing, WRITES, pace);
        return reply.MessageId === undefined ? 0 : 1;
      } catch (error) {
        if (!['NotFound', 'NotFoundException'].includes(nameOf(error)))
          throw toIalError(error, { service: 'SNS', endpoint: connection.endpoint });
        const details = { handlerCode: 'NotFound', retryable: false };
        const hint = 'create it (ial bootstrap does), or correct notify.topic in ial.yaml';
        throw new IalError('CLOUD_REQUEST_FAILED', `the topic ${environment.topic} does not exist`, details, { cause: error, hint });
      }
    },
  };
}

async function findTopic(client: SNSClient, environment: Environment): Promise<string | undefined> {
  const { topic, sandbox, region, account, project } = environment;
  if (topic?.startsWith('arn:')) return topic;
  if (!sandbox) return topic === undefined ? undefined : `arn:aws:sns:${region}:${account}:${topic}`;
  const name = topic ?? `${project.replaceAll(/[^A-Za-z0-9_-]/g, '-')}-ial`;
  return (await client.send(new CreateTopicCommand({ Name: name }))).TopicArn;
}

function messageOf(arn: string, { subject, body, attributes }: Notice) {
  const values = Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }] as const);
  return {
    TopicArn: arn,
    Subject: subject.slice(0, 100),
    Message: cut(body),
    MessageAttributes: Object.fromEntries(values.slice(0, 10)),
  };
}

/** At most `BODY_BYTES` of UTF-8, cut between characters. */
function cut(body: string): string {
  const bytes = Buffer.from(body, 'utf8');
  return bytes.length <= BODY_BYTES ? body : `${new TextDecoder().decode(bytes.subarray(0, BODY_BYTES), { stream: true })}\n...`;
}
