import type { ProofFile } from "../../src/check/check.ts";
import type { ProofArray } from "../../src/check/proof.ts";
import type { CyclesResult } from "../../src/cycles/result.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { product, tent } from "../cycles/raw-maps.ts";
import { mapOf, randomMap } from "../cycles/systems.ts";
import type { RawMap } from "../oracle/cycles.ts";
import { Random } from "./random.ts";

/** A system as a model file has it; A = M + I must be float64. */
export function rawMapOf({ latentDim: R, hyperplanes: N, M, U, V, g, h }: PiecewiseLinearSystem): RawMap {
  const rows = (values: ArrayLike<number>, count: number) =>
    Array.from({ length: count }, (_, i) => Array.from({ length: R }, (_, k) => values[i * R + k]!));
  const W1 = Array.from({ length: R }, (_, i) => Array.from({ length: N }, (_, j) => V.rounded[j * R + i]!));
  return {
    kind: "shPLRNN",
    A: rows(M.rounded, R).map((row, i) => row.map((x, k) => (i === k ? x + 1 : x))),
    W1,
    W2: rows(U, N),
    h1: Array.from(g.rounded, (x) => 0 - x),
    h2: Array.from(h.rounded, (x) => 0 - x),
  };
}

/** Maps with few small whole numbers: cycles on hyperplanes, and continua of cycles. */
function wholeMap(random: Random, R: number, N: number): PiecewiseLinearSystem {
  const draw = () => random.integer(-1, 1);
  const turns = [
    [[-1]],
    [[1]],
    [
      [0, -1],
      [1, 0],
    ],
    [
      [0, -1],
      [1, -1],
    ],
    [
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ],
  ];
  const A = random.pick([...turns.filter((turn) => turn.length === R), random.matrix(R, R, draw)]);
  const V = random.matrix(N, R, () => random.pick([0, 0, 1, -1, -2]));
  return mapOf(
    A,
    random.matrix(N, R, draw),
    V,
    random.vector(N, draw),
    random.vector(R, () => random.pick([0, 0, 1])),
  );
}

/** Maps of which all cycles up to `maxPeriod` are to be proved: known ones, then drawn ones. */
export function mapsToProve(
  count: number,
): { readonly name: string; readonly raw: RawMap; readonly maxPeriod: number }[] {
  const minus: RawMap = { kind: "shPLRNN", A: [[-1]], W1: [[-0.5]], W2: [[1]], h1: [0], h2: [-1] };
  const quarter: RawMap = {
    kind: "shPLRNN",
    A: [
      [0, -1],
      [1, 0],
    ],
    W1: [[1], [0]],
    W2: [[1, 0]],
    h1: [0, 0],
    h2: [-1],
  };
  // three full branches on [0, 1], of slopes 3, −3, 3
  const shift: RawMap = { kind: "shPLRNN", A: [[3]], W1: [[-2, 2]], W2: [[3], [3]], h1: [0], h2: [-1, -2] };
  const known = [
    { name: "tent", raw: tent(2), maxPeriod: 4 },
    { name: "two tents", raw: product(tent(2), tent(1.5)), maxPeriod: 3 },
    { name: "three branches", raw: shift, maxPeriod: 3 },
    { name: "a segment of 2-cycles", raw: minus, maxPeriod: 2 },
    { name: "a disc of 4-cycles", raw: quarter, maxPeriod: 4 },
  ];
  const drawn = Array.from({ length: count }, (_, i) => {
    const random = Random.of(i, "maps to prove");
    const [R, N] = [random.integer(1, 3), random.integer(1, 4)];
    const system = i % 2 === 0 ? randomMap(random, R, N) : wholeMap(random, R, N);
    return { name: `map ${i}`, raw: rawMapOf(system), maxPeriod: random.integer(1, 4) };
  });
  return [...known, ...drawn];
}

/** Every result that lacks one cycle, one continuum, or a word of one no rotation of which is listed. */
export function falsifiedCycles(result: CyclesResult): { readonly what: string; readonly result: CyclesResult }[] {
  const { cycles, continua } = result;
  const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, i) => i !== at);
  const nameOf = (word: readonly (readonly number[])[]) =>
    word.map((_, r) => JSON.stringify([...word.slice(r), ...word.slice(0, r)])).sort()[0]!;
  return [
    ...cycles.map((_, c) => ({ what: `cycle ${c}`, result: { ...result, cycles: without(cycles, c) } })),
    ...continua.map((_, q) => ({ what: `continuum ${q}`, result: { ...result, continua: without(continua, q) } })),
    ...continua.flatMap((continuum, q) =>
      continuum.words.flatMap((word, w) => {
        const words = without(continuum.words, w);
        const others = continua.flatMap((each) => (each === continuum ? words : each.words));
        if (others.some((other) => nameOf(other) === nameOf(word))) return [];
        const lacking = continua.map((each, i) => (i === q ? { ...each, words } : each));
        return [{ what: `word ${w} of continuum ${q}`, result: { ...result, continua: lacking } }];
      }),
    ),
  ];
}

interface Draft {
  readonly header: { model: string; periods: { period: number; exponents: number[]; lead: number }[] };
  readonly arrays: Record<string, number[]>;
}

type Mutation = (draft: Draft, random: Random) => void;

function alter(name: string, change: (x: number, random: Random) => number): Mutation {
  return ({ arrays }, random) => {
    const data = arrays[name]!;
    if (data.length === 0) return;
    const at = random.integer(0, data.length - 1);
    data[at] = change(data[at]!, random);
  };
}

function drop(name: string, count = 1): Mutation {
  return ({ arrays }, random) => {
    const data = arrays[name]!;
    if (data.length > 0) data.splice(random.integer(0, data.length - 1), count);
  };
}

/** What may befall a proof of cycles. */
export const CYCLE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "op altered": alter("ops", (_, random) => random.integer(0, 6)),
  "op dropped": drop("ops"),
  "op doubled": ({ arrays }, random) => {
    const { ops } = arrays;
    const at = random.integer(0, ops!.length - 1);
    ops!.splice(at, 0, ops![at]!);
  },
  "ops swapped": ({ arrays }, random) => {
    const ops = arrays.ops!;
    const at = random.integer(0, Math.max(0, ops.length - 2));
    if (ops.length > 1) [ops[at], ops[at + 1]] = [ops[at + 1]!, ops[at]!];
  },
  "node called empty": ({ arrays }, random) => {
    // with a functional of its own, of zeros or of another node
    const { ops, functionals } = arrays;
    ops![random.integer(0, ops!.length - 1)] = 0;
    if (random.unit() < 0.5) functionals!.push(...functionals!.slice(0, random.integer(0, functionals!.length)));
  },
  "word called crossed": ({ arrays: { ops } }) => {
    ops!.forEach((op, at) => {
      if (op === 2) ops![at] = 1;
    });
  },
  "unit altered": alter("units", (_, random) => random.integer(0, 12)),
  "unit dropped": drop("units"),
  "bound moved": alter("values", (x, random) => x + random.sign() * 2 ** random.integer(-30, 3)),
  "bound inverted": alter("values", (x) => 0 - x),
  "bound dropped": drop("values"),
  "functional off by one": alter("functionals", (x, random) => x + random.sign()),
  "functional flipped": alter("functionals", (x) => 0 - x),
  "functional zeroed": alter("functionals", () => 0),
  "functional no number": alter("functionals", () => Number.NaN),
  "functional dropped": drop("functionals", 5),
  "exponent altered": ({ header: { periods } }, random) => {
    const { exponents } = random.pick(periods);
    exponents[random.integer(0, exponents.length - 1)]! += random.integer(-3, 3);
  },
  "lead altered": ({ header: { periods } }, random) => {
    random.pick(periods).lead = random.integer(-1, 4);
  },
  "period renamed": ({ header: { periods } }, random) => {
    random.pick(periods).period = random.integer(1, 5);
  },
  "period skipped": ({ header: { periods } }, random) => {
    periods.splice(random.integer(0, periods.length - 1), 1);
  },
  "array truncated": ({ arrays }, random) => {
    const data = arrays[random.pick(Object.keys(arrays))]!;
    data.length = random.integer(0, Math.max(0, data.length - 1));
  },
  "other model named": ({ header }) => {
    header.model = "0".repeat(64);
  },
};

/** A proof to which one thing has happened. */
export function mutatedCycles({ header, arrays }: ProofFile, mutation: Mutation, random: Random): ProofFile {
  const draft: Draft = {
    header: JSON.parse(header),
    arrays: Object.fromEntries([...arrays].map(([name, { data }]) => [name, Array.from(data)])),
  };
  mutation(draft, random);
  const altered = Object.entries(draft.arrays).map(([name, data]): [string, ProofArray] => [
    name,
    { data, shape: [data.length] },
  ]);
  return { header: JSON.stringify(draft.header), arrays: new Map(altered) };
}
