import { expect } from "vitest";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import type { Sweep } from "../../src/sweep/result.ts";
import type { Raw } from "./models.ts";

/** Every sample of a sweep against a solve at that s: places to the last bit, order and stability. */
export async function expectSingleSolves(sweep: Sweep, model: Raw): Promise<void> {
  for (const { s, points } of sweep.samples) {
    const { fixedPoints } = await findFixedPoints(model as ModelInput, { input: { [sweep.parameter.parameter]: s } });
    expect({ s, points }).toEqual({ s, points: fixedPoints.map(({ z, stability }) => ({ z, stability })) });
  }
}

/** Pieces hang together, and events and branches name each other. */
export function expectConsistent(sweep: Sweep): void {
  sweep.branches.forEach(({ pieces, birth, death }, index) => {
    pieces.forEach((piece, i) => {
      expect(piece.from).toBeLessThanOrEqual(piece.to);
      if (i === 0) return;
      expect(piece.from).toBe(pieces[i - 1]!.to);
      expect(piece.zFrom).toEqual(pieces[i - 1]!.zTo);
    });
    if (birth === null) expect(pieces[0]!.from).toBe(sweep.parameter.from);
    else expect(sweep.events[birth]!.after).toContain(index);
    if (death === null) expect(pieces.at(-1)!.to).toBe(sweep.parameter.to);
    else expect(sweep.events[death]!.before).toContain(index);
  });
}
