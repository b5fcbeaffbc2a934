import { OptionError } from "../model/errors.ts";
import { type Extent, linearScale, type Scale, tickLabel, ticks } from "./scale.ts";
import {
  COLOURS,
  DEFINITIONS,
  FONT,
  FONT_SIZE,
  fitted,
  type LegendEntry,
  SAMPLE_WIDTH,
  smallText,
  text,
  textWidth,
  wrap,
} from "./style.ts";
import { element, escapeText, group, line, short } from "./svg.ts";

/** A drawing of a fixed size, to be placed in a figure. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  readonly body: string;
  /** The same without the notes below it. */
  readonly bare?: Pick<Panel, "height" | "body">;
}

export interface PanelFrame {
  readonly title: string;
  readonly x: Extent;
  readonly y: Extent;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Size of the plotting area. */
  readonly width: number;
  readonly height: number;
  /** Whether one unit is as long on both axes; the extents are then widened to fill the area. */
  readonly equal?: boolean;
  readonly xTicks?: readonly { readonly at: number; readonly label: string }[] | undefined;
  readonly yTicks?: readonly { readonly at: number; readonly label: string }[] | undefined;
  readonly grid?: boolean;
}

/** The coordinates of a panel's plotting area, in drawing units from its top left corner. */
export interface Area {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
  readonly height: number;
}

/**
 * The content of a panel: the drawing inside its frame, which is clipped; the drawing over and round the frame; and the
 * notes below.
 */
export interface Drawing {
  readonly inside: string;
  readonly outside?: string;
  readonly notes?: readonly string[];
}

const TITLE_HEIGHT = 22;
const BOTTOM = 36;
/** Room for labels on the left, so that panels in a column line up. */
const MIN_LEFT = 58;
const RIGHT = 12;
const LINE_HEIGHT = 15;
const NOTE_HEIGHT = 13;

/**
 * A panel with a frame, ticks and labels round what `draw` draws; below it the legend and the notes, which say what was
 * left out.
 */
export function panel(
  frame: PanelFrame,
  draw: (area: Area) => Drawing,
  legend: readonly LegendEntry[] = [],
  notes: readonly string[] = [],
): Panel {
  const { width, height } = frame;
  const [xs, ys] = frame.equal ? equalised(frame.x, frame.y, width, height) : [frame.x, frame.y];
  const area: Area = {
    x: linearScale(xs.from, xs.to, 0, width),
    y: linearScale(ys.from, ys.to, height, 0),
    width,
    height,
  };
  const xTicks = frame.xTicks ?? ticks(xs.from, xs.to, width / 70).map((at) => ({ at, label: tickLabel(at) }));
  const yTicks = frame.yTicks ?? ticks(ys.from, ys.to, height / 50).map((at) => ({ at, label: tickLabel(at) }));
  const left = Math.max(MIN_LEFT, 30 + Math.max(0, ...yTicks.map(({ label }) => textWidth(label, 10))));
  const { inside, outside = "", notes: drawn = [] } = draw(area);

  const axes = [
    ...xTicks.flatMap(({ at, label }) => [
      line(area.x(at), height, area.x(at), height + 4, { stroke: COLOURS.ink, "stroke-width": 0.8 }),
      text(area.x(at), height + 15, label, { size: 10, anchor: "middle" }),
    ]),
    ...yTicks.flatMap(({ at, label }) => [
      line(-4, area.y(at), 0, area.y(at), { stroke: COLOURS.ink, "stroke-width": 0.8 }),
      text(-7, area.y(at) + 3.5, label, { size: 10, anchor: "end" }),
    ]),
    text(width / 2, height + 30, frame.xLabel, { anchor: "middle" }),
    text(-left + 12, height / 2, frame.yLabel, { anchor: "middle", rotate: -90 }),
  ];
  const total = left + width + RIGHT;
  const withNotes = (shown: readonly string[]): Pick<Panel, "height" | "body"> => {
    const { body: below, height: belowHeight } = legendAndNotes(legend, shown, total - 8);
    return { height: TITLE_HEIGHT + height + BOTTOM + belowHeight, body: placed(below) };
  };
  const placed = (below: string): string =>
    group(
      {},
      text(left, 14, fitted(frame.title, width, 12), { size: 12, weight: "bold" }),
      group(
        { transform: `translate(${short(left)} ${TITLE_HEIGHT})` },
        ...(frame.grid ? gridLines(area, xTicks, yTicks) : []),
        // a nested document clips its content, and its attributes give the data range
        element("svg", { width, height, "data-x": `${xs.from} ${xs.to}`, "data-y": `${ys.from} ${ys.to}` }, inside),
        element("rect", { width, height, fill: "none", stroke: COLOURS.ink, "stroke-width": 0.8 }),
        ...axes,
        outside,
      ),
      group({ transform: `translate(8 ${TITLE_HEIGHT + height + BOTTOM})` }, below),
    );
  const all = [...notes, ...drawn];
  // that an answer is not complete is no caveat of a picture
  return { width: total, ...withNotes(all), bare: withNotes(all.filter((note) => note.includes("INCOMPLETE"))) };
}

function gridLines(area: Area, xTicks: readonly { at: number }[], yTicks: readonly { at: number }[]): string[] {
  const style = { stroke: COLOURS.grid, "stroke-width": 0.8 };
  return [
    ...xTicks.map(({ at }) => line(area.x(at), 0, area.x(at), area.height, style)),
    ...yTicks.map(({ at }) => line(0, area.y(at), area.width, area.y(at), style)),
  ];
}

/** Both extents widened about their middles until a unit is as long on either axis. */
function equalised(x: Extent, y: Extent, width: number, height: number): [Extent, Extent] {
  const unit = Math.max((x.to - x.from) / width, (y.to - y.from) / height);
  const about = ({ from, to }: Extent, size: number): Extent => ({
    from: (from + to - unit * size) / 2,
    to: (from + to + unit * size) / 2,
  });
  return [about(x, width), about(y, height)];
}

/** Legend entries side by side, as many in a row as fit, then the notes. */
function legendAndNotes(
  legend: readonly LegendEntry[],
  notes: readonly string[],
  width: number,
): { body: string; height: number } {
  const parts: string[] = [];
  let x = 0;
  let y = 0;
  for (const { sample, label } of legend) {
    const size = SAMPLE_WIDTH + 5 + textWidth(label, 10) + 12;
    if (x > 0 && x + size > width) {
      x = 0;
      y += LINE_HEIGHT;
    }
    parts.push(sample(x + SAMPLE_WIDTH / 2, y + 7), text(x + SAMPLE_WIDTH + 5, y + 10.5, label, { size: 10 }));
    x += size;
  }
  if (legend.length > 0) y += LINE_HEIGHT + 2;
  for (const note of notes) {
    for (const part of wrap(note, width)) {
      parts.push(smallText(0, y + 9, part, { italic: true }));
      y += NOTE_HEIGHT;
    }
  }
  return { body: parts.join(""), height: y + 4 };
}

const MARGIN = 10;
/** A figure is as wide as this, unless it is to be narrower: its title needs room. */
const LEAST_FIGURE = 360;
/** A plotting area is never narrower. */
const LEAST_WIDTH = 160;
/** Nor lower, but for one that always is. */
const LEAST_HEIGHT = 200;

/** The height of an area that is `share` times as wide as where there is room. */
export function areaHeight(natural: number, share: number): number {
  return Math.max(Math.min(natural, LEAST_HEIGHT), Math.round(share * natural));
}

/**
 * The width of a plotting area in a figure. @param natural its width where there is room
 * @throws OptionError for a width of the figure that is no positive number.
 */
export function areaWidth(natural: number, { maxWidth }: FigureOptions): number {
  if (maxWidth === undefined) return natural;
  if (!(maxWidth > 0)) throw new OptionError("maxWidth", "must be a positive number", maxWidth, "Leave it out.");
  return Math.min(natural, Math.max(LEAST_WIDTH, maxWidth - 2 * MARGIN - MIN_LEFT - RIGHT));
}

/**
 * Two columns: the left panels, and beside them the others. The first of the others goes into the right column, each of
 * the next into the shorter column.
 */
export function besides(left: readonly Panel[], others: readonly Panel[]): Panel[][] {
  const columns: Panel[][] = [[...left], []];
  const height = (column: readonly Panel[]): number => column.reduce((sum, each) => sum + each.height + MARGIN, 0);
  for (const each of others) columns[height(columns[0]!) < height(columns[1]!) ? 0 : 1]!.push(each);
  return columns.filter((column) => column.length > 0);
}

/** Options of a whole figure. */
export interface FigureOptions {
  /**
   * The largest width of the figure, in units of which small text is 10 high and titles 14. Panels that would be wider
   * are made narrower, down to some 250 units, and their text keeps its size; all are in one column then.
   */
  readonly maxWidth?: number | undefined;
  /**
   * Whether the notes below the pictures are there, which say what was left out and how to read them; true by default.
   */
  readonly caveats?: boolean | undefined;
}

/** Panels in columns, each column stacked from the top, under a title: a whole SVG document. */
export function figure(
  title: string,
  given: readonly (readonly Panel[])[],
  subtitle = "",
  { caveats = true, maxWidth = LEAST_FIGURE }: FigureOptions = {},
): string {
  const columns = caveats ? given : given.map((column) => column.map((each) => ({ ...each, ...each.bare })));
  const widths = columns.map((column) => Math.max(0, ...column.map(({ width }) => width)));
  const width = Math.max(
    Math.min(LEAST_FIGURE, maxWidth),
    widths.reduce((sum, each) => sum + each, 0) + MARGIN * (columns.length + 1),
  );
  const parts: string[] = [];
  let top = MARGIN;
  if (title !== "") {
    parts.push(text(MARGIN, top + 13, fitted(title, width - 2 * MARGIN, 14), { size: 14, weight: "bold" }));
    top += 20;
  }
  for (const part of wrap(subtitle, width - 2 * MARGIN, FONT_SIZE)) {
    parts.push(text(MARGIN, top + 10, part, { colour: COLOURS.soft }));
    top += 15;
  }
  top += 6;
  let bottom = top;
  let x = MARGIN;
  columns.forEach((column, c) => {
    let y = top;
    for (const { height, body } of column) {
      parts.push(group({ transform: `translate(${short(x)} ${short(y)})` }, body));
      y += height + MARGIN;
    }
    bottom = Math.max(bottom, y);
    x += widths[c]! + MARGIN;
  });
  const size = { width: Math.ceil(width), height: Math.ceil(bottom) };
  return `${element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      ...size,
      viewBox: `0 0 ${size.width} ${size.height}`,
      "font-family": FONT,
      role: "img",
    },
    element("title", {}, escapeText(title === "" ? "Stillpoint" : title)),
    DEFINITIONS,
    element("rect", { width: "100%", height: "100%", fill: "#ffffff" }),
    ...parts,
  )}\n`;
}
