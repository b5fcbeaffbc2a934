import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compareCheckpoints, findFixedPoints, parseModel, sweepInput, sweepInputs } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { plotCheckpoints, plotModel, plotSweep, plotSweepGrid, project, stateAxes } from "../../src/plot/index.ts";
import { ticks } from "../../src/plot/scale.ts";
import { Random } from "../support/random.ts";
import { layoutProblems, readSvg } from "./svg-check.ts";

type Raw = Record<string, unknown>;

const example = (name: string): Raw =>
  JSON.parse(readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), "utf8"));

/** A random network, contracting far out. */
function network(R: number, N: number, seed = 1): Raw {
  const random = new Random(seed);
  const draw = (): number => random.normal();
  return {
    name: `random ${R}-${N}`,
    A: new Array(R).fill(0.5),
    U: random.matrix(N, R, draw),
    V: random.matrix(N, R, () => draw() / N),
    hx: random.vector(N, draw),
    hz: random.vector(R, draw),
  };
}

const line1 = { name: "line", A: [1], U: [[1], [-1]], V: [[-1], [1]], hx: [1, 1], hz: [0] };
const plane2 = {
  name: "plane",
  A: [1, 1],
  U: [
    [1, 0],
    [0, 1],
  ],
  V: [
    [0.25, 0],
    [0, -0.5],
  ],
  hx: [0.5, 1],
  hz: [0, 0],
};
const line3 = {
  name: "line in three dimensions",
  A: [0.5, 1, 0.3],
  U: [
    [1, 0, 0],
    [0, 1, 0],
    [0, -1, 0],
  ],
  V: [
    [0.25, 0, 0.2],
    [0, -0.5, 0.1],
    [0, 0.5, 0],
  ],
  hx: [0, 1, 1],
  hz: [0, 0, 0.1],
};
const none = { name: "none", A: [1, 0.5], U: [[1, 0]], V: [[0.25, 0]], hx: [0.5], hz: [-1, 0.2] };
const ties = {
  name: "ties",
  kind: "PLRNN",
  A: [0.5, -0.4],
  W: [
    [0.3, -0.8],
    [0.9, 0.2],
  ],
  h: [0, 0],
};
const flow = { name: "flow", kind: "continuous", U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] };
const hostile = {
  ...network(2, 3),
  name: `<script>alert("1")</script> & 'more' ${"very long ".repeat(30)}\u0007\uD800`,
};
const large = { name: "large numbers", A: [0.5], U: [[1e-3]], V: [[1]], hx: [1e6], hz: [-1e9] };

const MODELS: readonly Raw[] = [
  ...["decision-3", "figure-1c", "lorenz63", "decision-81", "ctln"].map(example),
  ...[line1, plane2, line3, none, ties, flow, hostile, large],
  network(1, 200),
  network(2, 150),
  network(3, 30),
  network(5, 12),
];

async function drawn(raw: Raw, options: Parameters<typeof plotModel>[2] = {}): Promise<string> {
  const model = await parseModel(raw as ModelInput);
  return plotModel(model, await findFixedPoints(model), options);
}

const texts = (svg: string): string[] =>
  readSvg(svg)
    .elements.filter(({ name }) => name === "text")
    .map(({ text }) => text);

describe("a picture of a model", () => {
  for (const raw of MODELS) {
    it(`is well formed, with nothing cut and no text over another: ${String(raw.name).slice(0, 30)}`, async () => {
      const svg = await drawn(raw);
      expect(layoutProblems(svg)).toEqual([]);
    });
  }

  it("is the same every time", async () => {
    expect(await drawn(example("figure-1c"))).toBe(await drawn(example("figure-1c")));
  });

  it("carries a name as text, whatever is in it", async () => {
    const svg = await drawn(hostile);
    expect(svg).not.toContain("<script");
    expect(texts(svg)[0]).toMatch(/^<script>alert/);
    expect(texts(svg)[0]).toContain("…");
  });

  it("marks every fixed point by a shape of its class", async () => {
    const state = await drawn(example("figure-1c"), { picture: "state" });
    const count = (pattern: RegExp): number => [...state.matchAll(pattern)].length;
    // one of each is in the legend
    expect(count(/<circle[^>]*fill="#0072b2"/g)).toBe(1 + 1);
    expect(count(/<path d="M0 -5\.6/g)).toBe(2 + 1);
    expect(count(/<circle[^>]*fill="#a3195b"/g)).toBe(1 + 1);
  });

  it("shows the part that is asked for, and says which part it shows", async () => {
    for (const raw of [example("decision-3"), example("figure-1c"), example("lorenz63")]) {
      const model = await parseModel(raw as ModelInput);
      const result = await findFixedPoints(model);
      const axes = stateAxes(model, result);
      const [x, y] = axes.map((axis) => {
        const place = project(result.fixedPoints[0]!.z, axis);
        return { from: place - 0.25, to: place + 0.25 };
      });
      const svg = plotModel(model, result, { picture: "state", view: { x: x!, y: y! } });
      expect(layoutProblems(svg)).toEqual([]);
      expect(svg).toContain(`data-x="${x!.from} ${x!.to}" data-y="${y!.from} ${y!.to}"`);
      expect(svg).not.toBe(plotModel(model, result, { picture: "state" }));
    }
  });

  it("says what it left out", async () => {
    const wide = texts(await drawn(network(2, 150), { picture: "state" }));
    expect(wide.join(" ")).toMatch(/64 of the \d+ hyperplanes in view are drawn/);
    const raster = texts(await drawn(example("decision-81"), { picture: "masks" })).join(" ");
    expect(raster).not.toContain("left out");
    const map = texts(await drawn(network(1, 200), { picture: "state" })).join(" ");
    expect(map).toMatch(/hyperplanes drawn as \d+ marks|outside the view/);
  });

  it("shows crowded points once more, enlarged, on the whole sheet", async () => {
    const model = await parseModel(example("decision-81") as ModelInput);
    const result = await findFixedPoints(model);
    const [first, ...others] = result.fixedPoints;
    const crowded = { ...result, fixedPoints: [{ ...first!, z: [100, 100, 0, 0] }, ...others] };
    const title = "Projection on principal components, enlarged";
    const sheet = plotModel(model, crowded);
    expect(layoutProblems(sheet)).toEqual([]);
    expect(texts(sheet)).toContain(title);
    expect(texts(sheet).join(" ")).toMatch(/\d+ fixed points? outside the view/);
    expect(texts(plotModel(model, crowded, { picture: "state" }))).not.toContain(title);
    expect(texts(plotModel(model, result))).not.toContain(title);
  });

  it("has no marks in a legend that are not in the raster of masks", async () => {
    expect(texts(await drawn(example("decision-81"), { picture: "masks" }))).not.toContain("stable (16)");
    expect(texts(await drawn(example("ctln"), { picture: "masks" })).join(" ")).toMatch(/stable \(\d\)/);
  });

  it("says when the answer is not complete", async () => {
    const model = await parseModel(example("lorenz63") as ModelInput);
    const result = await findFixedPoints(model, { maxRegions: 10 });
    expect(texts(plotModel(model, result)).join(" ")).toContain("INCOMPLETE");
  });

  for (const R of [1, 2, 3]) {
    it(`draws points near the end of float64, in ${R} dimensions, and says where`, async () => {
      const diagonal = [1e-220, 1, 1e-220].slice(0, R);
      const far = {
        kind: "continuous",
        A: diagonal,
        U: [1, 0].map((x) => [1, x, 0].slice(0, R)),
        V: [0, -2e-220].map((v) => [v, 0, 0].slice(0, R)),
        hx: [1, 0],
        hz: [-1.5e88, 1, 1.7e88].slice(0, R),
        C: [[1e88], [0], [0]].slice(0, R),
      };
      for (const svg of [
        await drawn(far),
        plotSweep(await sweepInput(far as ModelInput, { parameter: "s0", from: -1, to: 0, samples: 3 })),
        plotCheckpoints(compareCheckpoints([await findFixedPoints(far as ModelInput)])),
      ]) {
        expect(layoutProblems(svg)).toEqual([]);
        expect(svg).not.toMatch(/NaN|Infinity/);
        expect(texts(svg).join(" ")).toMatch(/\d places past 2.6e\+120 drawn there/);
      }
    });
  }

  it("refuses what it does not have", async () => {
    await expect(drawn(example("lorenz63"), { plane: [0, 3] })).rejects.toThrow(/must name two of z0 to z2/);
    await expect(drawn(example("lorenz63"), { picture: "poster" as "all" })).rejects.toThrow(/not one of the choices/);
  });

  it("projects on the coordinates asked for", async () => {
    expect(texts(await drawn(example("lorenz63"), { plane: [0, 2] }))).toEqual(expect.arrayContaining(["z₀", "z₂"]));
  });
});

describe("a picture of a sweep", () => {
  const ramp = { name: "ramp", A: [0], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1], C: [[3, 1]] };

  it("shows folds, and says what is proved", async () => {
    const svg = plotSweep(await sweepInput(ramp, { parameter: "s0", from: -1, to: 1, samples: 5 }));
    expect(layoutProblems(svg)).toEqual([]);
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        "fold: two appear",
        "fold: two vanish",
        "Exact over the whole range: all branches are here.",
      ]),
    );
    const sampled = await sweepInput(ramp, { parameter: "s0", from: -1, to: 1, samples: 5 }, { coverage: "samples" });
    expect(texts(plotSweep(sampled)).join(" ")).toContain("one between two samples would not be seen");
  });

  it("leaves marks out where they would hide the branches, and says so", async () => {
    const sweep = await sweepInput(ramp, { parameter: "s0", from: -1, to: 1, samples: 5 });
    const crowded = texts(plotSweep({ ...sweep, events: new Array(100).fill(sweep.events).flat() }));
    expect(crowded).toContain("200 places where branches begin, end or meet not marked.");
    expect(crowded).not.toContain("fold: two appear");
  });

  it("of two inputs is a map of counts", async () => {
    const grid = await sweepInputs(ramp, [
      { parameter: "s0", from: -1, to: 1, samples: 3 },
      { parameter: "s1", from: 0, to: 1, samples: 9 },
    ]);
    const svg = plotSweepGrid(grid);
    expect(layoutProblems(svg)).toEqual([]);
    expect(texts(svg)).toEqual(expect.arrayContaining(["1", "3"]));
  });

  it("over checkpoints shows what appears and what is lost", async () => {
    const results = [];
    for (const k of [0.5, 0.9, 1.5, 2, 0.8]) {
      results.push(await findFixedPoints({ ...ramp, name: `k = ${k}`, V: [[k], [-k]], hz: [k / 2], C: undefined }));
    }
    const svg = plotCheckpoints(compareCheckpoints(results));
    expect(layoutProblems(svg)).toEqual([]);
    expect(texts(svg)).toEqual(expect.arrayContaining(["appears", "last seen", "persists"]));
  });
});

describe("the view of checkpoints", () => {
  it("does not let a far point flatten all others, and says that it is outside", async () => {
    const result = await findFixedPoints(example("decision-3") as ModelInput);
    const [first, ...others] = result.fixedPoints;
    const far = { ...result, fixedPoints: [...others, { ...first!, z: [5000] }] };
    const series = [...new Array(12).fill(result), far];
    const svg = plotCheckpoints(compareCheckpoints(series));
    expect(layoutProblems(svg)).toEqual([]);
    expect(texts(svg)).toContain("1 point outside the view.");
    expect(texts(plotCheckpoints(compareCheckpoints(series.slice(0, 12)))).join(" ")).not.toContain("outside the view");
  });
});

describe("ticks", () => {
  it("are three at least, and round", () => {
    for (const [from, to, count] of [
      [-0.35, 0.45, 3],
      [-4.7, 4.7, 4.3],
      [0.9998, 1.0004, 2],
      [-1e9, 3e9, 1],
    ] as const) {
      const values = ticks(from, to, count);
      expect(values.length).toBeGreaterThanOrEqual(3);
      expect(values.length).toBeLessThanOrEqual(10);
      expect(values.every((x) => x >= from - 1e-9 && x <= to + 1e-9)).toBe(true);
    }
    expect(ticks(-4.7, 4.7, 4.3)).toEqual([-4, -2, 0, 2, 4]);
  });
});

describe("the checks themselves", () => {
  const svg = (body: string): string => `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50">${body}</svg>`;
  it("notice text that is cut or covered", () => {
    expect(layoutProblems(svg('<text x="10" y="20" font-size="10">fine</text>'))).toEqual([]);
    expect(layoutProblems(svg('<text x="80" y="20" font-size="10">too far right</text>'))).toHaveLength(1);
    expect(
      layoutProblems(
        svg(
          '<text x="10" y="20" font-size="10">one</text><g transform="translate(2 3)"><text x="9" y="18" font-size="10">two</text></g>',
        ),
      ),
    ).toHaveLength(1);
  });
  it("notice what no reader of XML would take", () => {
    for (const wrong of [
      "<g>",
      "<g></a>",
      "<text>&amp;</text>",
      '<circle r="NaN"/>',
      "<text>a & b</text>",
      '<g a="1" a="2"/>',
    ]) {
      expect(() => readSvg(svg(wrong)), wrong).toThrow();
    }
  });
});
