import { describe, expect, it } from "vitest";
import { batchText, factsText, verdictOf, verdictText } from "../../examples/explorer/page/headline.ts";
import { describeProgress } from "../../src/cli/progress.ts";
import type { Found } from "../../src/cli/summary.ts";
import { Tally } from "../../src/cli/summary.ts";
import { checkpointsText, gridText, sweepSummary, sweepText } from "../../src/cli/sweep-text.ts";
import { closingText, reportText } from "../../src/cli/verify.ts";
import { PLAIN, writeText } from "../../src/formats/write/write-text.ts";
import type { Result } from "../../src/index.ts";
import { plotCheckpoints, plotSweep, plotSweepGrid } from "../../src/plot/index.ts";
import { maskPicture } from "../../src/plot/mask-picture.ts";
import { readSvg } from "../plot/svg-check.ts";
import {
  CANCELLED,
  CARD,
  CUT,
  checkpoints,
  crossing,
  cut,
  grid,
  MERGED,
  pageEntry,
  point,
  result,
  sweep,
} from "./outputs.ts";

/** The output, the state of the answer, the exact sentence, and what prints it. */
type Row = readonly [output: string, state: string, sentence: string, printed: () => string];

const text = (of: Result) => () => writeText(of);
/** All that is written in a picture, lines of one sentence joined. */
const svg = (document: string): string =>
  readSvg(document)
    .elements.filter(({ name }) => name === "text")
    .map((each) => each.text)
    .join(" ");
const words = (panel: { body: string }): string =>
  svg(`<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1">${panel.body}</svg>`);
const tally = (found: readonly (Partial<Found> & { reused?: true })[], left = ""): string => {
  const all = new Tally();
  for (const { reused, ...each } of found) all.add({ fate: "complete", fixedPoints: 0, continua: 0, ...each }, reused);
  return all.text(left, 2.7);
};
const report = (problems: number, fixedPoints: number, unchecked: readonly string[] = []) => ({
  result: "result[0], net",
  ok: problems === 0,
  problems: Array.from({ length: problems }, () => ({ path: "z", message: "is wrong" })),
  checked: { fixedPoints, continua: 0, virtualFixedPoints: 0 },
  unchecked: unchecked.map((path) => ({ path, reason: "can't be told" })),
});
const progress = (done: number, fraction: number) => ({ phase: "regions", fraction, done, fixedPoints: 1 });
const later = { complete: false, incompleteBecause: CANCELLED, counts: {}, seconds: { total: 0 } };

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

const OTHERS: readonly Row[] = [
  [
    "summary",
    "complete",
    "200 models, 200 complete, 602 fixed points, 2.7 s",
    () => tally([...Array(199).fill({ fixedPoints: 3 }), { fixedPoints: 5 }]),
  ],
  [
    "summary",
    "one",
    "1 model, 1 complete, 1 fixed point, 1 continuum, 2.7 s",
    () => tally([{ fixedPoints: 1, continua: 1 }]),
  ],
  ["summary", "empty", "0 models, 0 complete, 0 fixed points, 2.7 s", () => tally([])],
  [
    "summary",
    "cut off, failed, cancelled",
    "3 models, 1 complete, 1 incomplete, 1 failed, 2 files not begun, 4 fixed points, 2.7 s",
    () => tally([{ fixedPoints: 3 }, { fate: "incomplete", fixedPoints: 1 }, { fate: "failed" }], "2 files not begun"),
  ],
  [
    "summary",
    "resumed",
    "2 models, 2 complete, 1 solved before, 3 fixed points, 2.7 s",
    () => tally([{ fixedPoints: 2, reused: true }, { fixedPoints: 1 }]),
  ],
  [
    "summary",
    "a part of one model",
    "part 2 of 4 of one model, 1 complete, 2.7 s",
    () => tally([{ part: "part 2 of 4" }]),
  ],
  [
    "sweep summary",
    "complete and cut off",
    "2 sweeps, 1 complete, 1 incomplete, 3 branches, 0.31 s",
    () => sweepSummary([sweep(1), sweep(2, cut(CUT))], { failed: 0, cancelled: false, seconds: 0.31 }),
  ],
  [
    "sweep summary",
    "cancelled, empty",
    "0 sweeps, 0 complete, cancelled, 0 branches, 0.31 s",
    () => sweepSummary([], { failed: 0, cancelled: true, seconds: 0.31 }),
  ],
  [
    "verify",
    "holds",
    "result[0], net: 2 fixed points checked exactly, all hold",
    () => reportText(report(0, 2), PLAIN),
  ],
  [
    "verify",
    "holds, one",
    "result[0], net: 1 fixed point checked exactly, it holds",
    () => reportText(report(0, 1), PLAIN),
  ],
  [
    "verify",
    "holds, empty",
    "result[0], net: no fixed point to check; nothing else that was checked is wrong",
    () => reportText(report(0, 0), PLAIN),
  ],
  ["verify", "refused, one problem", "result[0], net: refused, 1 problem", () => reportText(report(1, 1), PLAIN)],
  ["verify", "refused, two problems", "result[0], net: refused, 2 problems", () => reportText(report(2, 1), PLAIN)],
  [
    "verify",
    "batch",
    "2 results, 1 right in all that was checked, 1 refused: 2 fixed points checked exactly",
    () => closingText([report(0, 2), report(3, 9)], PLAIN),
  ],
  [
    "verify",
    "batch, a caveat of all and of one",
    "  not checked: complete, digest (in 1 of 2 results): can't be told",
    () => closingText([report(0, 2, ["complete"]), report(0, 1, ["complete", "digest"])], PLAIN),
  ],
  ["progress", "begun", "net: regions 0.0 %, 0 done, 1 found", () => describeProgress("net", progress(0, 0), 0)],
  [
    "progress",
    "half done",
    "net: regions 50 %, 1,234,567 done, 1 found, about 12 s left",
    () => describeProgress("net", progress(1_234_567, 0.5), 12),
  ],
  ["masks picture", "empty", "No fixed point is listed.", () => words(maskPicture(result(0)))],
  [
    "masks picture",
    "one point",
    "One fixed point: there is no other to tell it from.",
    () => words(maskPicture(result(1))),
  ],
  [
    "page, batch",
    "complete",
    "2 of 2 models solved, 2 complete: 3 fixed points",
    () => batchText([pageEntry("solved", { result: result(1) }), pageEntry("solved", { result: result(2) })]),
  ],
  [
    "page, batch",
    "cancelled, failed",
    "1 of 3 models solved, 1 complete: 2 fixed points, 1 cancelled, 1 failed",
    () =>
      batchText([
        pageEntry("solved", { result: result(1) }),
        pageEntry("cancelled", { result: result(1, later) }),
        pageEntry("failed"),
      ]),
  ],
];

/** What may be said of a complete answer only. */
const PROVED = /Complete[: ]|proved|Every (region|mask)|All of space|all branches are here|All fixed points of every/;

describe("each sentence in each state", () => {
  for (const [output, state, sentence, printed] of [...COMPLETE, ...NOT_COMPLETE, ...OTHERS]) {
    it(`${output}, ${state}: ${sentence.slice(0, 60)}`, () => {
      const all = printed();
      if (all.includes("\n")) expect(all.split("\n")).toContain(sentence);
      else expect(all).toContain(sentence);
      // not even as part of another number
      expect(all).not.toMatch(
        /(^|[^\d,.])1 (models|results|regions|boxes|branches|points|problems|samples|files|crossings)/,
      );
    });
  }
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
