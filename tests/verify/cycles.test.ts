import { describe, expect, it } from "vitest";
import { findCycles } from "../../src/api/find.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { sealed } from "../../src/model/seal.ts";
import { verifyResult } from "../../src/verify/verify.ts";
import { cycleModel } from "../cycles/cycle-models.ts";
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
  /** −z between two kinks at ±1, −2z ± 1 beyond: a segment of 2-cycles round the fixed point 0. */
  segment: { kind: "shPLRNN", A: [[-2]], W1: [[1, -1]], W2: [[1], [1]], h1: [-1], h2: [1, -1] },
  /** A quarter turn beside a doubling with a kink: 4-cycles in a plane, through two regions. */
  turn: {
    kind: "shPLRNN",
    A: [
      [0, -1],
      [1, 0],
    ],
    W1: [
      [0, 0.5],
      [0, 0],
    ],
    W2: [
      [1, 0],
      [0, 1],
    ],
    h1: [0, 0],
    h2: [-1, -3],
  },
  /**
   * 3 − z, but for a bump between 1 and 2: 2-cycles between [0, 1] and [2, 3] and beyond, two sets by the first point.
   */
  apart: { kind: "shPLRNN", A: [[-1]], W1: [[1, -2, 1]], W2: [[1], [1], [1]], h1: [3], h2: [-1, -1.5, -2] },
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
  const known =
    results.get(subject) ??
    findCycles(MODELS[subject] as object as ModelInput, { maxPeriod: subject === "turn" ? 4 : 3 });
  results.set(subject, known);
  return JSON.parse(JSON.stringify(await known));
}

const verify = (subject: Subject, result: unknown) => verifyResult(MODELS[subject] as object as ModelInput, result);

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
  "a dimension with one row of its basis less": [
    "exchange",
    (r) => (r.continua[1].dimension = r.continua[1].basis.splice(1).length),
    /^continua\[1\]\.words\[0\]: holds closed orbits of dimension 2, not 1/,
  ],
  "the point of a continuum": ["exchange", (r) => (r.continua[0].point[0] = 5), /^continua\[0\]\.point\[0\]/],
  "a point of a continuum that is not the nearest": [
    "segment",
    (r) => (r.continua[0].point = [0.5, -0.5]),
    /^continua\[0\]\.point\[0\]: is 0.5, but that of the point nearest/,
  ],
  "a direction of a continuum": ["segment", (r) => (r.continua[0].basis[0][1] = 1), /^continua\[0\]\.basis\[0\]\[1\]/],
  "a bounded continuum as unbounded": ["segment", (r) => (r.continua[0].bounded = false), /^continua\[0\]\.bounded/],
  "an unbounded continuum as bounded": ["exchange", (r) => (r.continua[1].bounded = true), /^continua\[1\]\.bounded/],
  "an end of a continuum": ["segment", (r) => (r.continua[0].ends.vertices[0][0] = -2), /^continua\[0\]\.ends/],
  "the ends of a continuum removed": ["segment", (r) => delete r.continua[0].ends, /^continua\[0\]\.ends/],
  "a vertex of a piece": [
    "segment",
    (r) => (r.continua[0].pieces[0].vertices[0][1] *= 1 + 2 ** -52),
    /^continua\[0\]\.pieces\[0\]\.vertices/,
  ],
  "a fraction of a piece": [
    "segment",
    (r) => (r.continua[0].pieces[0].exact.vertices[0][0] = "-2"),
    /^continua\[0\]\.pieces\[0\]\.exact/,
  ],
  "a word that holds no orbit of a continuum": [
    "segment",
    (r) =>
      r.continua[0].words.push([
        [0, 1],
        [0, 1],
      ]),
    /^continua\[0\]\.words\[1\]: holds (no closed orbit|closed orbits of dimension)/,
  ],
  "another word of a continuum": ["segment", (r) => (r.continua[0].words[0][0] = []), /^continua\[0\]\.words\[0\]/],
  "a word of another length": ["segment", (r) => r.continua[0].words[0].pop(), /^continua\[0\]\.words: must each be 2/],
  "a word with a hyperplane that is not there": [
    "segment",
    (r) => r.continua[0].words[0][1].push(2),
    /^continua\[0\]\.words: must each be 2/,
  ],
  "a word of a continuum left out": [
    "turn",
    (r) => r.continua.at(-1).words.pop(),
    /^continua\[\d\]\.(words|pieceCount|bounded|pieces)/,
  ],
  "a number of pieces": ["segment", (r) => r.continua[0].pieceCount++, /^continua\[0\]\.pieceCount/],
  "fixed points as a continuum of 2-cycles": [
    "exchange",
    (r) => {
      const [line] = r.continua;
      const twice = (v: number[]) => [...v, ...v];
      r.continua[1] = {
        ...line,
        period: 2,
        point: twice(line.point),
        basis: line.basis.map(twice),
        words: r.continua[1].words,
      };
    },
    /^continua\[1\]/,
  ],
  "a continuum twice, begun at the other point": [
    "segment",
    (r) => {
      r.continua.push({ ...r.continua[0], period: 2 });
      r.periods[1].continua++;
    },
    /^continua\[1\]: is (one continuum with )?continua\[0\]/,
  ],
  "a continuum begun at the other point, too": [
    "apart",
    (r) => {
      const { words, point, ...rest } = r.continua[0];
      const turned = <T>([a, b]: T[]): T[] => [b!, a!];
      r.continua.push({ ...rest, point: turned(point), words: words.map(turned) });
      r.periods[1].continua++;
    },
    /^continua\[1\]: is continua\[0\], with other first points/,
  ],
  "a cycle of a continuum": [
    "exchange",
    (r) => {
      // (1, 2) and (2, 1) with what a cycle must have
      const { points, ...rest } = r.cycles[0] ?? { points: [{ error: 0 }], status: "certified", stability: "marginal" };
      const at = (z: number[]) => ({ ...points[0], z, active: [], ties: [0], error: 0 });
      r.cycles = [{ ...rest, period: 2, eigenvalues: [], points: [at([1, 2]), at([2, 1])] }];
      r.periods[1].cycles = 1;
    },
    /^cycles\[0\]: is not isolated/,
  ],
};

const DECLARED: Readonly<Record<string, [Subject, (result: Loose) => void, string]>> = {
  "a cycle and its number left out": [
    "tent",
    (r) => (r.periods[2].cycles = r.cycles.splice(-1).length),
    "periods[2].complete",
  ],
  "a method": ["tent", (r) => (r.periods[1].method = "boxes"), "periods[1].method"],
  counts: ["tent", (r) => (r.counts.words = 99), "counts"],
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
    expect((await verify("exchange", await resultOf("exchange"))).checked.continua).toBe(2);
    expect((await resultOf("turn")).continua.at(-1)).toMatchObject({ period: 4, dimension: 2 });
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
    const late = await verifyResult(MODELS.tent as object as ModelInput, await resultOf("tent"), () => "late");
    expect(late).toMatchObject({ ok: true, checked: { cycles: 0 } });
    expect(late.unchecked).toContainEqual({ path: "cycles[0…4]", reason: "late" });
  });

  it("finds nothing wrong with continua of random maps of many kinds", { timeout: 240_000 }, async () => {
    let continua = 0;
    for (let n = 0; n < 48; n++) {
      const { raw, name } = cycleModel(Random.of(43, `verified ${n}`), n);
      const result = await findCycles(raw as ModelInput, { maxPeriod: 3 });
      continua += result.continua.length;
      const { problems } = await verifyResult(raw as ModelInput, JSON.parse(JSON.stringify(result)));
      expect(problems, `${name}: ${JSON.stringify(raw)}`).toEqual([]);
    }
    expect(continua).toBeGreaterThan(5);
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
