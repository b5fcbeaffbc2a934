import type { Stability } from "../base/result.ts";
import { plural } from "../base/words.ts";
import type { Cycle } from "../cycles/result.ts";
import type { Point } from "./geometry.ts";
import { type LegendEntry, lineEntry, STABILITIES, STABILITY_STYLE } from "./style.ts";
import { type Attributes, dots, polygon } from "./svg.ts";

/** The largest number of cycles that are drawn: more would hide each other. */
const MOST_CYCLES = 60;

/** Cycles as a picture draws them: those of period 2 and more, as period 1 has the marks of fixed points. */
export class CyclePaths {
  readonly shown: readonly Cycle[];
  readonly #all: number;

  constructor(cycles: readonly Cycle[] = []) {
    const longer = cycles.filter(({ period }) => period > 1);
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
    if (this.#all === 0) return [];
    return [
      "The sides of a cycle's polygon join a point to its image.",
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
