import { describe, expect, it } from "vitest";
import { type Clues, cluesOf, Outlook } from "../../../src/search/queue/outlook.ts";
import { SearchPlan } from "../../../src/search/queue/plan.ts";
import { emptyTally } from "../../../src/search/queue/tally.ts";
import { arrangementOf } from "../../regions/arrangements.ts";

const box = (undecided: number, nearness: number, halvings: number): Clues => ({ undecided, nearness, halvings });

describe("the outlook of a box", () => {
  it("is larger beforehand with more undecided units, and with a functional that is farther from discarding it", () => {
    const outlook = new Outlook();
    for (const halvings of [0, 3, 6]) {
      expect(outlook.of(box(0.5, 0.5, halvings))).toBeGreaterThan(outlook.of(box(0.1, 0.5, halvings)));
      expect(outlook.of(box(0.5, 0.2, halvings))).toBeGreaterThan(outlook.of(box(0.5, 0.9, halvings)));
    }
  });

  it("tells a box in which nothing is decided from one in which little is, by more than their numbers of units", () => {
    const outlook = new Outlook();
    expect(outlook.of(box(1, 0.4, 3)) / outlook.of(box(0.9, 0.4, 3))).toBeGreaterThan(8);
    expect(outlook.of(box(0.6, 0.4, 3)) / outlook.of(box(0.5, 0.4, 3))).toBeLessThan(2);
  });

  it("goes by what an open box tells", () => {
    const plan = SearchPlan.of(arrangementOf("clipped", 40, 9, 1));
    const search = plan.search(0, { emit: () => {}, leaf: () => {} }, emptyTally());
    search.start(plan.roots[0]!.box, 1);
    expect(search.problem.table.count).toBe(40);
    const root = search.takeOpen()[0]!;
    expect(cluesOf(root)).toEqual({ undecided: root.undecided.length / 40, nearness: 0, halvings: 0 });
    const parts = search.split(root)!;
    const part = parts.part(parts.count - 1);
    expect(cluesOf(part)).toEqual(parts.clues);
    expect(cluesOf(part).halvings).toBe(-Math.log2(part.share) / 9);
    expect(part.nearness).toBeGreaterThan(0);
  });

  it("learns a power law, which it does not have before", () => {
    const below = ({ undecided, halvings }: Clues): number =>
      1e4 * ((undecided + 0.002) / (1.002 - undecided)) ** 2 * 2 ** halvings;
    const outlook = new Outlook();
    const worst = (): number => {
      const ratios = [box(0.3, 0.4, 9), box(0.05, 0.7, 14), box(0.6, 0.1, 5)].map(
        (each) => outlook.of(each) / below(each),
      );
      return Math.max(...ratios) / Math.min(...ratios);
    };
    const before = worst();
    for (let i = 0; i < 400; i++) {
      const each = box(0.02 + (i % 20) / 25, (i % 7) / 7, 3 + (i % 15));
      outlook.learn(each, below(each));
    }
    outlook.fit();
    expect(worst()).toBeLessThan(before / 5);
  });

  it("is finite and no 0, however far a box is from those that were learned", () => {
    for (const sign of [1, -1]) {
      const outlook = new Outlook();
      for (let i = 0; i < 400; i++) {
        const halvings = i % 30;
        outlook.learn(box(0.5, 0.5, halvings), 2 ** (30 + (sign * halvings ** 2) / 30));
      }
      outlook.fit();
      const far = outlook.of(box(0.5, 0.5, 600));
      expect(far).toBeGreaterThan(0);
      expect(4000 * far).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  });
});
