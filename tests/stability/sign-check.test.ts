import { describe, expect, it } from "vitest";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import { type Model, parseModel } from "../../src/index.ts";
import { runRegions } from "../../src/regions/run.ts";
import { signSum } from "../../src/stability/sign-check.ts";
import { random } from "../regions/arrangements.ts";

async function clipped(seed: number, R: number, a = 0.5): Promise<Model> {
  const next = random(seed);
  const rows = (n: number, m: number, scale: number) =>
    Array.from({ length: n }, () => Array.from({ length: m }, () => scale * (2 * next() - 1)));
  return parseModel({
    kind: "clippedShPLRNN",
    A: new Array(R).fill(a),
    W1: rows(R, 8, 3),
    W2: rows(8, R, 1),
    h1: rows(1, R, 0.5)[0],
    h2: rows(1, 8, 1)[0]!,
  });
}

async function pointsOf(model: Model) {
  const finalizer = new Finalizer(model.system);
  await runRegions(model.system, finalizer, {}, new CpuBackend(), { expand: "owned" });
  return finalizer.finish().fixedPoints;
}

describe("the sign check", () => {
  it("gives +1 for clipped models in one to four dimensions, some with several fixed points", async () => {
    let several = 0;
    for (let seed = 0; seed < 40; seed++) {
      const model = await clipped(seed, 1 + (seed % 4));
      const points = await pointsOf(model);
      if (points.length > 1) several++;
      expect(signSum(model, points)).toBe(1);
    }
    expect(several).toBeGreaterThan(3);
  });

  it("notices a point that is missing and one whose sign is wrong", async () => {
    const model = await clipped(3, 2);
    const points = await pointsOf(model);
    expect(signSum(model, points.slice(1))).not.toBe(1);
    const [first, ...rest] = points;
    expect(signSum(model, [{ ...first, determinantSign: first!.determinantSign === 1 ? -1 : 1 }, ...rest])).not.toBe(1);
  });

  it("does not apply to other families, to ‖A‖ ≥ 1, or where a point is tied", async () => {
    const model = await clipped(1, 2);
    expect(signSum({ ...model, kind: "shPLRNN" }, await pointsOf(model))).toBeUndefined();
    expect(signSum(await clipped(1, 2, 1), [])).toBeUndefined();
    expect(signSum(model, [{ determinantSign: 1 }, {}])).toBeUndefined();
  });
});
