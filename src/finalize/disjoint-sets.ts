/** A partition of the numbers 0 … size − 1 into sets, which can be joined. */
export class DisjointSets {
  readonly #parents: number[];
  /** Number of sets. */
  count: number;

  constructor(size: number) {
    this.count = size;
    this.#parents = Array.from({ length: size }, (_, i) => i);
  }

  /** A number that represents the set of i: all members of the set share it. */
  find(i: number): number {
    let root = i;
    while (this.#parents[root] !== root) {
      this.#parents[root] = this.#parents[this.#parents[root]!]!;
      root = this.#parents[root]!;
    }
    return root;
  }

  join(a: number, b: number): void {
    const [from, to] = [this.find(a), this.find(b)];
    if (from === to) return;
    this.#parents[from] = to;
    this.count--;
  }
}
