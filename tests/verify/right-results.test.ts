import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FindOptions, findFixedPoints } from "../../src/index.ts";
import { parseModel, parseValue } from "../../src/model/parse.ts";
import { verifyResult } from "../../src/verify/verify.ts";
import { corpus, KINDS } from "../corpus/generate.ts";
import { randomPlain, randomSmall } from "../support/singular.ts";

/** What a checker that refuses much must not refuse: what the solver finds, whatever the network. */
const FULL = process.env.STILLPOINT_FULL === "1";
const WAYS: readonly FindOptions[] = FULL
  ? [{}, { method: "regions" }, { method: "search" }, { virtual: true }, { expand: "branch" }]
  : [{}, { virtual: true }];
const SEEDS = FULL ? [1, 2, 3] : [1];
const MODELS = fileURLToPath(new URL("../../../shared/models/", import.meta.url));

async function problemsOf(value: unknown, options: FindOptions, name: string): Promise<string[]> {
  const model = await parseValue(value, { name });
  const result = await findFixedPoints(model, { backend: "cpu", ...options });
  const { problems } = await verifyResult(model, JSON.parse(JSON.stringify(result)));
  return problems.map(({ path, message }) => `${name}: ${path} ${message}`);
}

describe("right results are accepted", () => {
  it.each(Object.keys(KINDS))("of networks of the corpus: %s", async (kind) => {
    const problems: string[] = [];
    for (const seed of SEEDS) {
      for (const c of corpus(seed).filter((each) => each.kind === kind)) {
        for (const way of WAYS) problems.push(...(await problemsOf(c.model, way, c.name)));
      }
    }
    expect(problems).toEqual([]);
  });

  it("of random networks of which a good part has continua", { timeout: 120_000 }, async () => {
    let continua = 0;
    const plain = fc.oneof(randomSmall, randomPlain(3, 6));
    await fc.assert(
      fc.asyncProperty(plain, async (value) => {
        const model = await parseModel(value);
        const result = await findFixedPoints(model, { method: "regions" });
        continua += result.continua.length;
        const { problems, unchecked } = await verifyResult(model, JSON.parse(JSON.stringify(result)));
        expect(problems).toEqual([]);
        // nothing of where they lie is left open where there are so few pieces
        expect(unchecked.filter(({ path }) => /pieces|ends|connected/.test(path))).toEqual([]);
      }),
      { seed: 22, numRuns: FULL ? 2000 : 250 },
    );
    expect(continua).toBeGreaterThan(100);
  });

  it("where the neighbour of a point near degeneracy has numbers too far apart to derive margins", async () => {
    const model = await parseModel({
      kind: "leakyPLRNN",
      W: [
        [1, -1],
        [2 ** -53, 1 + 2 ** -52],
      ],
      h: [-(2 ** -53), -1 - 2 ** -52],
      alpha: [0.5, 1],
    });
    const result = JSON.parse(JSON.stringify(await findFixedPoints(model, { method: "regions" })));
    expect(result.fixedPoints[1].nearlyDegenerate).toMatchObject({ margin: 1, because: ["neighbour"] });
    const { problems, unchecked } = await verifyResult(model, result);
    expect(problems).toEqual([]);
    expect(unchecked.map(({ path }) => path)).toContain("fixedPoints[1].nearlyDegenerate.margin");
  });

  it.each([
    [
      "a hyperplane nearer than subnormal numbers tell",
      {
        kind: "dendPLRNN",
        A: [-5e-324],
        W: [[2 ** -1022]],
        h: [-1],
        alpha: [-5e-324, -5e-324, 2 ** -1022],
        H: [[5e-324, -1, 2 ** -1022]],
        activation: { leaky: -1 },
      },
    ],
    [
      "numbers of a hyperplane that are subnormal",
      { A: [0.5], W1: [[0.5, 0.5]], W2: [[1e-310], [-1]], h1: [0], h2: [-1e-310, 2], kind: "shPLRNN" },
    ],
    [
      "a matrix of a few subnormal numbers",
      {
        A: [
          [5e-324, -8e-320],
          [5e-324, 0],
        ],
        U: [[1, 0]],
        V: [[0, 0]],
        hx: [5],
        hz: [1, 1],
      },
    ],
  ])("of %s", async (name, value) => {
    expect(await problemsOf(value, { method: "regions" }, name)).toEqual([]);
  });

  it.skipIf(!existsSync(MODELS))(
    "of real networks beside the checkout, complete or not",
    { timeout: 600_000 },
    async () => {
      const names = readdirSync(MODELS).filter((name) => name.endsWith(".json"));
      const few = names.filter((name) => FULL || /^(plrnn|alrnn|dynamix)_|_00[1-4]\.json$|eeg_rank3_0[1-3]/.test(name));
      expect(few.length).toBeGreaterThan(20);
      const problems: string[] = [];
      for (const name of few) {
        const value = JSON.parse(readFileSync(MODELS + name, "utf8"));
        problems.push(...(await problemsOf(value, { maxSeconds: 2 }, name)));
      }
      expect(problems).toEqual([]);
    },
  );
});
