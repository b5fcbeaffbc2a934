import { expect, it } from "vitest";
import { principalAxes } from "../../src/plot/projection.ts";
import { Random } from "../support/random.ts";

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);

it.each([90, 110])("finds the two directions of a cloud in %i dimensions", (R) => {
  const random = Random.of(2, `cloud ${R}`);
  const unit = (x: readonly number[]) => x.map((each) => each / Math.sqrt(dot(x, x)));
  const first = unit(random.vector(R, () => random.normal()));
  const raw = random.vector(R, () => random.normal());
  const second = unit(raw.map((x, k) => x - dot(raw, first) * first[k]!));
  const cloud = Array.from({ length: 60 }, () => {
    const [a, b] = [3 * random.normal(), random.normal()];
    return first.map((x, k) => 1 + a * x + b * second[k]!);
  });
  const axes = principalAxes(cloud, R).map(({ direction }) => direction);
  // the cloud lies in the plane of the two, and its sample has directions near to them
  for (const axis of axes) expect(dot(axis, first) ** 2 + dot(axis, second) ** 2).toBeCloseTo(1, 9);
  expect(dot(axes[0]!, axes[1]!)).toBeCloseTo(0, 9);
  expect(Math.abs(dot(axes[0]!, first))).toBeGreaterThan(0.9);
  const line = cloud.map((_, i) => first.map((x) => i * x));
  const [along, across] = principalAxes(line, R).map(({ direction }) => direction);
  expect(Math.abs(dot(along!, first))).toBeCloseTo(1, 9);
  expect(dot(along!, across!)).toBeCloseTo(0, 6);
  expect(dot(across!, across!)).toBeCloseTo(1, 9);
});
