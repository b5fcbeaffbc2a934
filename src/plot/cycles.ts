import type { Stability } from "../base/result.ts";
import { plural } from "../base/words.ts";
import type { Cycle, CyclesResult } from "../cycles/result.ts";
import type { Point } from "./geometry.ts";
import { type LegendEntry, lineEntry, STABILITIES, STABILITY_STYLE } from "./style.ts";
import { type Attributes, dots, polygon } from "./svg.ts";

/** The largest number of cycles that are drawn: more would hide each other. */
const MOST_CYCLES = 60;

/** The cycles that are asked for: a list, or all of a result, of which the picture then says whether it is complete. */
export type DrawnCycles = readonly Cycle[] | CyclesResult;

/** What is known of longer cycles, for the line below a picture's title; empty if only a list of them is given. */
export function cyclesSubtitle(cycles: DrawnCycles | undefined): string {
  if (cycles === undefined || !("periods" in cycles)) return "";
  const { periods, complete, incompleteBecause = "no reason given" } = cycles;
  const longest = periods.at(-1)?.period ?? 1;
  if (longest === 1) return "";
  const count = cycles.cycles.filter(({ period }) => period > 1).length;
  const continua = cycles.continua.filter(({ period }) => period > 1).length;
  const found = [
    ...(count > 0 || continua === 0 ? [plural(count, "cycle")] : []),
    ...(continua > 0 ? [`${plural(continua, "continuum", "continua")} of cycles`] : []),
  ].join(" and ");
  const which = periods.length === 1 ? `of period ${longest}` : `of periods 2 to ${longest}`;
  return `; ${found} ${which} (${complete ? "complete" : `INCOMPLETE: ${incompleteBecause}`})`;
}

/** Cycles as a picture draws them: those of period 2 and more, as period 1 has the marks of fixed points. */
export class CyclePaths {
  readonly shown: readonly Cycle[];
  readonly #all: number;
  readonly #continua: number;

  constructor(drawn: DrawnCycles = []) {
    const cycles = "periods" in drawn ? drawn.cycles : drawn;
    const longer = cycles.filter(({ period }) => period > 1);
    this.#continua = "periods" in drawn ? drawn.continua.filter(({ period }) => period > 1).length : 0;
    this.#all = longer.length;
    this.shown = longer.slice(0, MOST_CYCLES);
  }

  /** All points of the cycles that are drawn. */
  get places(): readonly (readonly number[])[] {
    return this.shown.flatMap(({ points }) => points.map(({ z }) => z));
  }

  /** Each cycle as a closed polygon with a dot at each point. @param at where a state is on the page */
  draw(at: (z: readonly number[]) => Point): string {
    return this.shown
      .map(({ points, stability }) => {
        const corners = points.map(({ z }) => at(z));
        return polygon(corners, outline(stability)) + dots(corners, 2.2, STABILITY_STYLE[stability].colour);
      })
      .join("");
  }

  get legend(): LegendEntry[] {
    const classes = new Set(this.shown.map(({ stability }) => stability));
    return STABILITIES.filter((each) => classes.has(each)).map((each) => lineEntry(`${each} cycle`, outline(each)));
  }

  get notes(): string[] {
    return [
      ...(this.#all > 0 ? ["The sides of a cycle's polygon join a point to its image."] : []),
      ...(this.#continua > 0 ? ["Continua of cycles are not drawn."] : []),
      ...(this.#all > this.shown.length
        ? [`The first ${this.shown.length} of ${plural(this.#all, "cycle")} are drawn.`]
        : []),
    ];
  }
}

function outline(stability: Stability): Attributes {
  const { colour, dash } = STABILITY_STYLE[stability];
  return {
    fill: "none",
    stroke: colour,
    "stroke-width": 1.1,
    "stroke-linejoin": "round",
    ...(dash === undefined ? {} : { "stroke-dasharray": dash }),
  };
}
