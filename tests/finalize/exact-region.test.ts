import { expect, it } from "vitest";
import { ExactRegions } from "../../src/finalize/exact-region.ts";
import { parseModel } from "../../src/model/parse.ts";
import { random } from "../regions/arrangements.ts";

it("a region's matrix is the same whichever regions came before it", async () => {
  const next = random(5);
  const numbers = (n: number) => Array.from({ length: n }, () => 2 * next() - 1);
  const R = 3;
  const N = 70;
  const { system } = await parseModel({
    A: numbers(R),
    U: Array.from({ length: N }, () => numbers(R)),
    V: Array.from({ length: N }, () => numbers(R)),
    hx: numbers(N),
    hz: numbers(R),
  });
  const regions = new ExactRegions(system);
  const mask = new Uint32Array(3);
  for (let step = 0; step < 60; step++) {
    // one bit, some bits or all anew
    if (step % 3 === 0) mask[step % 2]! ^= 1 << (step % 31);
    else
      for (let j = 0; j < N; j++)
        if (step % 3 === 2 || next() < 0.1) mask[j >>> 5]! ^= (next() < 0.5 ? 1 : 0) << (j & 31);
    const found = regions.region(mask);
    expect(found).toEqual(new ExactRegions(system).region(mask));
    const other = mask.slice();
    other[0]! ^= 1;
    expect(found).not.toEqual(new ExactRegions(system).region(other));
  }
});
