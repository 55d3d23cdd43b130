/** What the clauses before spoke of, and what must stay as it is. */
import type { Listed } from './resources.ts';

export class Focus {
  readonly #spokenOf = new Set<string>();
  readonly #excepted = new Set<string>();

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
}
