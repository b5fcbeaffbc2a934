/** A seeded generator (mulberry32) with the draws that the corpus needs; the same numbers on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A stream of its own for each label, so that one kind's draws never move another's. */
  static of(seed: number, label: string): Random {
    let hash = 2166136261 ^ seed;
    for (const character of label) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
    return new Random(hash);
  }

  #word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** Uniform in [0, 1) with all 53 bits. */
  unit(): number {
    return ((this.#word() >>> 5) * 2 ** 26 + (this.#word() >>> 6)) / 2 ** 53;
  }

  /** Uniform in [−scale, scale) with a full significand. */
  real(scale = 1): number {
    return scale * (2 * this.unit() - 1);
  }

  /** About standard normal: a sum of twelve uniform numbers, which needs no logarithm. */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.unit();
    return sum;
  }

  /** A whole number from low to high, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** A multiple of 2^−bits in [−scale, scale]. */
  dyadic(bits: number, scale = 1): number {
    return this.integer(-scale * 2 ** bits, scale * 2 ** bits) / 2 ** bits;
  }

  /** As `draw`, but never zero. */
  nonzero(draw: () => number): number {
    let x = draw();
    while (x === 0) x = draw();
    return x;
  }

  sign(): number {
    return this.unit() < 0.5 ? -1 : 1;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)]!;
  }

  shuffled<T>(values: readonly T[]): T[] {
    const out = [...values];
    for (let i = out.length - 1; i > 0; i--) {
      const k = this.integer(0, i);
      [out[i], out[k]] = [out[k]!, out[i]!];
    }
    return out;
  }

  vector(length: number, draw: () => number): number[] {
    return Array.from({ length }, draw);
  }

  matrix(rows: number, columns: number, draw: () => number): number[][] {
    return Array.from({ length: rows }, () => this.vector(columns, draw));
  }
}
