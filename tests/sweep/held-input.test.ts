import { expect, it } from "vitest";
import { evaluate } from "../../src/model/system.ts";
import { inputFamily } from "../../src/sweep/family.ts";
import { heldInput } from "../../src/sweep/held-input.ts";
import { Random } from "../support/random.ts";
import { randomModel } from "./models.ts";

it("the map that holds the input is that of the model at every input of the range, and clips the others", async () => {
  const random = new Random(21);
  for (let n = 0; n < 40; n++) {
    const R = random.integer(1, 3);
    const family = await inputFamily(
      randomModel(random, R, random.integer(1, 5), random.pick(["C", "Wu", "both"])),
      "s0",
    );
    const [low, high] = [random.dyadic(2, 2), 3];
    const held = heldInput(family.extended, low, high);
    expect(held).toMatchObject({ latentDim: R + 1, hyperplanes: family.hyperplanes + 2, time: "discrete" });
    const z = random.vector(R, () => random.real(3));
    for (const s of [low, high, low + random.unit() * (high - low), low - 1, high + 0.5]) {
      const [onS, ...onZ] = evaluate(held, Float64Array.of(s, ...z));
      // G is the image less the point
      expect(onS).toBeCloseTo(Math.min(Math.max(s, low), high) - s, 12);
      const own = evaluate(family.at(s).system, Float64Array.from(z));
      for (const [i, x] of own.entries()) expect(onZ[i]).toBeCloseTo(x, 10);
    }
  }
});
