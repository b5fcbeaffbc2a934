import type { Result } from "../../src/base/result.ts";
import type { ProofFile } from "../../src/check/check.ts";
import type { ProofArray } from "../../src/check/proof.ts";
import { readProof } from "../../src/check/read-proof.ts";
import type { Model } from "../../src/model/types.ts";
import { type ProverOptions, prove } from "../../src/prove/prove.ts";
import type { Random } from "./random.ts";

/** The proof of a result; throws with the reason where there is none. */
export async function proofOf(model: Model, result: unknown, options: ProverOptions = {}): Promise<ProofFile> {
  const outcome = await prove(model, result, options);
  if (outcome.proof === undefined) throw new Error(`${model.name}: ${outcome.because}`);
  return readProof(outcome.proof, "proof.npz");
}

/** A result without one thing that it lists, and what that was. */
export interface Falsified {
  readonly what: string;
  readonly result: Result;
}

/** Every result that lacks one point, one continuum or one region of one: none of them is complete. */
export function falsified(result: Result): Falsified[] {
  const { fixedPoints, continua } = result;
  const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, i) => i !== at);
  return [
    ...fixedPoints.map((_, p) => ({
      what: `point ${p}`,
      result: { ...result, fixedPoints: without(fixedPoints, p) },
    })),
    ...continua.map((_, q) => ({ what: `continuum ${q}`, result: { ...result, continua: without(continua, q) } })),
    ...continua.flatMap((continuum, q) =>
      continuum.regions.map((_, r) => ({
        what: `region ${r} of continuum ${q}`,
        result: {
          ...result,
          continua: continua.map((each, i) =>
            i === q ? { ...continuum, regions: without(continuum.regions, r) } : each,
          ),
        },
      })),
    ),
  ];
}

/** The arrays of a proof that may be altered. */
interface Draft {
  header: Record<string, unknown>;
  arrays: Map<string, { data: number[]; shape: number[] }>;
}

type Mutation = (draft: Draft, random: Random) => void;

function lengthsOf(draft: Draft): Record<string, number>[] {
  return draft.header.lengths as Record<string, number>[];
}

/** Takes away, or puts in, one row of an array, and counts right in the header if it has only one root. */
function resize(name: string, count: string, change: "drop" | "double"): Mutation {
  return (draft, random) => {
    const array = draft.arrays.get(name)!;
    const [rows, ...rest] = array.shape;
    if (rows === 0) return;
    const width = rest.reduce((product, n) => product * n, 1);
    const at = random.integer(0, rows! - 1);
    const row = array.data.slice(at * width, (at + 1) * width);
    array.data.splice(at * width, width, ...(change === "drop" ? [] : [...row, ...row]));
    const by = change === "drop" ? -1 : 1;
    array.shape[0] = rows! + by;
    const lengths = lengthsOf(draft);
    let before = 0;
    for (const each of lengths) {
      before += each[count]!;
      if (at >= before) continue;
      each[count] = each[count]! + by;
      break;
    }
  };
}

/** Alters one number of an array. */
function alter(name: string, change: (x: number, random: Random, data: readonly number[]) => number): Mutation {
  return ({ arrays }, random) => {
    const { data } = arrays.get(name)!;
    if (data.length === 0) return;
    const at = random.integer(0, data.length - 1);
    data[at] = change(data[at]!, random, data);
  };
}

/** What may befall a proof by trees. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "op dropped": resize("ops", "ops", "drop"),
  "op doubled": resize("ops", "ops", "double"),
  "op altered": alter("ops", (_, random) => random.integer(0, 26)),
  "ops swapped": ({ arrays }, random) => {
    const { data } = arrays.get("ops")!;
    const at = random.integer(0, Math.max(0, data.length - 2));
    if (data.length > 1) [data[at], data[at + 1]] = [data[at + 1]!, data[at]!];
  },
  "functional dropped": resize("y8", "y8", "drop"),
  "functional flipped": alter("y8", (x) => Math.max(-127, -x)),
  "functional zeroed": alter("y8", () => 0),
  "functional off by one": alter("y8", (x, random) => Math.max(-128, Math.min(127, x + random.sign()))),
  "scale altered": alter("scale", (x, random) => x + random.integer(-20, 20)),
  "reference altered": alter("refs", (_, random) => random.integer(0, 3)),
  "reference dropped": resize("refs", "refs", "drop"),
  "cover of another point": alter("cover_point", (_, random) => random.integer(0, 4)),
  "cover moved": alter("cover_box", (x, random, data) => x + random.real(Math.max(...data.map(Math.abs)))),
  "cover widened": ({ arrays }, random) => {
    const box = arrays.get("cover_box")!;
    if (box.data.length === 0) return;
    const width = box.shape[2]!;
    const cover = random.integer(0, box.shape[0]! - 1);
    for (let n = 0; n < width; n++) {
      box.data[cover * 2 * width + n]! -= 10;
      box.data[cover * 2 * width + width + n]! += 10;
    }
  },
  "cone claimed": alter("cover_cone", () => 1),
  "root shrunk": ({ header }, random) => {
    const factor = random.pick([0.5, 0.25, 0.999]);
    for (const key of ["lo", "hi", "halfwidths"]) {
      const side = header[key];
      if (Array.isArray(side)) header[key] = side.map((x: number) => x * (key === "halfwidths" ? 0.5 : factor));
    }
  },
  "coordinate left out": ({ header }, random) => {
    const sides = header.halfwidths as number[] | undefined;
    if (sides !== undefined) sides[random.integer(0, sides.length - 1)] = random.pick([0, 1]);
  },
  "rows altered": ({ header }, random) => {
    const rows = (header.rows ?? []) as number[];
    header.rows =
      rows.length > 0 ? rows.map((j) => j + random.integer(0, 1)) : [0, 1, 2].slice(0, random.integer(1, 3));
  },
  "rows dropped": ({ header }) => {
    delete header.rows;
  },
  "cone about something else": ({ header }, random) => {
    for (const cone of header.cones as { point: number }[]) cone.point += random.sign();
  },
  "cone altered": ({ header }, random) => {
    for (const { halfwidths } of header.cones as { halfwidths: number[] }[]) {
      halfwidths[random.integer(0, halfwidths.length - 1)] = random.pick([0, 1]);
    }
  },
  "lengths altered": (draft, random) => {
    const each = random.pick(lengthsOf(draft));
    const key = random.pick(Object.keys(each));
    each[key] = Math.max(0, each[key]! + random.sign());
  },
  "recent altered": ({ header }, random) => {
    header.recent = random.integer(0, 30);
  },
  "space altered": ({ header }, random) => {
    header.space = random.pick(["box", "cube", "ball"]);
  },
  "array truncated": ({ arrays }, random) => {
    const array = arrays.get(random.pick([...arrays.keys()]))!;
    if (array.shape[0] === 0) return;
    const width = array.data.length / array.shape[0]!;
    const rows = random.integer(0, array.shape[0]! - 1);
    array.data.length = rows * width;
    array.shape[0] = rows;
  },
  "other model named": ({ header }) => {
    header.model = "0".repeat(64);
  },
};

/** A proof to which one thing has happened. */
export function mutated({ header, arrays }: ProofFile, mutation: Mutation, random: Random): ProofFile {
  const draft: Draft = {
    header: JSON.parse(header),
    arrays: new Map(
      [...arrays].map(([name, { data, shape }]: [string, ProofArray]) => [
        name,
        { data: Array.from(data), shape: [...shape] },
      ]),
    ),
  };
  mutation(draft, random);
  return { header: JSON.stringify(draft.header), arrays: draft.arrays };
}
