/** `Identity` over STS. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Identity } from '../engine/ports.ts';
import { type AwsConnection, clientSettings } from './client.ts';
import { isPassing, toIalError } from './errors.ts';
import { type Pace, realPace, retry } from './retry.ts';

/** @throws IalError `CREDENTIALS`, `CLOUD_UNREACHABLE` */
export function identity(connection: AwsConnection, pace: Pace = realPace({ next: () => 0.5 })): Identity {
  const client = new STSClient(clientSettings(connection));
  return {
    async caller() {
      try {
        const limits = { attempts: 4, baseMs: 100, capMs: 1_000 };
        const reply = await retry(() => client.send(new GetCallerIdentityCommand({})), isPassing, limits, pace);
        return { account: reply.Account ?? '', arn: reply.Arn ?? '' };
      } catch (error) {
        throw toIalError(error, { service: 'STS', endpoint: connection.endpoint });
      }
    },
  };
}
