/** SIGINT and SIGTERM as an abort. The first asks the command to end well; the second ends the process at once. */
import { IalError } from '../engine/errors.ts';

const EXIT = { SIGINT: 130, SIGTERM: 143 } as const;

/** @returns a signal whose reason is the `INTERRUPTED` error */
export function interruption(target: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  const listen = (signal: keyof typeof EXIT) =>
    target.on(signal, () => {
      if (controller.signal.aborted) target.exit(EXIT[signal]);
      controller.abort(new IalError('INTERRUPTED', `interrupted by ${signal}`, { signal }));
    });
  listen('SIGINT');
  listen('SIGTERM');
  return controller.signal;
}
