/** Who is subscribed to a topic. Cloud Control cannot manage subscriptions, so SNS is asked itself. */
import { paginateListSubscriptionsByTopic, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { type AwsConnection, clientSettings } from './client.ts';
import { toIalError } from './errors.ts';

export interface Subscriber {
  readonly protocol: string;
  readonly endpoint: string;
  /** False: the person has not opened the link yet. AWS gives such a subscription no ARN. */
  readonly confirmed: boolean;
}

/** @throws IalError `CREDENTIALS`, `CLOUD_UNREACHABLE`, `CLOUD_REQUEST_FAILED` */
export async function subscribersOf(connection: AwsConnection, topicArn: string): Promise<readonly Subscriber[]> {
  return asked(connection, async (client) => {
    const found: Subscriber[] = [];
    for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn })) {
      for (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of Subscriptions)
        found.push({ protocol: Protocol, endpoint: Endpoint, confirmed: SubscriptionArn.startsWith('arn:') });
    }
    return found;
  });
}

/** Ask an address to confirm; nothing when it is there already. @throws IalError as `subscribersOf` */
export async function subscribe(connection: AwsConnection, topicArn: string, email: string): Promise<void> {
  if ((await subscribersOf(connection, topicArn)).some(({ endpoint }) => endpoint === email)) return;
  await asked(connection, (client) => client.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'email', Endpoint: email })));
}

async function asked<T>(connection: AwsConnection, ask: (client: SNSClient) => Promise<T>): Promise<T> {
  const client = new SNSClient(clientSettings(connection));
  try {
    return await ask(client);
  } catch (error) {
    throw toIalError(error, { service: 'SNS', endpoint: connection.endpoint });
  } finally {
    client.destroy();
  }
}
