import { describe, expect, it } from "vitest";
import { Outlook, type SplitBox } from "../../../src/search/queue/outlook.ts";

const box = (undecided: number, nearness: number, share: number): SplitBox => ({ undecided, nearness, share });

describe("the outlook of a box", () => {
  it("is larger beforehand with more undecided units, and with a functional that is farther from discarding it", () => {
    const outlook = new Outlook();
    expect(outlook.of(box(0.5, 0.5, 0.01))).toBeGreaterThan(outlook.of(box(0.1, 0.5, 0.01)));
    expect(outlook.of(box(0.5, 0.2, 0.01))).toBeGreaterThan(outlook.of(box(0.5, 0.9, 0.01)));
  });

  it("learns a power law, which it does not have before", () => {
    const below = ({ undecided, share }: SplitBox): number => 1e4 * undecided ** 2 * share ** -0.5;
    const outlook = new Outlook();
    const worst = (): number => {
      const ratios = [box(0.3, 0.4, 2 ** -9), box(0.05, 0.7, 2 ** -14), box(0.6, 0.1, 2 ** -5)].map(
        (each) => outlook.of(each) / below(each),
      );
      return Math.max(...ratios) / Math.min(...ratios);
    };
    const before = worst();
    for (let i = 0; i < 400; i++) {
      const each = box(0.02 + (i % 20) / 25, (i % 7) / 7, 2 ** -(3 + (i % 15)));
      outlook.learn(each, below(each));
    }
    outlook.fit();
    expect(worst()).toBeLessThan(before / 10);
  });

  it("is finite and no 0, however far a box is from those that were learned", () => {
    for (const sign of [1, -1]) {
      const outlook = new Outlook();
      for (let i = 0; i < 400; i++) {
        const halvings = i % 30;
        outlook.learn(box(0.5, 0.5, 2 ** -halvings), 2 ** (30 + (sign * halvings ** 2) / 30));
      }
      outlook.fit();
      const far = outlook.of(box(0.5, 0.5, 2 ** -600));
      expect(far).toBeGreaterThan(0);
      expect(4000 * far).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  });
});
