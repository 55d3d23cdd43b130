/** Where things go wrong: every port call of a fake passes here, once before and once after its effect. */
import { IalError } from '../../src/engine/errors.ts';

/** The process is gone. Not an `IalError`: nothing in the engine may handle it. */
export class Crash extends Error {
  constructor(readonly call: string) {
    super(`crashed at ${call}`);
    this.name = 'Crash';
  }
}

export type Fault = 'crash-before' | 'crash-after' | 'lose-reply';

/** Decides, call by call, what goes wrong. `name` is `cloud.submit`, `state.commit` ... */
export type FaultPlan = (call: number, name: string) => Fault | undefined;

export const noFaults: FaultPlan = () => undefined;

/** One life of a process: after its crash every further call fails as well. */
export class Life {
  calls = 0;
  crashed: Crash | undefined;
  /** Names of the calls made, in order. */
  readonly log: string[] = [];

  constructor(private readonly plan: FaultPlan = noFaults) {}

  async call<T>(name: string, work: () => T): Promise<T> {
    this.#assertAlive();
    const number = this.calls;
    this.calls += 1;
    this.log.push(name);
    const fault = this.plan(number, name);
    if (fault === 'crash-before') throw this.#die(name);
    const result = work();
    if (fault === 'crash-after') throw this.#die(name);
    if (fault === 'lose-reply') throw new IalError('CLOUD_UNREACHABLE', `no reply from ${name}`, {});
    await Promise.resolve();
    this.#assertAlive();
    return result;
  }

  #assertAlive(): void {
    if (this.crashed !== undefined) throw this.crashed;
  }

  #die(name: string): Crash {
    this.crashed = new Crash(name);
    return this.crashed;
  }
}

/** The same life for every method of a fake: `faulty(life, 'lock', lock)`. */
export function faulty<T extends object>(life: Life, name: string, port: { readonly [K in keyof T]: T[K] }): T {
  const wrapped = Object.entries(port).map(([method, work]) => [
    method,
    (...given: readonly unknown[]) => life.call(`${name}.${method}`, () => (work as (...args: readonly unknown[]) => unknown)(...given)),
  ]);
  return Object.fromEntries(wrapped) as T;
}
