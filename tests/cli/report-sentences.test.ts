import { describe } from "vitest";
import { batchText } from "../../examples/explorer/page/headline.ts";
import { describeProgress } from "../../src/cli/progress.ts";
import type { Found } from "../../src/cli/summary.ts";
import { Tally } from "../../src/cli/summary.ts";
import { sweepSummary } from "../../src/cli/sweep-text.ts";
import { closingText, reportText } from "../../src/cli/verify.ts";
import { PLAIN } from "../../src/formats/write/write-text.ts";
import { maskPicture } from "../../src/plot/mask-picture.ts";
import { CUT, cut, later, pageEntry, result, sweep } from "./outputs.ts";
import { type Row, svg, testSentences } from "./sentences.ts";

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

const REPORTS: readonly Row[] = [
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

describe("each sentence in each state", () => {
  testSentences(REPORTS);
});
