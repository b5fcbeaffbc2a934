import { plural } from "../base/words.ts";
import type { CycleBranch, CycleEvent, CycleSweep } from "../sweep/result.ts";
import { changeMark, foldMark, isChange, otherMark } from "./branch-marks.ts";
import type { Point } from "./geometry.ts";
import { COLOURS, type LegendEntry, lineEntry, smallText } from "./style.ts";
import { type Attributes, polyline } from "./svg.ts";

/** One colour a period from 2 on, again from the first after the last. */
const PERIOD_COLOURS = [COLOURS.first, COLOURS.second, COLOURS.trajectory, COLOURS.ink] as const;
/** Above this number of branches they carry no numbers, and of events no marks. */
const MOST_NUMBERED = 24;
const MOST_MARKED = 60;

/** The line of a period: solid where its cycles are stable, else dashed. */
export function periodStyle(period: number, isStable: boolean): Attributes {
  return {
    stroke: PERIOD_COLOURS[(period - 2) % PERIOD_COLOURS.length],
    "stroke-width": isStable ? 1.8 : 1.1,
    "stroke-dasharray": isStable ? undefined : "4 2.5",
  };
}

/** Branches of cycles as a picture draws them over the input: a curve for each point of a cycle, numbered by period. */
export class CycleBranchLines {
  readonly #cycles: readonly CycleSweep[];
  readonly #k: number;

  /** @param k the coordinate that is drawn. */
  constructor(cycles: readonly CycleSweep[] = [], k: number) {
    this.#cycles = cycles;
    this.#k = k;
  }

  /** All values of the coordinate. */
  get values(): number[] {
    const k = this.#k;
    return this.#cycles.flatMap(({ branches, events }) => [
      ...branches.flatMap(({ pieces }) =>
        pieces.flatMap(({ pointsFrom, pointsTo }) => [...pointsFrom, ...pointsTo].map((z) => z[k]!)),
      ),
      ...events.flatMap(({ points }) => points.map((z) => z[k]!)),
    ]);
  }

  /** @param at where a value of the coordinate at an input is on the page. */
  draw(at: (s: number, value: number) => Point): string {
    const isNumbered = this.#branches <= MOST_NUMBERED;
    const lines = this.#cycles.flatMap(({ period, branches }) =>
      branches.flatMap((branch) => [
        ...this.#lines(branch, period, at),
        ...(isNumbered ? [this.#number(branch, period, at)] : []),
      ]),
    );
    return [...lines, ...this.#marks(at)].join("");
  }

  get legend(): LegendEntry[] {
    return this.#cycles.flatMap(({ period, branches }) =>
      [true, false].flatMap((isStable) => {
        const isThere = branches.some(({ pieces }) =>
          pieces.some((each) => (each.stability === "stable") === isStable),
        );
        const label = `${period}-cycles, ${isStable ? "stable" : "not stable"}`;
        return isThere ? [lineEntry(label, periodStyle(period, isStable))] : [];
      }),
    );
  }

  get notes(): string[] {
    const gaps = this.#cycles.filter(({ complete }) => !complete).map(({ period }) => period);
    const sampled = this.#cycles
      .filter(({ complete, coverage }) => complete && coverage === "samples")
      .map(({ period }) => period);
    const continua = this.#cycles.reduce((sum, each) => sum + each.continua.length, 0);
    return [
      ...(gaps.length > 0 ? [`INCOMPLETE: cycles of period ${gaps.join(", ")}.`] : []),
      ...(sampled.length > 0
        ? [`Cycles of period ${sampled.join(", ")}: all at the samples, followed exactly from there.`]
        : []),
      ...(continua > 0 ? [`${plural(continua, "continuum", "continua")} of cycles not drawn.`] : []),
      ...(this.#events > MOST_MARKED ? [`${plural(this.#events, "event")} of cycles not marked.`] : []),
    ];
  }

  /** Whether an event that is marked passes the test. */
  marks(test: (event: CycleEvent) => boolean): boolean {
    return (
      this.#events <= MOST_MARKED &&
      this.#cycles.some(({ events }) => events.some((each) => isTelling(each) && test(each)))
    );
  }

  get #branches(): number {
    return this.#cycles.reduce((sum, { branches }) => sum + branches.length, 0);
  }

  get #events(): number {
    return this.#cycles.reduce((sum, { events }) => sum + events.filter(isTelling).length, 0);
  }

  /** A line for each point of the cycle and each run of pieces that are stable, or are not. */
  #lines({ pieces }: CycleBranch, period: number, at: (s: number, value: number) => Point): string[] {
    const k = this.#k;
    return Array.from({ length: period }, (_, t) => {
      const runs: { isStable: boolean; corners: Point[] }[] = [];
      for (const { stability, from, to, pointsFrom, pointsTo } of pieces) {
        const isStable = stability === "stable";
        const last = runs.at(-1);
        if (last?.isStable === isStable) last.corners.push(at(to, pointsTo[t]![k]!));
        else runs.push({ isStable, corners: [at(from, pointsFrom[t]![k]!), at(to, pointsTo[t]![k]!)] });
      }
      return runs.map(({ isStable, corners }) => polyline(corners, periodStyle(period, isStable)));
    }).flat();
  }

  /** The period, in the middle of the longest piece. */
  #number({ pieces }: CycleBranch, period: number, at: (s: number, value: number) => Point): string {
    const longest = pieces.reduce((best, each) => (each.to - each.from > best.to - best.from ? each : best));
    const { from, to, pointsFrom, pointsTo } = longest;
    const [x, y] = at(from + (to - from) / 2, (pointsFrom[0]![this.#k]! + pointsTo[0]![this.#k]!) / 2);
    return smallText(x, y - 3, `${period}`, { anchor: "middle", halo: true });
  }

  #marks(at: (s: number, value: number) => Point): string[] {
    if (this.#events > MOST_MARKED) return [];
    return this.#cycles.flatMap(({ events }) =>
      events.filter(isTelling).flatMap((event) =>
        event.points.map((z) => {
          const [x, y] = at(event.s, z[this.#k]!);
          if (event.kind === "crossing") return changeMark(x, y);
          return event.kind === "fold" ? foldMark(x, y, event.before.length > 0, 0.65) : otherMark(x, y);
        }),
      ),
    );
  }
}

function isTelling(event: CycleEvent): boolean {
  return event.kind !== "crossing" || isChange(event);
}
