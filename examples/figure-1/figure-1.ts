import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { countRegions, findFixedPoints, type Model, parseModel, type Result } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { evaluate } from "../../src/model/system.ts";
import { type Cell, fieldAt, planarCells, type View } from "../../src/plot/geometry.ts";
import { figure, type Panel, panel } from "../../src/plot/panel.ts";
import { extentOf, padded } from "../../src/plot/scale.ts";
import { COLOURS, fillEntry, type LegendEntry, lineEntry, marker, text } from "../../src/plot/style.ts";
import { element, line, polygon, polyline } from "../../src/plot/svg.ts";
import { stabilityEntries } from "../../src/plot/words.ts";
import { decision3 } from "../generators/decision.ts";
import { figure1c } from "../generators/figure-1c.ts";
import type { ModelFile } from "../generators/model.ts";

/** A network of one latent dimension whose map goes up in three steps; two of its six units look the other way. */
const STAIRS: ModelFile = {
  name: "figure-1b",
  A: [0.25],
  U: [[1], [1], [-1], [1], [1], [-1]],
  V: [[1.75], [-1.75], [1.75], [-2], [2], [-1.75]],
  hx: [-2.3, -1.4, 0.5, 0.3, 1.4, -2.1],
  hz: [-2],
};

const SMALL = { width: 330, height: 222 };
const LARGE = 508;

interface Solved {
  readonly model: Model;
  readonly result: Result;
  /** What the method counts, as a decimal string. */
  readonly regions: string;
}

async function solved(file: ModelFile): Promise<Solved> {
  const model = await parseModel(file as ModelInput);
  return { model, result: await findFixedPoints(model), regions: (await countRegions(model)).regions };
}

/** After figure 1 of Pals (2023): a, b and c on one sheet. */
export async function figure1(): Promise<string> {
  const [a, b, c] = await Promise.all([solved(decision3()), solved(STAIRS), solved(figure1c())]);
  return figure(
    "Which of the 2ᴺ masks can be reached",
    [[unitSpace(a), latentLine(b)], [latentPlane(c)]],
    "After figure 1 of M. Pals (2023): N units, R latent dimensions. Every region is linear; its mask says which units are active.",
  );
}

const HYPERPLANE = { stroke: COLOURS.ink, "stroke-width": 1.1 };
const DIAGONAL = { stroke: COLOURS.soft, "stroke-width": 1, "stroke-dasharray": "4 3" };
const CURVE = { stroke: COLOURS.ink, "stroke-width": 1.7 };
const DOT = { r: 3.2, fill: "#ffffff", stroke: COLOURS.ink, "stroke-width": 1.3 };

/** A grey that is darker the more units are active; it changes at every hyperplane. */
function shade(active: number, units: number): string {
  const level = Math.round(255 - (88 * active) / units);
  return `rgb(${level - 8},${level - 3},${level})`;
}

function maskText(active: readonly number[], units: number): string {
  return Array.from({ length: units }, (_, j) => (active.includes(j) ? "1" : "0")).join("");
}

const dot = (cx: number, cy: number): string => element("circle", { cx, cy, ...DOT });

/**
 * Panel a: N = 2, R = 1. As z moves, the units' arguments u·z − h move along a line, which reaches N + 1 quadrants of
 * 2^N.
 */
function unitSpace({ model: { system }, result, regions }: Solved): Panel {
  const argument = (z: number, j: number): number => system.U[j]! * z - system.h.rounded[j]!;
  const on = (z: number): [number, number] => [argument(z, 0), argument(z, 1)];
  const x = { from: -2.6, to: 2.6 };
  const quadrants = [[], [0], [1], [0, 1]];
  const reached = new Set(
    [-9, ...[0, 1].map((j) => system.h.rounded[j]! / system.U[j]! + 1e-9), 9].map((z) =>
      maskText(fieldAt(system, [z]).active, 2),
    ),
  );
  return panel(
    {
      title: `a   N = 2 units: a line reaches ${regions} of 4 quadrants`,
      x,
      y: x,
      equal: true,
      ...SMALL,
      xLabel: "argument of unit 0, u₀·z − h₀",
      yLabel: "argument of unit 1",
      xTicks: [{ at: 0, label: "0" }],
      yTicks: [{ at: 0, label: "0" }],
    },
    (area) => {
      const at = (z: number): [number, number] => {
        const [p, q] = on(z);
        return [area.x(p), area.y(q)];
      };
      const [ox, oy] = [area.x(0), area.y(0)];
      const boxes = quadrants.map((active) => {
        const [right, up] = [active.includes(0), active.includes(1)];
        const mask = maskText(active, 2);
        const inside = reached.has(mask);
        return [
          element("rect", {
            x: right ? ox : 0,
            y: up ? 0 : oy,
            width: right ? area.width - ox : ox,
            height: up ? oy : area.height - oy,
            fill: inside ? shade(active.length, 2) : "#ffffff",
          }),
          text(
            right ? area.width - 10 : 10,
            up === right ? oy + (up ? -10 : 18) : up ? 18 : area.height - 10,
            inside ? mask : `${mask}, never reached`,
            {
              anchor: right ? "end" : "start",
              size: 11,
            },
          ),
        ].join("");
      });
      return {
        inside: [
          ...boxes,
          line(ox, 0, ox, area.height, HYPERPLANE),
          line(0, oy, area.width, oy, HYPERPLANE),
          line(...at(-9), ...at(9), { stroke: COLOURS.stable, "stroke-width": 2 }),
          ...[0, 1].map((j) => dot(...at(system.h.rounded[j]! / system.U[j]!))),
          ...result.fixedPoints.map(({ z, stability }) => marker(stability, ...at(z[0]!))),
        ].join(""),
      };
    },
    [
      lineEntry("the line of all z", { stroke: COLOURS.stable, "stroke-width": 2 }),
      crossing("a unit switches"),
      ...stabilityEntries(result.fixedPoints),
    ],
    ["In the mask, 1 is active. The network is examples/decision-3.json."],
  );
}

/** Panel b: R = 1. Hyperplanes are points of the line, N + 1 regions between them; the map is linear in each. */
function latentLine({ model: { system }, result, regions }: Solved): Panel {
  const { hyperplanes: N } = system;
  const points = Array.from({ length: N }, (_, j) => system.h.rounded[j]! / system.U[j]!).sort((p, q) => p - q);
  const x = padded(extentOf([...points, ...result.fixedPoints.map(({ z }) => z[0]!)])!, 0.08);
  const nodes = [x.from, ...points, x.to];
  const map = (z: number): number => z + evaluate(system, [z])[0]!;
  return panel(
    {
      title: `b   N = ${N}, R = 1: hyperplanes are points, ${regions} regions of ${2 ** N}`,
      x,
      // room for the masks above the curve
      y: { from: x.from, to: x.to + 0.25 * (x.to - x.from) },
      ...SMALL,
      xLabel: "z",
      yLabel: "z′",
    },
    (area) => {
      const bands = nodes.slice(1).map((to, i) => {
        const from = nodes[i]!;
        const { active } = fieldAt(system, [(from + to) / 2]);
        const mid = (area.x(from) + area.x(to)) / 2;
        return [
          element("rect", {
            x: area.x(from),
            y: 0,
            width: area.x(to) - area.x(from),
            height: area.height,
            fill: shade(active.length, N),
          }),
          text(mid + 3.5, 8, maskText(active, N), { size: 9, anchor: "end", rotate: -90 }),
        ].join("");
      });
      return {
        inside: [
          ...bands,
          ...points.map((p) => line(area.x(p), 0, area.x(p), area.height, { ...HYPERPLANE, "stroke-width": 0.6 })),
          line(area.x(x.from), area.y(x.from), area.x(x.to), area.y(x.to), DIAGONAL),
          polyline(
            nodes.map((z) => [area.x(z), area.y(map(z))] as const),
            CURVE,
          ),
          ...result.fixedPoints.map(({ z, stability }) => marker(stability, area.x(z[0]!), area.y(z[0]!))),
        ].join(""),
        outside: points.map((p) => dot(area.x(p), area.height)).join(""),
      };
    },
    [
      lineEntry("z′ = F(z)", CURVE),
      lineEntry("z′ = z", DIAGONAL),
      crossing("hyperplane"),
      ...stabilityEntries(result.fixedPoints),
    ],
  );
}

/** Panel c: N = 8, R = 2. All regions, numbered; vertices are where R hyperplanes meet. */
function latentPlane({ model: { system }, result, regions }: Solved): Panel {
  const { hyperplanes: N } = system;
  const vertices = verticesOf(system);
  const view = squareRound([...vertices, ...result.fixedPoints.map(({ z }) => z)]);
  const cells = inReadingOrder(planarCells(system, view, 2 ** N)!);
  return panel(
    {
      title: `c   N = ${N}, R = 2: all ${regions} regions of ${2 ** N}`,
      ...view,
      width: LARGE,
      height: LARGE,
      xLabel: "z₀",
      yLabel: "z₁",
    },
    (area) => {
      const at = (z: ArrayLike<number>): [number, number] => [area.x(z[0]!), area.y(z[1]!)];
      return {
        inside: [
          ...cells.map(({ corners, middle }) =>
            polygon(corners.map(at), { fill: shade(fieldAt(system, middle).active.length, N), ...HYPERPLANE }),
          ),
          ...vertices.map((vertex) => element("circle", { cx: at(vertex)[0], cy: at(vertex)[1], r: 1.8 })),
          ...result.fixedPoints.map(({ z, stability }) => marker(stability, ...at(z), 5.5)),
          ...cells.map(({ middle }, i) => numbered(i + 1, ...at(middle))),
        ].join(""),
      };
    },
    [
      lineEntry("hyperplane", HYPERPLANE),
      { sample: (x, y) => element("circle", { cx: x, cy: y, r: 1.8 }), label: `vertex (${vertices.length})` },
      fillEntry("no unit active", { fill: shade(0, N) }),
      fillEntry("all", { fill: shade(N, N) }),
      ...stabilityEntries(result.fixedPoints),
    ],
    [
      `${regions} = 1 + ${N} + ${vertices.length}: the generic number, Σ C(N, r) for r ≤ R. Every region has a vertex at its border. The network is examples/figure-1c.json.`,
    ],
  );
}

/** Where two hyperplanes of the plane meet. */
function verticesOf({ U, h, hyperplanes }: Model["system"]): [number, number][] {
  const lines = Array.from({ length: hyperplanes }, (_, j) => [U[2 * j], U[2 * j + 1], h.rounded[j]]);
  return lines.flatMap(([a, b, e], i) =>
    lines.slice(i + 1).map(([c, d, f]): [number, number] => {
      const determinant = a! * d! - b! * c!;
      return [(e! * d! - b! * f!) / determinant, (a! * f! - e! * c!) / determinant];
    }),
  );
}

function squareRound(points: readonly ArrayLike<number>[]): View {
  const [x, y] = [0, 1].map((k) => extentOf(points.map((point) => point[k]!))!) as [View["x"], View["y"]];
  const half = 0.56 * Math.max(x.to - x.from, y.to - y.from);
  const [p, q] = [x, y].map(({ from, to }) => (from + to) / 2) as [number, number];
  return { x: { from: p - half, to: p + half }, y: { from: q - half, to: q + half } };
}

/** From the top, in rows, each from the left. */
function inReadingOrder(cells: readonly Cell[]): Cell[] {
  return [...cells].sort((a, b) => b.middle[1] - a.middle[1] || a.middle[0] - b.middle[0]);
}

function numbered(n: number, x: number, y: number): string {
  return text(x, y + 3, `${n}`, { size: 9, anchor: "middle", halo: true });
}

function crossing(label: string): LegendEntry {
  return { sample: dot, label };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("figure-1.svg", import.meta.url), await figure1());
}
