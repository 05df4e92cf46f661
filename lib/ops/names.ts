import { GraphError } from "../graph/errors.ts";

/** Names that are given once each. */
export class Names {
  readonly #taken = new Set<string>();
  readonly #reserved = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** Keeps names for `claim`: they are not made up for something else. */
  reserve(names: Iterable<string>): void {
    for (const name of names) this.#reserved.add(name);
  }

  /** Takes exactly this name. @throws GraphError where it is empty or taken. */
  claim(name: string): string {
    if (name === "") throw new GraphError("Cannot name a value: the name is empty, give it one");
    if (this.#taken.has(name)) throw new GraphError(`Cannot name a value "${name}": the name is taken, choose another`);
    this.#taken.add(name);
    return name;
  }

  /** Takes `base` itself where it is free, else `base_1`, `base_2`, … */
  near(base: string): string {
    return this.#isFree(base) ? this.claim(base) : this.numbered(base);
  }

  /** Takes the next free of `base_1`, `base_2`, … */
  numbered(base: string): string {
    let count = this.#counts.get(base) ?? 0;
    do count++; while (!this.#isFree(`${base}_${count}`));
    this.#counts.set(base, count);
    return this.claim(`${base}_${count}`);
  }

  #isFree(name: string): boolean {
    return !this.#taken.has(name) && !this.#reserved.has(name);
  }
}
