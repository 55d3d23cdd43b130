/** What the clauses before spoke of and did, and what must stay as it is. */
import type { Listed } from './resources.ts';

export interface Made {
  readonly name: string;
  readonly type: string;
  readonly file: string;
}

export class Focus {
  readonly #spokenOf = new Set<string>();
  readonly #excepted = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #rerouted = new Set<string>();
  #made: Made | undefined;

  /** `it` in the next clause is this one. */
  on(...resources: readonly Pick<Listed, 'address'>[]): void {
    this.#spokenOf.clear();
    for (const { address } of resources) this.#spokenOf.add(address);
  }

  holds({ address }: Pick<Listed, 'address'>): boolean {
    return this.#spokenOf.has(address);
  }

  except(resources: readonly Pick<Listed, 'address'>[]): void {
    for (const { address } of resources) this.#excepted.add(address);
  }

  excepts({ address }: Pick<Listed, 'address'>): boolean {
    return this.#excepted.has(address);
  }

  /** A resource that a clause adds: it is in no list yet. */
  made(resource: Made): void {
    this.#made = resource;
  }

  lastMade(): Made | undefined {
    return this.#made;
  }

  /** An earlier clause deletes it. */
  gone(address: string): void {
    this.#gone.add(address);
  }

  isGone(address: string): boolean {
    return this.#gone.has(address);
  }

  /** An earlier clause gives this place another value: what it refers to now counts no more. */
  reroute(address: string, path: readonly string[]): void {
    this.#rerouted.add(`${address} ${path.join('/')}`);
  }

  hasRerouted(address: string, path: readonly string[]): boolean {
    return this.#rerouted.has(`${address} ${path.join('/')}`);
  }
}
