import { mixed } from "../../stages/sample.ts";

/** Systematic samples with given chances (after Madow 1949), each begun at a random place. */
export class SystematicSample {
  #random: number;

  constructor(seed: number) {
    this.#random = seed;
  }

  /**
   * Chooses some of several things, about `kept` of them: the chance of each is proportional to its score, and 1 where
   * that is large enough.
   * @param take is told what was chosen, and 1/chance.
   */
  choose(scores: readonly number[], kept: number, take: (index: number, factor: number) => void): void {
    const sorted = scores.slice().sort((a, b) => b - a);
    let rest = scores.reduce((sum, score) => sum + score, 0);
    let sure = 0;
    while (sure < kept && sorted[sure]! * (kept - sure) >= rest) rest -= sorted[sure++]!;
    const least = sure > 0 ? sorted[sure - 1]! : Number.POSITIVE_INFINITY;
    const stride = rest / Math.max(1, kept - sure);
    this.#random = mixed(this.#random + 0x9e3779b9);
    let at = (this.#random / 2 ** 32) * stride;
    let sum = 0;
    scores.forEach((score, i) => {
      if (score >= least) {
        take(i, 1);
        return;
      }
      sum += score;
      if (sum <= at) return;
      at += stride;
      take(i, stride / score);
    });
  }
}
