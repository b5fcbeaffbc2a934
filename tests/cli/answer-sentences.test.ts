import { describe, expect, it } from "vitest";
import { factsText, verdictOf, verdictText } from "../../examples/explorer/page/headline.ts";
import { checkpointsText, gridText, sweepText } from "../../src/cli/sweep-text.ts";
import { PLAIN, writeText } from "../../src/formats/write/write-text.ts";
import type { Result } from "../../src/index.ts";
import { plotCheckpoints, plotSweep, plotSweepGrid } from "../../src/plot/index.ts";
import {
  CANCELLED,
  CARD,
  CUT,
  checkpoints,
  crossing,
  cut,
  grid,
  later,
  MERGED,
  pageEntry,
  point,
  result,
  sweep,
} from "./outputs.ts";
import { type Row, svg, testSentences } from "./sentences.ts";

const text = (of: Result) => () => writeText(of);

const COMPLETE: readonly Row[] = [
  [
    "text",
    "complete",
    "3 fixed points. Complete: proved that there are no others. (regions on cpu, 3 regions, 0.25 s)",
    text(result(3)),
  ],
  [
    "text",
    "complete, one",
    "1 fixed point. Complete: proved that there are no others. (regions on cpu, 1 region, 0.25 s)",
    text(result(1, { counts: { masks: 1 } })),
  ],
  [
    "text",
    "complete, empty",
    "0 fixed points. Complete: proved that there are none. (search on cpu, 1 box, 0.25 s)",
    text(result(0, { method: "search", counts: { boxes: 1 } })),
  ],
  [
    "text",
    "complete, all masks",
    "1 fixed point. Complete: proved that there are no others. (regions on cpu, 1,024 masks, 0.25 s)",
    text(result(1, { counts: { allMasks: 1024 } })),
  ],
  [
    "sweep text",
    "complete",
    "1 branch, 0 folds. Complete: proved for every value in the range. (0.25 s)",
    () => sweepText(sweep(1), PLAIN),
  ],
  [
    "sweep text",
    "complete, empty",
    "0 branches, 0 folds. Complete: proved for every value in the range. (0.25 s)",
    () => sweepText(sweep(0), PLAIN),
  ],
  [
    "sweep text",
    "complete, one crossing",
    "  1 crossing of hyperplanes without change of stability",
    () => sweepText(sweep(1, { events: [crossing] }), PLAIN),
  ],
  [
    "sweep text",
    "at samples",
    "2 branches, 0 folds. Complete at the samples; branches followed exactly from there. One that lives between two samples only would not be seen. (0.25 s)",
    () => sweepText(sweep(2, { coverage: "samples" }), PLAIN),
  ],
  [
    "grid text",
    "complete",
    "Complete: proved for every value of s0 in the range, at 2 values of s1.",
    () => gridText(grid(sweep(1), sweep(1)), PLAIN),
  ],
  [
    "checkpoints text",
    "complete",
    "Complete: proved that no list lacks a point.",
    () => checkpointsText(checkpoints([result(1), result(2)]), PLAIN).replace(/ Matched by rule.*/, ""),
  ],
  ["sweep picture", "complete", "Exact over the whole range: all branches are here.", () => svg(plotSweep(sweep(1)))],
  [
    "grid picture",
    "complete",
    "For 2 values of s₁: Exact over the whole range: all branches are here.",
    () => svg(plotSweepGrid(grid(sweep(1), sweep(1)))),
  ],
  [
    "checkpoints picture",
    "complete",
    "All fixed points of every checkpoint.",
    () => svg(plotCheckpoints(checkpoints([result(1)]))),
  ],
  ["page, verdict", "complete", "Complete: proved that there are no others.", () => verdictText(result(1))],
  ["page, verdict", "complete, empty", "Complete: proved that there are none.", () => verdictText(result(0))],
  [
    "page, facts",
    "complete",
    "shPLRNN, R = 1, 2 units. Every region visited on the CPU, 3 regions, 0.25 s.",
    () => factsText(CARD, result(1)),
  ],
  [
    "page, facts",
    "complete, all masks",
    "shPLRNN, R = 1, 2 units. Every mask decided on the CPU, 1,024 masks, 0.25 s.",
    () => factsText(CARD, result(1, { counts: { allMasks: 1024 } })),
  ],
  [
    "page, facts",
    "complete, search",
    "shPLRNN, R = 1, 2 units. All of space searched on the CPU, 7 boxes, 0.25 s.",
    () => factsText(CARD, result(1, { method: "search", counts: { boxes: 7 } })),
  ],
];

const NOT_BEGUN = "the time budget ended: nothing was searched, as the model was still being prepared";

const NOT_COMPLETE: readonly Row[] = [
  [
    "text",
    "not begun",
    `0 fixed points. INCOMPLETE, there may be more: ${NOT_BEGUN}. (search on cpu, 0.25 s)`,
    text(result(0, { ...cut(NOT_BEGUN), method: "search", counts: {} })),
  ],
  [
    "text",
    "cut off",
    `1 fixed point. INCOMPLETE, there may be more: ${CUT}. (regions on cpu, 3 regions, 0.25 s)`,
    text(result(1, cut(CUT))),
  ],
  [
    "text",
    "cancelled",
    `0 fixed points. INCOMPLETE, there may be more: ${CANCELLED}. (regions on cpu, 3 regions, 0.25 s)`,
    text(result(0, cut(CANCELLED))),
  ],
  [
    "text",
    "merged",
    `2 fixed points. INCOMPLETE, there may be more: ${MERGED}. (regions on cpu, 3 regions, 0.25 s)`,
    text(result(2, cut(MERGED))),
  ],
  [
    "text",
    "cancelled, all masks",
    `1 fixed point. INCOMPLETE, there may be more: ${CANCELLED}. (regions on cpu, 0.25 s)`,
    text(result(1, { ...cut(CANCELLED), counts: { allMasks: 1024 } })),
  ],
  [
    "sweep text",
    "cut off",
    `1 branch, 0 folds. INCOMPLETE, there may be more: ${CUT}. (0.25 s)`,
    () => sweepText(sweep(1, cut(CUT)), PLAIN),
  ],
  [
    "grid text",
    "cancelled",
    `INCOMPLETE: 1 of 2 rows was not complete, the first because: ${CANCELLED}.`,
    () => gridText(grid(sweep(1), sweep(0, cut(CANCELLED))), PLAIN),
  ],
  [
    "checkpoints text",
    "cut off",
    "INCOMPLETE: 1 of 2 lists was not complete.",
    () => checkpointsText(checkpoints([result(1), result(1, cut(CUT))]), PLAIN).replace(/ Matched by rule.*/, ""),
  ],
  [
    "checkpoints text",
    "cancelled",
    "INCOMPLETE: 2 of 3 checkpoints were not solved.",
    () => checkpointsText(checkpoints([result(1)], 3), PLAIN).replace(/ Matched by rule.*/, ""),
  ],
  [
    "checkpoints text",
    "cancelled, empty",
    "INCOMPLETE: 1 of 1 checkpoint was not solved.",
    () => checkpointsText(checkpoints([], 1), PLAIN).replace(/ Matched by rule.*/, ""),
  ],
  ["sweep picture", "cut off", `INCOMPLETE, there may be more: ${CUT}.`, () => svg(plotSweep(sweep(1, cut(CUT))))],
  [
    "sweep picture",
    "cancelled, empty",
    "INCOMPLETE: of the branches found, and there may be more.",
    () => svg(plotSweep(sweep(0, cut(CANCELLED)))),
  ],
  [
    "grid picture",
    "cancelled",
    `For 2 values of s₁: INCOMPLETE, there may be more: 1 of 2 strips was not complete, the first because: ${CANCELLED}.`,
    () => svg(plotSweepGrid(grid(sweep(1), sweep(0, cut(CANCELLED))))),
  ],
  [
    "checkpoints picture",
    "cancelled",
    "INCOMPLETE, there may be more: 1 of 2 checkpoints was not solved.",
    () => svg(plotCheckpoints(checkpoints([result(1)], 2))),
  ],
  ["page, verdict", "cut off", `Incomplete, there may be more: ${CUT}.`, () => verdictText(result(1, cut(CUT)))],
  [
    "page, verdict",
    "running",
    "1 fixed point so far.",
    () => verdictOf(pageEntry("running", { result: result(1, later) })),
  ],
  ["page, verdict", "waiting", "Waiting…", () => verdictOf(pageEntry("waiting"))],
  ["page, verdict", "running, nothing yet", "Solving…", () => verdictOf(pageEntry("running"))],
  [
    "page, verdict",
    "cancelled",
    `1 fixed point. Incomplete, there may be more: ${CANCELLED}.`,
    () => verdictOf(pageEntry("cancelled", { result: result(1, later) })),
  ],
  [
    "page, verdict",
    "cancelled, empty",
    "Cancelled before anything was found.",
    () => verdictOf(pageEntry("cancelled")),
  ],
  [
    "page, verdict",
    "cancelled, points not shown yet",
    "1 fixed point. Incomplete, there may be more: cancelled.",
    () => verdictOf(pageEntry("cancelled", { early: [point(1)] })),
  ],
  [
    "page, facts",
    "cut off",
    "shPLRNN, R = 1, 2 units. By regions on the CPU, 3 regions, 0.25 s.",
    () => factsText(CARD, result(1, cut(CUT))),
  ],
  [
    "page, facts",
    "cut off, search",
    "shPLRNN, R = 1, 2 units. By search on the CPU, 1 box, 0.25 s.",
    () => factsText(CARD, result(1, { ...cut(CUT), method: "search", counts: { boxes: 1 } })),
  ],
  ["page, facts", "cancelled", "shPLRNN, R = 1, 2 units.", () => factsText(CARD, result(1, later))],
];

/** What may be said of a complete answer only. */
const PROVED = /Complete[: ]|proved|Every (region|mask)|All of space|all branches are here|All fixed points of every/;

describe("each sentence in each state", () => {
  testSentences([...COMPLETE, ...NOT_COMPLETE]);

  it("says of no answer that is not complete what is said of each that is", () => {
    // the rule of checkpoints names what it does not prove
    const without = (printed: () => string): string => printed().replace(/Matched by rule, not proved/, "");
    for (const [output, state, , printed] of NOT_COMPLETE)
      expect(without(printed), `${output}, ${state}`).not.toMatch(PROVED);
    for (const [output, state, sentence, printed] of COMPLETE) {
      if (!state.includes("crossing")) expect(without(printed), `${output}, ${state}: ${sentence}`).toMatch(PROVED);
    }
  });
});
