import type { Stability } from "../base/result.ts";
import { type Attributes, element, escapeText, group, line } from "./svg.ts";

/**
 * Colours of Okabe and Ito (2008), which colour-blind readers can tell apart. Every difference of colour is also a
 * difference of shape, dash or hatching.
 */
export const COLOURS = {
  ink: "#1a1a1a",
  soft: "#5c5c5c",
  faint: "#b9b9b9",
  grid: "#e6e6e6",
  stable: "#0072b2",
  saddle: "#d55e00",
  unstable: "#a3195b",
  semistable: "#8f6400",
  marginal: "#007a5a",
  undetermined: "#5c5c5c",
  first: "#006b50",
  second: "#8a3d86",
  trajectory: "#7a5c00",
} as const;

export const FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
export const FONT_SIZE = 11;
const SMALL = 9.5;

export const STABILITIES: readonly Stability[] = [
  "stable",
  "saddle",
  "unstable",
  "semistable",
  "marginal",
  "undetermined",
];

/** Colour, dash and hatching of a stability class. */
export const STABILITY_STYLE: Readonly<
  Record<Stability, { readonly colour: string; readonly dash: string | undefined; readonly fill: string }>
> = {
  stable: { colour: COLOURS.stable, dash: undefined, fill: "#dcebf7" },
  saddle: { colour: COLOURS.saddle, dash: "6 3", fill: "url(#sp-saddle)" },
  unstable: { colour: COLOURS.unstable, dash: "2 2.5", fill: "url(#sp-unstable)" },
  semistable: { colour: COLOURS.semistable, dash: "8 3 2 3", fill: "#f5efe0" },
  marginal: { colour: COLOURS.marginal, dash: "8 2 2 2", fill: "url(#sp-marginal)" },
  undetermined: { colour: COLOURS.undetermined, dash: "1 3", fill: "#f1f1f1" },
};

/** The hatchings that STABILITY_STYLE names. */
export const DEFINITIONS = element(
  "defs",
  {},
  pattern("sp-saddle", 7, "#fdeee3", element("path", { d: "M-1 8L8 -1", stroke: "#eeb58c", "stroke-width": 0.9 })),
  pattern("sp-unstable", 6, "#fae6ef", element("circle", { cx: 3, cy: 3, r: 0.9, fill: "#d98fb2" })),
  pattern("sp-marginal", 5, "#e4f3ee", element("path", { d: "M0 2.5H5", stroke: "#8cc7b4", "stroke-width": 0.8 })),
);

function pattern(id: string, size: number, fill: string, mark: string): string {
  return element(
    "pattern",
    { id, width: size, height: size, patternUnits: "userSpaceOnUse" },
    element("rect", { width: size, height: size, fill }),
    mark,
  );
}

/**
 * A fixed point's mark: filled circle stable, diamond saddle, ring-with-point unstable, half-filled circle semistable,
 * square marginal, cross undetermined.
 */
export function marker(stability: Stability, x: number, y: number, size = 4.5): string {
  const { colour } = STABILITY_STYLE[stability];
  const outline: Attributes = { fill: "#ffffff", "fill-opacity": 0.6, stroke: colour, "stroke-width": 1.6 };
  switch (stability) {
    case "stable":
      return element("circle", { cx: x, cy: y, r: size, fill: colour, stroke: "#ffffff", "stroke-width": 1 });
    case "saddle":
      return shape(x, y, `M0 ${-1.25}L1.25 0L0 1.25L-1.25 0Z`, size, outline);
    case "unstable":
      return group(
        {},
        element("circle", { cx: x, cy: y, r: size, ...outline }),
        element("circle", { cx: x, cy: y, r: size / 4, fill: colour }),
      );
    case "semistable":
      return group(
        {},
        element("circle", { cx: x, cy: y, r: size, ...outline }),
        shape(x, y, "M0 -1A1 1 0 0 0 0 1Z", size, { fill: colour }),
      );
    case "marginal":
      return shape(x, y, "M-1 -1H1V1H-1Z", size, outline);
    case "undetermined":
      return group(
        {},
        element("circle", { cx: x, cy: y, r: size, fill: "#ffffff", "fill-opacity": 0.7 }),
        shape(x, y, "M-0.8 -0.8L0.8 0.8M-0.8 0.8L0.8 -0.8", size, { ...outline, fill: "none" }),
      );
  }
}

/** A mark to be drawn, and where. */
export interface Mark {
  readonly stability: Stability;
  readonly at: readonly [number, number];
}

/** Marks in the order of drawing in which marks of different classes hide each other least: filled marks first. */
export function inDrawingOrder(marks: readonly Mark[]): Mark[] {
  return [...marks].sort((a, b) => STABILITIES.indexOf(a.stability) - STABILITIES.indexOf(b.stability));
}

function shape(x: number, y: number, unitPath: string, size: number, attributes: Attributes): string {
  const d = unitPath.replace(/-?\d+(\.\d+)?/g, (number) => `${Math.round(Number(number) * size * 100) / 100}`);
  return element("path", {
    d,
    transform: `translate(${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100})`,
    ...attributes,
  });
}

export interface TextOptions {
  readonly size?: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly colour?: string;
  readonly weight?: "bold";
  /** The rotation about the anchor in degrees. */
  readonly rotate?: number;
  readonly italic?: boolean;
  /** Whether the text has a white outline, for text over drawings. */
  readonly halo?: boolean;
}

export function text(x: number, y: number, content: string, options: TextOptions = {}): string {
  const { size = FONT_SIZE, anchor = "start", colour = COLOURS.ink, weight, rotate, italic, halo } = options;
  return element(
    "text",
    {
      x,
      y,
      "font-size": size,
      "text-anchor": anchor === "start" ? undefined : anchor,
      fill: colour,
      "font-weight": weight,
      "font-style": italic ? "italic" : undefined,
      transform: rotate === undefined ? undefined : `rotate(${rotate} ${x} ${y})`,
      ...(halo ? { stroke: "#ffffff", "stroke-width": 3, "paint-order": "stroke", "stroke-linejoin": "round" } : {}),
    },
    escapeText(content),
  );
}

export function smallText(x: number, y: number, content: string, options: TextOptions = {}): string {
  return text(x, y, content, { size: SMALL, colour: COLOURS.soft, ...options });
}

/** An estimate of the largest width that a text takes; no font is loaded for it. */
export function textWidth(content: string, size = FONT_SIZE): number {
  let ems = 0;
  for (const character of content) {
    if (/[ijl.,:;'|!()[\]ft r]/.test(character)) ems += 0.34;
    else if (/[mwMW@%—]/.test(character)) ems += 0.95;
    else ems += /[A-Z]/.test(character) ? 0.72 : 0.58;
  }
  return ems * size;
}

/** A text broken at spaces into lines that fit the width. */
export function wrap(content: string, width: number, size = SMALL): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of content.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && textWidth(longer, size) > width) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  return current === "" ? lines : [...lines, current];
}

/** A name cut in the middle to fit a width. */
export function fitted(content: string, width: number, size = FONT_SIZE): string {
  if (textWidth(content, size) <= width) return content;
  const characters = [...content];
  let keep = characters.length - 1;
  const cut = (): string =>
    `${characters.slice(0, Math.ceil(keep / 2)).join("")}…${characters.slice(characters.length - Math.floor(keep / 2)).join("")}`;
  while (keep > 2 && textWidth(cut(), size) > width) keep--;
  return cut();
}

/** One entry of a legend: a sample drawn in a box of SAMPLE_WIDTH × 12, and what it means. */
export interface LegendEntry {
  /** Drawn with its middle at (x, y). */
  readonly sample: (x: number, y: number) => string;
  readonly label: string;
}

export const SAMPLE_WIDTH = 22;

export function markerEntry(stability: Stability, label: string = stability): LegendEntry {
  return { sample: (x, y) => marker(stability, x, y), label };
}

/** An entry that is there on a condition. */
export function entry(when: boolean, label: string, sample: LegendEntry["sample"]): LegendEntry[] {
  return when ? [{ sample, label }] : [];
}

export function lineEntry(label: string, attributes: Attributes): LegendEntry {
  return { sample: (x, y) => line(x - 10, y, x + 10, y, attributes), label };
}

export function fillEntry(label: string, attributes: Attributes): LegendEntry {
  return {
    sample: (x, y) =>
      element("rect", {
        x: x - 9,
        y: y - 5,
        width: 18,
        height: 10,
        stroke: COLOURS.faint,
        "stroke-width": 0.6,
        ...attributes,
      }),
    label,
  };
}
