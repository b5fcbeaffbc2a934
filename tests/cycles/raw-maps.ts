import type { RawMap } from "../oracle/cycles.ts";
import { chaoticClippedMap } from "../support/chaotic.ts";
import { Random } from "../support/random.ts";

/** z ↦ slope·min(z, 1 − z). */
export const tent = (slope: number): RawMap => ({
  kind: "shPLRNN",
  A: [[slope]],
  W1: [[-2 * slope]],
  W2: [[1]],
  h1: [0],
  h2: [-0.5],
});

/** Two maps side by side, each seen through the shear x ← x + y/2. */
export function product(a: RawMap, b: RawMap): RawMap {
  const [p, q] = [a.A.length, b.A.length];
  const blocks = (x: readonly (readonly number[])[], y: readonly (readonly number[])[]) => {
    const columns = [x[0]?.length ?? 0, y[0]?.length ?? 0];
    return [
      ...x.map((row) => [...row, ...Array<number>(columns[1]!).fill(0)]),
      ...y.map((row) => [...Array<number>(columns[0]!).fill(0), ...row]),
    ];
  };
  const size = p + q;
  const shear = (sign: number) =>
    Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, k) => (i === k ? 1 : i === 0 && k === p ? sign / 2 : 0)),
    );
  const times = (x: readonly (readonly number[])[], y: readonly (readonly number[])[]) =>
    x.map((row) => y[0]!.map((_, k) => row.reduce((sum, each, i) => sum + each * y[i]![k]!, 0)));
  const [S, back] = [shear(1), shear(-1)];
  return {
    kind: "shPLRNN",
    A: times(times(S, blocks(a.A, b.A)), back),
    W1: times(S, blocks(a.W1, b.W1)),
    W2: times(blocks(a.W2, b.W2), back),
    h1: times(
      S,
      [...a.h1, ...b.h1].map((x) => [x]),
    ).flat(),
    h2: [...a.h2, ...b.h2],
  };
}

/** A clipped network that may be chaotic (`chaoticClippedMap`). */
export function chaoticMap(R: number, N: number, seed: number, gain: number): object {
  return chaoticClippedMap(Random.of(seed, "cycles on threads"), R, N, gain);
}
