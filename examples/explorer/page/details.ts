import type { Analysis, FixedPoint, Result } from "../../../src/index.ts";
import { element } from "./dom.ts";
import { complexNumber, fullNumber, plural, shortNumber } from "./format.ts";

/** Hyperplanes of a list that are written out. */
const MAX_LISTED = 400;

/**
 * All that is known of one fixed point. @param analysis what takes a moment to compute; without it the rest is shown.
 */
export function detailsOf(result: Result, point: FixedPoint, analysis: Analysis | undefined): HTMLElement[] {
  const { z, stability, eigenvalues, active, ties, linearisations = [] } = point;
  const spectral =
    point.spectralAbscissa === undefined
      ? (["Largest |λ|", point.spectralRadius] as const)
      : (["Largest Re λ", point.spectralAbscissa] as const);
  const facts: [string, string][] = [
    ["Stability", stability],
    ["Directions", directionsFact(point)],
    [spectral[0], spectral[1] === undefined ? "unknown" : shortNumber(spectral[1])],
    ["Active", `${active.length.toLocaleString("en-US")} of ${plural(result.model.hyperplanes, "hyperplane")}`],
    ["Ties", ties.length === 0 ? "none: not on a hyperplane" : `on ${plural(ties.length, "hyperplane")}`],
    ...marginFacts(analysis),
    ...knifeEdgeFact(point),
  ];
  return [
    factList(facts),
    element("h4", {}, "z"),
    element("ol", { class: "numbers", start: "0" }, ...z.map((x) => element("li", {}, fullNumber(x)))),
    element("h4", {}, "Eigenvalues"),
    ...(eigenvalues.length === 0
      ? [element("p", {}, "They could not be computed.")]
      : [eigenvalueTable(eigenvalues, analysis)]),
    ...(linearisations.length > 0
      ? [element("p", { class: "hint" }, `Of one of ${plural(linearisations.length, "side")}; JSON has all.`)]
      : []),
    ...listing("Active hyperplanes", active),
    ...listing("Ties: on the hyperplanes", ties),
  ];
}

function knifeEdgeFact({ nearlyDegenerate }: FixedPoint): [string, string][] {
  if (nearlyDegenerate === undefined) return [];
  const { margin, because, precision } = nearlyDegenerate;
  return [
    ["Nearly degenerate", `within ${shortNumber(margin)} rounding errors of ${precision} (${because.join(", ")})`],
  ];
}

/** "1 unstable, 2 stable". */
function directionsFact({ directions }: FixedPoint): string {
  if (directions === undefined) return "the sides differ";
  return (["unstable", "neutral", "stable", "undecided"] as const)
    .flatMap((key) => (directions[key] ? [`${directions[key]} ${key}`] : []))
    .join(", ");
}

function marginFacts(analysis: Analysis | undefined): [string, string][] {
  if (analysis === undefined) return [["Margins", "…"]];
  const { nearestHyperplane, spectralGap, smallestSingularValue } = analysis.margins;
  return [
    [
      "Nearest hyperplane",
      nearestHyperplane === undefined
        ? "none"
        : `number ${nearestHyperplane.index}, at ${shortNumber(nearestHyperplane.distance)}`,
    ],
    ["Margin of stability", spectralGap === undefined ? "unknown" : shortNumber(spectralGap)],
    ["Margin of a fold", smallestSingularValue === undefined ? "unknown" : shortNumber(smallestSingularValue)],
  ];
}

function factList(facts: readonly (readonly [string, string])[]): HTMLElement {
  return element("dl", {}, ...facts.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]));
}

function eigenvalueTable(eigenvalues: FixedPoint["eigenvalues"], analysis: Analysis | undefined): HTMLElement {
  const modes = analysis?.modes ?? [];
  const head = ["λ", "|λ|", "time constant", "frequency"].map((title) => element("th", { scope: "col" }, title));
  const rows = eigenvalues.map((value, i) => {
    const mode = modes[i];
    const cells = [
      complexNumber(value as [number, number]),
      shortNumber(Math.hypot(...value), 5),
      mode === undefined ? "" : timeText(mode.timeConstant),
      mode === undefined ? "" : shortNumber(mode.frequency, 3),
    ];
    return element("tr", {}, ...cells.map((text) => element("td", { class: "number" }, text)));
  });
  return element(
    "section",
    { class: "scroll eigenvalues", tabindex: "0", "aria-label": "Eigenvalues" },
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)),
  );
}

/** A time constant as the time in which a mode shrinks or grows e-fold. */
function timeText(t: number): string {
  if (!Number.isFinite(t)) return "∞";
  return t < 0 ? `${shortNumber(-t, 3)} (grows)` : shortNumber(t, 3);
}

function listing(title: string, list: readonly number[]): HTMLElement[] {
  if (list.length === 0) return [];
  const more = list.length > MAX_LISTED ? ` … and ${(list.length - MAX_LISTED).toLocaleString("en-US")} more` : "";
  return [
    element(
      "details",
      {},
      element("summary", {}, `${title} (${list.length.toLocaleString("en-US")})`),
      element("p", { class: "list" }, list.slice(0, MAX_LISTED).join(" ") + more),
    ),
  ];
}
