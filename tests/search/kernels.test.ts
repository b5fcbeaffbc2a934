import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { unrolledKernels } from "../../scripts/unroll-search-kernels.ts";
import { type Kernels, loopKernels } from "../../src/search/kernels.ts";
import { UNROLLED } from "../../src/search/unrolled.ts";
import { random } from "../regions/arrangements.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const format = (text: string): string =>
  execFileSync("node_modules/.bin/biome", ["format", "--stdin-file-path=src/search/unrolled.ts"], {
    cwd: ROOT,
    input: text,
    encoding: "utf8",
  });

/** All that the three kernels write, on the same seeded units and box. */
function outputs(kernels: Kernels, R: number, seed: number) {
  const next = random(seed);
  const signed = () => 2 * next() - 1;
  const count = 60;
  const stride = 2 * R + 4;
  const data = new Float64Array(count * stride);
  for (let j = 0; j < count; j++) {
    for (let i = 0; i < 2 * R; i++) data[j * stride + i] = signed();
    const b0 = signed();
    data[j * stride + 2 * R] = b0;
    // one in three is a ramp without an upper kink
    data[j * stride + 2 * R + 1] = j % 3 === 0 ? Number.POSITIVE_INFINITY : b0 + next();
    data[j * stride + 2 * R + 2] = 1e-15 * next();
    data[j * stride + 2 * R + 3] = 1e-15 * next();
  }
  const floats = (length: number, value: () => number) => Float64Array.from({ length }, value);
  const undecided = Int32Array.from({ length: count }, (_, j) => j);
  const c = floats(R, signed);
  const r = floats(R, () => 0.1 + 0.3 * next());
  const M = floats(R * R, signed);
  const k = floats(R, signed);
  const A = new Float64Array(R * R);
  const G = new Float64Array(R);
  const widths = new Float64Array(count);
  const pieces = new Int32Array(count);
  const left = kernels.restrict(data, undecided, count, c, r, 2, M, k, A, G, widths, pieces);
  const Q = new Float64Array(R);
  const W = new Float64Array(R * R);
  kernels.weigh(data, undecided, left, widths, Q, W);
  const Y = floats((R + 1) * R, signed);
  const out = new Float64Array(R + 1);
  kernels.radii(data, undecided, left, widths, Y, out);
  return { left, undecided, M, k, A, G, widths, pieces, Q, W, out };
}

describe("the unrolled kernels", () => {
  it("are what the generator writes today", () => {
    const file = readFileSync(new URL("../../src/search/unrolled.ts", import.meta.url), "utf8");
    expect(file).toBe(format(unrolledKernels()));
    expect(file).not.toBe(format(`${unrolledKernels()}\nexport const more = 1;`));
  });

  it.each(Object.keys(UNROLLED).map(Number))("for R = %i give the loops' numbers, bit for bit", (R) => {
    for (let seed = 1; seed <= 50; seed++) {
      const unrolled = outputs(UNROLLED[R], R, seed);
      expect(unrolled).toEqual(outputs(loopKernels(R), R, seed));
      expect(unrolled.left).toBeGreaterThan(0);
      expect(unrolled.left).toBeLessThan(60);
    }
  });

  it("would be told apart by one changed term", () => {
    const wrong: Kernels = {
      ...loopKernels(2),
      radii: (data, undecided, count, widths, Y, out) =>
        loopKernels(2).radii(data, undecided, count - 1, widths, Y, out),
    };
    expect(outputs(UNROLLED[2], 2, 1)).not.toEqual(outputs(wrong, 2, 1));
  });
});
