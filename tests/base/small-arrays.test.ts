import { expect, it } from "vitest";
import { copyOf64, float64s, int32s, uint8s, uint32s } from "../../src/base/small-arrays.ts";

it("small arrays are of zeros, have their length, and share no byte with another", () => {
  const makers = [float64s, int32s, uint32s, uint8s];
  const made: (Float64Array | Int32Array | Uint32Array | Uint8Array)[] = [];
  // many blocks full, with lengths on both sides of what is shared
  for (let round = 0; round < 60; round++) {
    for (const make of makers)
      for (const length of [0, 1, 8, 9, 17, 64, 65, 127, 128, 129, 300]) made.push(make(length));
  }
  made.forEach((array, i) => {
    expect(array.every((x) => x === 0)).toBe(true);
    array.fill(1 + (i % 200));
  });
  made.forEach((array, i) => {
    expect(array.every((x) => x === 1 + (i % 200))).toBe(true);
  });
  for (let i = 0; i < made.length; i++)
    expect(made[i]!.length).toBe([0, 1, 8, 9, 17, 64, 65, 127, 128, 129, 300][i % 11]);
});

it("a copy has the numbers of a list, bit by bit, and is another array", () => {
  const from = Float64Array.from({ length: 20 }, (_, i) => (i === 3 ? -0 : i === 4 ? Number.NaN : Math.sin(i)));
  const copy = copyOf64(from);
  expect(copy).toEqual(from);
  copy[0] = 7;
  expect(from[0]).toBe(0);
  expect(copyOf64([1, 2])).toEqual(Float64Array.of(1, 2));
});
