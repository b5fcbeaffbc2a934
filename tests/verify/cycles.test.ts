import { describe, expect, it } from "vitest";
import { findCycles } from "../../src/api/find.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { sealed } from "../../src/model/seal.ts";
import { verifyResult } from "../../src/verify/verify.ts";
import { Random } from "../support/random.ts";

// biome-ignore lint/suspicious/noExplicitAny: results that are altered at will
type Loose = any;

const MODELS = {
  /** Unstable cycles of all periods. */
  tent: { kind: "shPLRNN", A: [[2]], W1: [[-4]], W2: [[1]], h1: [0], h2: [-0.5] },
  /** The 2-cycle 0 → 1 → 0 touches the hyperplane z = 0; slopes 1/2 and −1/2 there, −3/2 at 1. */
  touching: { kind: "shPLRNN", A: [[0.5]], W1: [[-1, -1]], W2: [[1], [1]], h1: [1], h2: [0, -0.5] },
  /** Lozi's map (1 − a|x| + y, b x), which expands and contracts. */
  lozi: {
    kind: "shPLRNN",
    A: [
      [1.7, 1],
      [0.5, 0],
    ],
    W1: [[-3.4], [0]],
    W2: [[1, 0]],
    h1: [1, 0],
    h2: [0],
  },
  /** Exchanges the coordinates of a plane: continua. */
  exchange: {
    kind: "shPLRNN",
    A: [
      [0, 1],
      [1, 0],
    ],
    W1: [[0], [0]],
    W2: [[0, 0]],
    h1: [0, 0],
    h2: [0],
  },
} as const;
type Subject = keyof typeof MODELS;

const results = new Map<Subject, Promise<Loose>>();
/** The result of a model up to period 3, to be altered. */
async function resultOf(subject: Subject): Promise<Loose> {
  const known = results.get(subject) ?? findCycles(MODELS[subject] as ModelInput, { maxPeriod: 3 });
  results.set(subject, known);
  return JSON.parse(JSON.stringify(await known));
}

const verify = (subject: Subject, result: unknown) => verifyResult(MODELS[subject] as ModelInput, result);

/** The last cycle of a result. */
const last = (r: Loose) => r.cycles.at(-1);
/** The cycle of a result that touches a hyperplane. */
const tied = (r: Loose) => r.cycles.find((c: Loose) => c.linearisations !== undefined);

const REFUSED: Readonly<Record<string, [Subject, (result: Loose) => void, RegExp]>> = {
  "another digest of the model": ["tent", (r) => (r.model.sha256 = "0"), /^model\.sha256/],
  "another rank": ["tent", (r) => (r.model.rank = 0), /^model\.rank/],
  "a coordinate": ["lozi", (r) => (last(r).points[1].z[0] += 2 ** -50), /points\[1\]\.z\[0\]/],
  "an error bound that is too small": ["tent", (r) => (last(r).points[1].error = 0), /points\[1\]\.error/],
  "an error bound that is too large": ["tent", (r) => (last(r).points[1].error *= 2), /points\[1\]\.error/],
  "an active unit less": [
    "lozi",
    (r) => (last(r).points.find((p: Loose) => p.active.length > 0).active = []),
    /cycles/,
  ],
  "a hyperplane that is not there": ["tent", (r) => last(r).points[0].active.push(7), /names hyperplane 7/],
  "a tie that is none": ["lozi", (r) => Object.assign(last(r).points[0], { active: [], ties: [0] }), /cycles/],
  "a tie dropped": ["touching", (r) => (tied(r).points[0].ties = []), /^cycles\[\d\]/],
  "another first point": ["lozi", (r) => last(r).points.push(last(r).points.shift()), /points\[[12]\]: comes before/],
  "a fixed point as a 2-cycle": [
    "tent",
    (r) => Object.assign(r.cycles[1], { period: 2, points: [r.cycles[1].points[0], r.cycles[1].points[0]] }),
    /period: is 2, but its points repeat after 1/,
  ],
  "a period that is not the number of points": ["tent", (r) => (last(r).period = 2), /points: are 3/],
  "a cycle twice": ["tent", (r) => r.cycles.push(last(r)), /is the same cycle as/],
  "cycles out of order": ["tent", (r) => r.cycles.reverse(), /must come before/],
  "an eigenvalue": ["lozi", (r) => (last(r).eigenvalues[1][0] += 1e-7), /eigenvalues/],
  "a class": ["lozi", (r) => (last(r).stability = "stable"), /stability/],
  "a spectral radius": ["lozi", (r) => (last(r).spectralRadius *= 1 + 1e-9), /spectralRadius/],
  "bounds beside the spectral radius": ["lozi", (r) => (last(r).spectralBounds = [7e9, 8e9]), /spectralBounds/],
  directions: ["lozi", (r) => last(r).directions.stable++, /directions/],
  hyperbolic: ["lozi", (r) => (last(r).hyperbolic = false), /hyperbolic/],
  "a distance": ["lozi", (r) => (last(r).distance *= 1 + 1e-9), /distance/],
  "a distance removed": ["lozi", (r) => delete last(r).distance, /distance/],
  "sides without ties": ["tent", (r) => (last(r).linearisations = []), /linearisations/],
  "sides removed": ["touching", (r) => delete tied(r).linearisations, /linearisations/],
  "sides exchanged": ["touching", (r) => tied(r).linearisations.reverse(), /linearisations\[0\]/],
  "an eigenvalue of a side": [
    "touching",
    (r) => (tied(r).linearisations[1].eigenvalues[0][0] += 0.1),
    /linearisations/,
  ],
  "the class at a tie": ["touching", (r) => (tied(r).stability = "saddle"), /stability/],
  "a status": ["tent", (r) => (last(r).status = "unresolved"), /status/],
  "classified and not": ["tent", (r) => (last(r).unclassified = "late"), /eigenvalues/],
  "a number of cycles": ["tent", (r) => r.periods[2].cycles++, /^periods\[2\]\.cycles/],
  "a cycle left out": ["tent", (r) => r.cycles.pop(), /^periods\[2\]\.cycles/],
  "a number of continua": ["exchange", (r) => r.periods[1].continua++, /^periods\[1\]\.continua/],
  "a period that was not asked for": ["tent", (r) => r.periods.pop(), /^cycles\[\d\]\.period/],
  "incomplete and complete": ["tent", (r) => (r.periods[1].complete = false), /^periods\[1\]\.complete/],
  completeUpTo: ["tent", (r) => (r.completeUpTo = 9), /^completeUpTo/],
  complete: ["tent", (r) => (r.complete = false), /^complete/],
  "a proof": ["tent", (r) => (r.proof = "trees"), /^proof/],
  "the dimension of a continuum": ["exchange", (r) => r.continua[0].dimension++, /^continua\[0\]\.basis/],
};

const DECLARED: Readonly<Record<string, [Subject, (result: Loose) => void, string]>> = {
  "a cycle and its number left out": [
    "tent",
    (r) => (r.periods[2].cycles = r.cycles.splice(-1).length),
    "periods[2].complete",
  ],
  "a method": ["tent", (r) => (r.periods[1].method = "boxes"), "periods[1].method"],
  counts: ["tent", (r) => (r.counts.words = 99), "counts"],
  "the point of a continuum": ["exchange", (r) => (r.continua[0].point[0] = 5), "continua[0]"],
  "a key that the format has not": ["tent", (r) => (last(r).basin = 0.5), "cycles[4].basin"],
};

describe("verifyResult of cycles", () => {
  it.each(Object.keys(MODELS) as Subject[])("finds nothing wrong with right results: %s", async (subject) => {
    const report = await verify(subject, await resultOf(subject));
    expect(report.problems).toEqual([]);
  });

  it("has subjects with what is altered below", async () => {
    expect(tied(await resultOf("touching"))).toMatchObject({ period: 2, distance: 0 });
    expect(last(await resultOf("lozi"))).toMatchObject({ stability: "saddle" });
    expect((await verify("tent", await resultOf("tent"))).checked.cycles).toBe(5);
  });

  it.each(Object.entries(REFUSED))("refuses %s, with a new digest", async (_, [subject, change, place]) => {
    const result = await resultOf(subject);
    change(result);
    const { ok, problems } = await verify(subject, sealed(result));
    expect(ok).toBe(false);
    expect(problems.map(({ path, message }) => `${path}: ${message}`).join("\n")).toMatch(new RegExp(place, "m"));
  });

  it.each(Object.entries(DECLARED))("names as unchecked: %s", async (_, [subject, change, place]) => {
    const result = await resultOf(subject);
    change(result);
    const { ok, unchecked } = await verify(subject, sealed(result));
    expect(ok).toBe(true);
    expect(unchecked.map(({ path }) => path)).toContain(place);
  });

  it("refuses a digest that does not fit, and text in place of a result", async () => {
    const result = await resultOf("tent");
    result.seconds.total++;
    expect((await verify("tent", result)).problems).toMatchObject([{ path: "digest" }]);
    expect((await verify("tent", { schema: "stillpoint/cycles@1", cycles: "all" })).ok).toBe(false);
  });

  it("names what there was no time for", async () => {
    const late = await verifyResult(MODELS.tent as ModelInput, await resultOf("tent"), () => "late");
    expect(late).toMatchObject({ ok: true, checked: { cycles: 0 } });
    expect(late.unchecked).toContainEqual({ path: "cycles[0…4]", reason: "late" });
  });

  it("finds nothing wrong with cycles of random maps, ties among them", async () => {
    const random = new Random(28);
    let withTies = 0;
    for (let round = 0; round < 30; round++) {
      const [R, N] = [1 + (round % 2), 2];
      const draw = (rows: number, columns: number) =>
        Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.integer(-3, 3) / 2));
      const model = {
        kind: "shPLRNN",
        A: draw(R, R),
        W1: draw(R, N),
        W2: draw(N, R),
        h1: draw(1, R)[0],
        h2: draw(1, N)[0],
      };
      const result = await findCycles(model as ModelInput, { maxPeriod: 3 });
      withTies += result.cycles.filter(({ linearisations }) => linearisations !== undefined).length;
      const { problems } = await verifyResult(model as ModelInput, JSON.parse(JSON.stringify(result)));
      expect(problems, JSON.stringify(model)).toEqual([]);
    }
    expect(withTies).toBeGreaterThan(2);
  });
});
