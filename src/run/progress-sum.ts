import type { Progress } from "../stages/run.ts";

/** What searches side by side tell as one: each is told of what all have done. */
export function inSum(searches: number, tell: (progress: Progress) => void) {
  const last: Progress[] = new Array(searches).fill({ phase: "search", fraction: 0, done: 0, fixedPoints: 0 });
  const sum = (key: "fraction" | "done" | "fixedPoints"): number => last.reduce((total, each) => total + each[key], 0);
  return {
    of(at: number) {
      return (progress: Progress): void => {
        last[at] = progress;
        const fraction = sum("fraction") / searches;
        tell({ ...progress, fraction, done: sum("done"), fixedPoints: sum("fixedPoints") });
      };
    },
    /** One has ended: many tell nothing before. */
    end(at: number): void {
      last[at] = { ...last[at]!, fraction: 1 };
    },
  };
}
