import { Random } from "../tests/support/random.ts";
import { zigzags } from "../tests/support/zigzags.ts";
import { SEED } from "./models.ts";

/** A model that some phase of a run would take long over, as `parseModel` takes it. */
export interface HardModel {
  readonly name: string;
  readonly make: () => object;
}

/** ż = −z + relu(W z + b) with W = `weight` off the diagonal and 0 on it. */
function inhibition(n: number, weight: number, drive: number): object {
  const W = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, k) => (i === k ? 0 : weight)));
  return { kind: "TLN", W, b: new Array<number>(n).fill(drive) };
}

/**
 * A disjoint union of so many 3-cycles, as a competitive network: any of them may be on, and any number, so 2^count − 1
 * fixed points.
 */
function independentCycles(count: number): object {
  const n = 3 * count;
  const follows = (i: number, k: number) => Math.floor(i / 3) === Math.floor(k / 3) && (k + 1) % 3 === i % 3;
  const W = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, k) => (i === k ? 0 : follows(i, k) ? -0.75 : -1.5)),
  );
  return { kind: "TLN", W, b: new Array<number>(n).fill(1) };
}

/**
 * So many groups of three units that inhibit each other, none of which hears of another group: 7^count fixed points.
 */
function independentGroups(count: number): object {
  const n = 3 * count;
  const W = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, k) => (i !== k && Math.floor(i / 3) === Math.floor(k / 3) ? -1.5 : 0)),
  );
  return { kind: "TLN", W, b: new Array<number>(n).fill(1) };
}

function randomPlrnn(R: number): object {
  const random = Random.of(SEED, `PLRNN ${R}`);
  return {
    kind: "PLRNN",
    A: random.vector(R, () => 0.9 * random.unit()),
    W: random.matrix(R, R, () => random.normal() / Math.sqrt(R)).map((row, i) => row.map((x, k) => (i === k ? 0 : x))),
    h: random.vector(R, () => random.normal()),
  };
}

function randomTln(n: number): object {
  const random = Random.of(SEED, `TLN ${n}`);
  return {
    kind: "TLN",
    W: random.matrix(n, n, () => random.normal() / Math.sqrt(n)),
    b: random.vector(n, () => random.normal()),
  };
}

function randomShallow(R: number, N: number): object {
  const random = Random.of(SEED, `shPLRNN ${R} ${N}`);
  return {
    kind: "shPLRNN",
    A: new Array<number>(R).fill(0.5),
    W1: random.matrix(R, N, () => random.normal() / Math.sqrt(N * R)),
    W2: random.matrix(N, R, () => random.normal()),
    h1: random.vector(R, () => random.normal()),
    h2: random.vector(N, () => random.normal()),
  };
}

/** Parallel hyperplanes, each in another place. */
function parallel(R: number, N: number): object {
  const random = Random.of(SEED, `parallel ${R} ${N}`);
  const direction = random.vector(R, () => random.normal());
  return {
    kind: "shPLRNN",
    A: new Array<number>(R).fill(0.5),
    W1: random.matrix(R, N, () => random.normal() / Math.sqrt(N * R)),
    W2: Array.from({ length: N }, () => direction),
    h1: random.vector(R, () => random.normal()),
    h2: random.vector(N, () => random.normal()),
  };
}

/** No two units alike, and every z of the positive orthant a fixed point. */
function identityOnOrthant(R: number): object {
  const W = Array.from({ length: R }, (_, i) => Array.from({ length: R }, (_, k) => (i === k ? 0.5 : 0)));
  return { kind: "PLRNN", A: new Array<number>(R).fill(0.5), W, h: new Array<number>(R).fill(0) };
}

const hard = (name: string, make: () => object): HardModel => ({ name, make });

export const HARD_MODELS: readonly HardModel[] = [
  hard("tln-grid-30", () => inhibition(30, -1.5, 1)),
  hard("tln-ties-50", () => inhibition(50, -1.5, 0)),
  hard("tln-ties-100", () => inhibition(100, -1.5, 0)),
  hard("cycles-5", () => independentCycles(5)),
  hard("cycles-11", () => independentCycles(11)),
  hard("groups-5", () => independentGroups(5)),
  hard("groups-11", () => independentGroups(11)),
  ...[200, 500, 1000].flatMap((n) => [hard(`plrnn-${n}`, () => randomPlrnn(n)), hard(`tln-${n}`, () => randomTln(n))]),
  ...[300, 600, 1000].map((R) => hard(`shallow-${R}-1000`, () => randomShallow(R, 1000))),
  hard("shallow-300-150", () => randomShallow(300, 150)),
  hard("parallel-3-20000", () => parallel(3, 20_000)),
  hard("zigzags-4-17", () => zigzags(4, 17, 0.001)),
  hard("orthant-8", () => identityOnOrthant(8)),
  hard("orthant-20", () => identityOnOrthant(20)),
  hard("orthant-200", () => identityOnOrthant(200)),
];
