/** `Cloud` over the Cloud Control API (research: cloud-control.md A). */
import {
  CancelResourceRequestCommand,
  CloudControlClient,
  CreateResourceCommand,
  DeleteResourceCommand,
  GetResourceCommand,
  GetResourceRequestStatusCommand,
  ListResourcesCommand,
  type ProgressEvent,
  type ResourceDescription,
  UpdateResourceCommand,
} from '@aws-sdk/client-cloudcontrol';
import { IalError } from '../engine/errors.ts';
import type { Properties, TypeName } from '../engine/model.ts';
import type { Clock, Cloud, CloudRequest, Progress, ProgressStatus, Random } from '../engine/ports.ts';
import type { LiveResource } from '../engine/state/records.ts';
import { type AwsConnection, clientSettings } from './client.ts';
import { isPassing, isSkewed, nameOf, toIalError, transportCode } from './errors.ts';
import { type Pace, READS, retry } from './retry.ts';

const STATUSES: readonly string[] = ['PENDING', 'IN_PROGRESS', 'SUCCESS', 'FAILED', 'CANCEL_IN_PROGRESS', 'CANCEL_COMPLETE'];
/** A reply that was lost may be asked for again at once: the ClientToken makes it the same request. */
const RESEND = { attempts: 3, baseMs: 50, capMs: 500 };
const MAX_PAGES = 1_000;

/** @param clock, random waits between retries of reads. */
export function cloudControl(connection: AwsConnection, clock: Pick<Clock, 'sleep'>, random: Pick<Random, 'next'>): Cloud {
  return new CloudControl(connection, { sleep: (ms, signal) => clock.sleep(ms, signal), random });
}

class CloudControl implements Cloud {
  readonly #client: CloudControlClient;
  readonly #pace: Pace;
  readonly #place: { readonly service: string; readonly endpoint: string | undefined };

  constructor(connection: AwsConnection, pace: Pace) {
    this.#client = new CloudControlClient(clientSettings(connection));
    this.#pace = pace;
    this.#place = { service: 'Cloud Control', endpoint: connection.endpoint };
  }

  async submit(request: CloudRequest, clientToken: string): Promise<Progress> {
    try {
      const event = await retry(() => this.#send(request, clientToken), wasLost, RESEND, this.#pace);
      return toProgress(event, request.operation);
    } catch (error) {
      if (nameOf(error) === 'ClientTokenConflictException') return this.#submitted(error);
      throw toIalError(error, this.#place);
    }
  }

  async #send(request: CloudRequest, clientToken: string): Promise<ProgressEvent> {
    const common = { TypeName: request.type, ClientToken: clientToken };
    switch (request.operation) {
      case 'CREATE':
        return accepted(await this.#client.send(new CreateResourceCommand({ ...common, DesiredState: request.desiredState })));
      case 'UPDATE': {
        const input = { ...common, Identifier: request.identifier, PatchDocument: request.patchDocument };
        return accepted(await this.#client.send(new UpdateResourceCommand(input)));
      }
      case 'DELETE':
        return accepted(await this.#client.send(new DeleteResourceCommand({ ...common, Identifier: request.identifier })));
    }
  }

  /** The token was used before. When AWS names the request that used it, that request is ours: go on with it. */
  async #submitted(conflict: unknown): Promise<Progress> {
    const requestToken = requestTokenIn(conflict instanceof Error ? conflict.message : '');
    const progress = requestToken === undefined ? undefined : await this.status(requestToken);
    if (progress) return progress;
    throw toIalError(conflict, this.#place);
  }

  async status(requestToken: string): Promise<Progress | undefined> {
    const reply = await this.#read(
      () => this.#client.send(new GetResourceRequestStatusCommand({ RequestToken: requestToken })),
      ['RequestTokenNotFoundException'],
    );
    return reply?.ProgressEvent && toProgress({ RequestToken: requestToken, ...reply.ProgressEvent }, 'CREATE');
  }

  /** A request that is over, or unknown, has nothing left to cancel: the caller reads its status next. */
  async cancel(requestToken: string): Promise<void> {
    await this.#read(
      () => this.#client.send(new CancelResourceRequestCommand({ RequestToken: requestToken })),
      ['RequestTokenNotFoundException', 'ConcurrentModificationException'],
    );
  }

  async read(type: TypeName, identifier: string): Promise<LiveResource | undefined> {
    const input = { TypeName: type, Identifier: identifier };
    const reply = await this.#read(() => this.#client.send(new GetResourceCommand(input)), ['ResourceNotFoundException']);
    return reply?.ResourceDescription && toLive(reply.ResourceDescription, type, identifier);
  }

  async list(type: TypeName, model?: Properties): Promise<readonly LiveResource[]> {
    const found: LiveResource[] = [];
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const input = {
        TypeName: type,
        ...(model ? { ResourceModel: JSON.stringify(model) } : {}),
        ...(token === undefined ? {} : { NextToken: token }),
      };
      const reply = await this.#read(() => this.#client.send(new ListResourcesCommand(input)), ['ResourceNotFoundException']);
      for (const description of reply?.ResourceDescriptions ?? []) found.push(toLive(description, type, ''));
      if (!reply?.NextToken || reply.NextToken === token) return found;
      token = reply.NextToken;
    }
    return found;
  }

  /** One read with retries. @returns `undefined` when the failure's name is one of `absent`. */
  async #read<T>(call: () => Promise<T>, absent: readonly string[]): Promise<T | undefined> {
    try {
      return await retry(call, isPassing, READS, this.#pace);
    } catch (error) {
      if (absent.includes(nameOf(error))) return undefined;
      throw toIalError(error, this.#place);
    }
  }
}

/** Only a broken connection, or a refusal for the time of signing: throttling must reach the engine, which decides when to hand the request in again. */
function wasLost(error: unknown): boolean {
  return isSkewed(error) || (transportCode(error) !== undefined && isPassing(error));
}

function accepted(reply: { ProgressEvent?: ProgressEvent | undefined }): ProgressEvent {
  if (reply.ProgressEvent?.RequestToken) return reply.ProgressEvent;
  const details = { handlerCode: 'NoRequestToken', retryable: false };
  throw new IalError('CLOUD_REQUEST_FAILED', 'Cloud Control accepted the request and named no request token', details);
}

/** `... existing operation with RequestToken Y`: Y. */
export function requestTokenIn(message: string): string | undefined {
  return /RequestToken[:\s]+['"]?([A-Za-z0-9-]{8,128})/.exec(message)?.[1];
}

function toProgress(event: ProgressEvent, operation: Progress['operation']): Progress {
  const status = event.OperationStatus ?? 'IN_PROGRESS';
  return {
    requestToken: event.RequestToken ?? '',
    // A status this program does not know yet is not an end: keep polling.
    status: STATUSES.includes(status) ? (status as ProgressStatus) : 'IN_PROGRESS',
    operation: event.Operation ?? operation,
    ...(event.Identifier ? { identifier: event.Identifier } : {}),
    ...(event.ErrorCode ? { errorCode: event.ErrorCode } : {}),
    ...(event.StatusMessage ? { message: event.StatusMessage } : {}),
    ...(event.RetryAfter ? { retryAfter: event.RetryAfter.getTime() } : {}),
  };
}

function toLive(description: ResourceDescription, type: TypeName, identifier: string): LiveResource {
  try {
    const properties = JSON.parse(description.Properties ?? '{}') as Properties;
    return { identifier: description.Identifier ?? identifier, properties };
  } catch (cause) {
    const details = { handlerCode: 'InvalidProperties', retryable: false };
    throw new IalError('CLOUD_REQUEST_FAILED', `the properties AWS returned for ${type} ${identifier} are not JSON`, details, { cause });
  }
}
