import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compareCheckpoints, findFixedPoints, parseModel, type Result, sweepInput, sweepInputs } from "../src/index.ts";
import type { ModelInput } from "../src/model/input.ts";
import { type PlotOptions, plotCheckpoints, plotModel, plotSweep, plotSweepGrid } from "../src/plot/index.ts";

type Raw = Readonly<Record<string, unknown>>;

const FOLDER = new URL("../docs/gallery/", import.meta.url);

const example = (name: string): Raw =>
  JSON.parse(readFileSync(new URL(`../examples/${name}.json`, import.meta.url), "utf8"));

async function model(name: string, options: PlotOptions = {}): Promise<string> {
  const parsed = await parseModel(example(name) as ModelInput);
  return plotModel(parsed, await findFixedPoints(parsed), options);
}

async function branches(raw: Raw, from: number, to: number, maxPeriod?: number): Promise<string> {
  return plotSweep(await sweepInput(raw as ModelInput, { parameter: "s0", from, to, samples: 2 }, { maxPeriod }));
}

/** Slopes 2/5 and −4 on the two sides of 0, and flat above 1/2. */
const CUT_TENT: Raw = {
  name: "a cut tent",
  A: [0.4],
  U: [[1], [1]],
  V: [[-4.4], [4]],
  hx: [0, 0.5],
  hz: [0],
  C: [[1]],
};

/** The weights of a network turned up in steps, in place of the checkpoints of a training run. */
async function turnedUp(name: string, steps: number): Promise<string> {
  const raw = example(name);
  const results: Result[] = [];
  for (let k = 1; k <= steps; k++) {
    const V = (raw.V as number[][]).map((row) => row.map((v) => (v * k) / steps));
    const model: Raw = { ...raw, name: `${name}, weights × ${k}/${steps}`, V };
    results.push(await findFixedPoints(model as ModelInput));
  }
  return plotCheckpoints(compareCheckpoints(results));
}

/** Name and content of every picture in docs/gallery/. */
export async function galleryFiles(): Promise<ReadonlyMap<string, string>> {
  const plane: Raw = {
    ...example("figure-1c"),
    C: [
      [1, 0],
      [0, 1],
    ],
  };
  return new Map([
    ["map.svg", await model("decision-3", { picture: "state" })],
    ["plane.svg", await model("figure-1c")],
    ["projection.svg", await model("lorenz63", { picture: "state" })],
    ["eigenvalues.svg", await model("lorenz63", { picture: "eigenvalues" })],
    ["masks.svg", await model("decision-81", { picture: "masks" })],
    ["branches-decision.svg", await branches({ ...example("decision-3"), C: [[1]] }, -1, 1)],
    ["branches-lorenz63.svg", await branches({ ...example("lorenz63"), C: [[1], [0], [0]] }, -1, 1)],
    ["branches-cycles.svg", await branches(CUT_TENT, -0.5, 1, 4)],
    [
      "count-map.svg",
      plotSweepGrid(
        await sweepInputs(plane as ModelInput, [
          { parameter: "s0", from: -3, to: 3, samples: 2 },
          { parameter: "s1", from: -3, to: 3, samples: 61 },
        ]),
      ),
    ],
    ["checkpoints.svg", await turnedUp("lorenz63", 16)],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, svg] of await galleryFiles()) writeFileSync(new URL(name, FOLDER), svg);
}
