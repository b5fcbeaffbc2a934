/** Which of the numbers 0 … size − 1 have been joined. */
export class DisjointSets {
  readonly #parents: number[];
  /** Number of sets. */
  count: number;

  constructor(size: number) {
    this.count = size;
    this.#parents = Array.from({ length: size }, (_, i) => i);
  }

  /** A number that all members of the set of i share, and no others. */
  find(i: number): number {
    let root = i;
    while (this.#parents[root] !== root) {
      this.#parents[root] = this.#parents[this.#parents[root]];
      root = this.#parents[root];
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
