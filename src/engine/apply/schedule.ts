/** Run a graph of tasks as parallel as it allows, the longest remaining path first. */

export interface Task<T> {
  readonly id: string;
  /** Ids that must have succeeded before. Unknown ids count as done. */
  readonly needs: readonly string[];
  /** Expected duration in any unit; decides only the order of ready tasks. */
  readonly weight: number;
  readonly run: () => Promise<T>;
}

export interface ScheduleRules<T> {
  /** Tasks in flight at once. */
  readonly limit: number;
  readonly succeeded: (result: T) => boolean;
  /** Result of a task whose need did not succeed; `cause` is that need. */
  readonly skipped: (task: Task<T>, cause: string) => T;
  /** Result of a task that was not started because `stopped` turned true. */
  readonly notStarted: (task: Task<T>) => T;
  readonly stopped: () => boolean;
}

/** Every task's result by id. A task that throws stops new starts; its error is thrown after the running ones ended. */
export async function runGraph<T>(tasks: readonly Task<T>[], rules: ScheduleRules<T>): Promise<ReadonlyMap<string, T>> {
  return new Run(tasks, rules).start();
}

class Run<T> {
  readonly #results = new Map<string, T>();
  readonly #byId: ReadonlyMap<string, Task<T>>;
  readonly #users = new Map<string, string[]>();
  readonly #waiting = new Map<string, number>();
  readonly #paths: ReadonlyMap<string, number>;
  readonly #ready: Heap;
  #running = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    tasks: readonly Task<T>[],
    private readonly rules: ScheduleRules<T>,
  ) {
    this.#byId = new Map(tasks.map((task) => [task.id, task]));
    for (const task of tasks) {
      const needs = [...new Set(task.needs)].filter((id) => this.#byId.has(id));
      this.#waiting.set(task.id, needs.length);
      for (const id of needs) {
        const known = this.#users.get(id);
        if (known === undefined) this.#users.set(id, [task.id]);
        else known.push(task.id);
      }
    }
    this.#paths = remainingPaths(tasks, this.#users);
    this.#ready = new Heap((id) => this.#paths.get(id) ?? 0);
    for (const task of tasks) if (this.#waiting.get(task.id) === 0) this.#ready.push(task.id);
  }

  start(): Promise<ReadonlyMap<string, T>> {
    return new Promise((resolve, reject) => {
      const pump = (): void => {
        while (this.#failure === undefined && this.#running < this.rules.limit && this.#startNext(pump));
        if (this.#running > 0) return;
        if (this.#failure !== undefined) reject(this.#failure.error);
        else resolve(this.#results);
      };
      pump();
    });
  }

  #startNext(pump: () => void): boolean {
    const id = this.#ready.pop();
    const task = id === undefined ? undefined : this.#byId.get(id);
    if (task === undefined) return false;
    if (this.rules.stopped()) {
      this.#settle(task, this.rules.notStarted(task));
      return true;
    }
    this.#running += 1;
    task.run().then(
      (result) => {
        this.#running -= 1;
        this.#settle(task, result);
        pump();
      },
      (error: unknown) => {
        this.#running -= 1;
        this.#failure ??= { error };
        pump();
      },
    );
    return true;
  }

  #settle(task: Task<T>, result: T): void {
    this.#results.set(task.id, result);
    const ok = this.rules.succeeded(result);
    for (const id of this.#users.get(task.id) ?? []) {
      const user = this.#byId.get(id);
      if (user === undefined || this.#results.has(id)) continue;
      if (!ok) {
        this.#settle(user, this.rules.stopped() ? this.rules.notStarted(user) : this.rules.skipped(user, task.id));
        continue;
      }
      const left = (this.#waiting.get(id) ?? 1) - 1;
      this.#waiting.set(id, left);
      if (left === 0) this.#ready.push(id);
    }
  }
}

/** By task, the weight of the heaviest chain that starts with it. Iterative: chains may be long. */
function remainingPaths<T>(tasks: readonly Task<T>[], users: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, number> {
  const weights = new Map(tasks.map((task) => [task.id, task.weight]));
  const paths = new Map<string, number>();
  for (const { id } of tasks) {
    const stack = [id];
    while (stack.length > 0) {
      const at = stack.at(-1) ?? id;
      const open = (users.get(at) ?? []).filter((user) => !paths.has(user));
      if (paths.has(at) || open.length === 0 || stack.length > tasks.length) {
        const longest = Math.max(0, ...(users.get(at) ?? []).map((user) => paths.get(user) ?? 0));
        paths.set(at, longest + (weights.get(at) ?? 0));
        stack.pop();
      } else stack.push(...open);
    }
  }
  return paths;
}

/** Largest priority first; equal ones in the order they came. */
class Heap {
  readonly #items: { readonly id: string; readonly priority: number; readonly order: number }[] = [];
  #count = 0;

  constructor(private readonly priority: (id: string) => number) {}

  push(id: string): void {
    this.#items.push({ id, priority: this.priority(id), order: this.#count++ });
    let at = this.#items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): string | undefined {
    const [top] = this.#items;
    const last = this.#items.pop();
    if (top === undefined || last === undefined || this.#items.length === 0) return top?.id;
    this.#items[0] = last;
    let at = 0;
    for (;;) {
      const children = [2 * at + 1, 2 * at + 2].filter((index) => index < this.#items.length);
      const best = children.reduce((chosen, index) => (this.#before(index, chosen) ? index : chosen), at);
      if (best === at) return top.id;
      this.#swap(at, best);
      at = best;
    }
  }

  #before(a: number, b: number): boolean {
    const [left, right] = [this.#items[a], this.#items[b]];
    if (left === undefined || right === undefined) return false;
    return left.priority !== right.priority ? left.priority > right.priority : left.order < right.order;
  }

  #swap(a: number, b: number): void {
    const [left, right] = [this.#items[a], this.#items[b]];
    if (left === undefined || right === undefined) return;
    this.#items[a] = right;
    this.#items[b] = left;
  }
}
