import { describe, expect, it } from "vitest";
import { compareCheckpoints, findFixedPoints, type Result } from "../../src/index.ts";

/** A ramp of slope k, tilted by t: one fixed point for k < 1, three for k > 1 and small t. */
function ramp(k: number, t = 0): Promise<Result> {
  return findFixedPoints({ A: [0], U: [[1], [1]], V: [[k], [-k]], hx: [-0.5, 0.5], hz: [k / 2 - t] });
}

async function story(...models: readonly (readonly [number, number?])[]) {
  return compareCheckpoints(await Promise.all(models.map(([k, t]) => ramp(k, t))));
}

describe("checkpoints", () => {
  it("keep a point that moves, and tell two that appear together", async () => {
    const { steps, tracks, complete } = await story([0.5, -0.1], [0.8, -0.1], [1.6, -0.1], [1.8, -0.1]);
    expect(complete).toBe(true);
    expect(steps).toEqual([
      { persist: [[0, 0]], appear: [], vanish: [] },
      { persist: [[0, 0]], appear: [1, 2], vanish: [] },
      {
        persist: [
          [0, 0],
          [1, 1],
          [2, 2],
        ],
        appear: [],
        vanish: [],
      },
    ]);
    expect(tracks).toEqual([
      { first: 0, points: [0, 0, 0, 0] },
      { first: 2, points: [1, 1] },
      { first: 2, points: [2, 2] },
    ]);
  });

  it("tell two that vanish together", async () => {
    const { steps, tracks } = await story([2, 0], [2, 0.4], [2, 0.6]);
    expect(steps[1]).toEqual({ persist: [[2, 0]], appear: [], vanish: [0, 1] });
    expect(tracks.map(({ first, points }) => [first, points.length])).toEqual([
      [0, 2],
      [0, 2],
      [0, 3],
    ]);
  });

  it("never take points of different index for one: the single point of a map that folds over is another", async () => {
    // stable at k = 0.5; at k = 3 only the middle one of three is near it, and that has the other index
    const { steps } = await story([0.5], [3]);
    expect(steps[0]!.persist.map(([, j]) => j)).not.toContain(1);
  });

  it("of an empty run, and of one, are a story without steps", async () => {
    expect(compareCheckpoints([])).toMatchObject({ tracks: [], steps: [], complete: true });
    expect((await story([2])).tracks).toHaveLength(3);
  });

  it("must be of one network", async () => {
    const other = await findFixedPoints({ A: [0], U: [[1]], V: [[1]], hx: [0], hz: [1] });
    const first = await ramp(2);
    expect(() => compareCheckpoints([first, other])).toThrow(/must have the latent dimension 1 and the 2 hyperplanes/);
  });
});
