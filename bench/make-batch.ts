/**
 * Many small networks as NDJSON, for timing a batch: `npx tsx bench/make-batch.ts COUNT [SEED] > models.ndjson`.
 *
 * They resemble SCYFI's benchmark (leisenmann2/SCYFI-speedup, data/for_LE_multistable.mat and …_singlestable.mat), in
 * turn: single precision, and each number uniform with the mean and standard deviation of its array there. Model i is
 * the same for every COUNT.
 */
import { Random } from "../tests/support/random.ts";

/** Mean and standard deviation of each array's entries in the 150 models of either file. */
const FAMILIES = [
  { R: 8, N: 10, A: [0.374, 0.136], W1: [0, 0.261], W2: [0.009, 0.323], h1: [0.261, 0.663], h2: [0.075, 0.772] },
  { R: 3, N: 8, A: [0.521, 0.127], W1: [0.099, 0.268], W2: [-0.06, 0.393], h1: [-0.395, 0.482], h2: [0.799, 0.644] },
] as const;

function makeModel(seed: number, index: number) {
  const random = Random.of(seed, `model ${index}`);
  const { R, N, A, W1, W2, h1, h2 } = FAMILIES[index % FAMILIES.length]!;
  const entry = ([mean, deviation]: readonly [number, number]) => {
    const halfWidth = Math.sqrt(3) * deviation;
    return () => Math.fround(mean + random.real(halfWidth));
  };
  return {
    name: `m${index}`,
    kind: "shPLRNN",
    A: random.vector(R, entry(A)),
    W1: random.matrix(R, N, entry(W1)),
    W2: random.matrix(N, R, entry(W2)),
    h1: random.vector(R, entry(h1)),
    h2: random.vector(N, entry(h2)),
  };
}

const [count, seed = 1] = process.argv.slice(2).map(Number) as [number, number];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error("usage: make-batch.ts COUNT [SEED], whole numbers");
  process.exit(2);
}
for (let i = 0; i < count; i++) process.stdout.write(`${JSON.stringify(makeModel(seed, i))}\n`);
