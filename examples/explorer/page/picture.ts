import type { View } from "../../../src/plot/index.ts";
import type { Drawn, Marks, Orbit } from "../protocol.ts";
import { parseSvg, svgElement } from "./dom.ts";
import { listenForGestures, type Place } from "./gestures.ts";
import { crosshair, cycleElements, orbitElements, ringElements, rowElements } from "./overlay.ts";
import { type Frame, middle, panned, toArea, toData, viewBoxOf, zoomed } from "./viewport.ts";

/** A click this near to a point, in pixels of the screen, means the point. */
const NEAR = 14;
/** The picture is drawn anew when the view has rested so long. */
const REST_MILLISECONDS = 140;
const ZOOM_STEP = 1.5;
/** Share of the view that an arrow key moves it by. */
const PAN_STEP = 0.1;
/** Pixels of a drag, or of an arrow key with Shift, as an angle. */
const RADIANS_PER_PIXEL = 0.008;
const TURN_STEP = 12;

const NO_MARKS: Marks = { points: [], at: new Float64Array(), shape: "place" };

export interface PictureEvents {
  /** The picture of another view is wanted; undefined is all of it. */
  readonly onView: (view: View | undefined) => void;
  readonly onSelect: (point: number) => void;
  /** A trajectory is wanted from a place, in data units. */
  readonly onStart: (place: readonly [number, number]) => void;
  /** The projection is to be turned by these angles. */
  readonly onTurn: (right: number, down: number) => void;
}

/** What the drawing shows, and its elements. */
interface Shown {
  readonly frame: Frame;
  readonly area: SVGSVGElement;
  readonly overlay: SVGSVGElement;
  readonly live: boolean;
}

/**
 * A picture made by src/plot, brought to life: points to click; of the state space zoom and pan, turns, trajectories
 * over it. While the view moves, the last drawing is stretched; when it rests a new one is asked for.
 */
export class PictureView {
  readonly #place: HTMLElement;
  readonly #events: PictureEvents;
  #drawn: Shown | undefined;
  #view: View | undefined;
  #marks = NO_MARKS;
  #cycles: readonly Float64Array[] = [];
  #orbits: readonly Orbit[] = [];
  #selected: number | undefined;
  #cycle: number | undefined;
  #timer: number | undefined;
  /** Whether a drag turns the picture instead of moving it. */
  turns = false;
  /** Whether there is a third dimension to turn about. */
  canTurn = false;

  constructor(place: HTMLElement, events: PictureEvents) {
    this.#place = place;
    this.#events = events;
    place.tabIndex = 0;
    // the arrow keys are for the picture, not for a screen reader's cursor
    place.setAttribute("role", "application");
    place.setAttribute("aria-describedby", "picture-help");
    this.#listen();
  }

  /** A drawing, of the view that the reader made or of all there is. */
  show({ svg, marks, cycles, live }: Drawn): void {
    const root = parseSvg(svg);
    const area = root.querySelector<SVGSVGElement>("svg[data-x]");
    this.#marks = marks;
    this.#cycles = cycles;
    if (area === null) this.#drawn = undefined;
    else {
      const overlay = svgElement("svg", { width: area.width.baseVal.value, height: area.height.baseVal.value });
      overlay.classList.add("overlay");
      area.after(overlay);
      this.#drawn = { area, overlay, frame: frameOf(area), live };
    }
    this.#place.replaceChildren(root);
    this.#place.classList.toggle("live", live);
    this.#follow();
  }

  clear(): void {
    this.#drawn = undefined;
    this.#place.replaceChildren();
  }

  /** Forgets the view that the reader chose. */
  reset(): void {
    this.#view = undefined;
  }

  get view(): View | undefined {
    return this.#view;
  }

  setOrbits(orbits: readonly Orbit[]): void {
    this.#orbits = orbits;
    this.#overlay();
  }

  select(point: number | undefined): void {
    this.#selected = point;
    this.#overlay();
  }

  /** @param cycle its place among those that were attached to the model */
  selectCycle(cycle: number | undefined): void {
    this.#cycle = cycle;
    this.#overlay();
  }

  zoom(factor: number, about?: readonly [number, number]): void {
    const now = this.#now();
    if (now?.live) this.#move(zoomed(now.view, factor, about ?? middle(now.view)));
  }

  zoomIn(): void {
    this.zoom(ZOOM_STEP);
  }

  zoomOut(): void {
    this.zoom(1 / ZOOM_STEP);
  }

  showAll(): void {
    window.clearTimeout(this.#timer);
    this.#view = undefined;
    this.#events.onView(undefined);
  }

  /** What is seen now. */
  #now(): (Frame & { readonly live: boolean }) | undefined {
    if (this.#drawn === undefined) return undefined;
    const { frame, live } = this.#drawn;
    return { ...frame, live, view: (live ? this.#view : undefined) ?? frame.view };
  }

  #move(view: View): void {
    this.#view = view;
    this.#follow();
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#events.onView(this.#view), REST_MILLISECONDS);
  }

  /** Stretches the last drawing to the view. */
  #follow(): void {
    const now = this.#now();
    if (this.#drawn === undefined || now === undefined) return;
    const { area, frame, live } = this.#drawn;
    if (live) {
      area.setAttribute("viewBox", viewBoxOf(frame, now.view).join(" "));
      area.setAttribute("preserveAspectRatio", "none");
    }
    this.#overlay();
  }

  #overlay(): void {
    const now = this.#now();
    if (this.#drawn === undefined || now === undefined) return;
    const cycle = this.#cycle === undefined ? undefined : this.#cycles[this.#cycle];
    this.#drawn.overlay.replaceChildren(
      // what is empty has no box and hears no clicks
      svgElement("rect", { width: now.width, height: now.height, class: "ground" }),
      ...(now.live ? this.#orbits.flatMap(({ path }) => orbitElements(path, now)) : []),
      ...(cycle === undefined ? [] : cycleElements(cycle, now)),
      ...this.#marks.points.flatMap((point, i) => {
        if (point !== this.#selected) return [];
        return this.#marks.shape === "row" ? rowElements(this.#at(now, i), now) : ringElements(this.#at(now, i));
      }),
      ...(now.live ? [crosshair(now)] : []),
    );
  }

  /** Where a mark is, in the area's units. */
  #at(frame: Frame, mark: number): [number, number] {
    return toArea(frame, [this.#marks.at[2 * mark]!, this.#marks.at[2 * mark + 1]!]);
  }

  /** The place of an event in the area's units, and how many of them a pixel is. */
  #locate({ clientX, clientY }: Place): { at: [number, number]; unit: number } | undefined {
    if (this.#drawn === undefined) return undefined;
    const { overlay, frame } = this.#drawn;
    const box = overlay.firstElementChild!.getBoundingClientRect();
    const unit = frame.width / box.width;
    return { at: [(clientX - box.left) * unit, (clientY - box.top) * unit], unit };
  }

  /** The point whose mark is nearest to a place of the area, if it is near. */
  #pointAt([p, q]: readonly [number, number], frame: Frame, reach: number): number | undefined {
    const { points, at, shape } = this.#marks;
    if (shape === "row") {
      const row = Math.floor(toData(frame, [p, q])[1]);
      return p >= 0 && p <= frame.width ? points.find((_, i) => at[2 * i + 1] === row) : undefined;
    }
    let best: number | undefined;
    let least = reach;
    for (const [i, point] of points.entries()) {
      const [x, y] = this.#at(frame, i);
      const d = Math.hypot(x - p, y - q);
      if (d <= least) [best, least] = [point, d];
    }
    return best;
  }

  #click(event: Place): void {
    const now = this.#now();
    const place = this.#locate(event);
    if (now === undefined || place === undefined) return;
    const [p, q] = place.at;
    if (p < 0 || q < 0 || p > now.width || q > now.height) return;
    const point = this.#pointAt(place.at, now, NEAR * place.unit);
    if (point !== undefined) this.#events.onSelect(point);
    else if (now.live) this.#events.onStart(toData(now, place.at));
  }

  #hover(event: Place): void {
    const now = this.#now();
    const place = this.#locate(event);
    if (now === undefined || place === undefined) return;
    const isOver = this.#pointAt(place.at, now, NEAR * place.unit) !== undefined;
    this.#place.classList.toggle("over-point", isOver);
  }

  #drag(right: number, down: number, shift: boolean): void {
    const now = this.#now();
    const place = this.#locate({ clientX: 0, clientY: 0 });
    if (!now?.live || place === undefined) return;
    if (this.canTurn && this.turns !== shift) {
      this.#events.onTurn(right * RADIANS_PER_PIXEL, down * RADIANS_PER_PIXEL);
    } else this.#move(panned(now, right * place.unit, down * place.unit));
  }

  #zoomAt(factor: number, about: Place): void {
    const now = this.#now();
    const place = this.#locate(about);
    if (now !== undefined && place !== undefined) this.zoom(factor, toData(now, place.at));
  }

  #listen(): void {
    listenForGestures(this.#place, {
      isLive: () => this.#drawn?.live === true,
      onClick: (place) => this.#click(place),
      onDrag: (right, down, shift) => this.#drag(right, down, shift),
      onPinch: (factor, about) => this.#zoomAt(factor, about),
      onHover: (place) => this.#hover(place),
      onWheel: (factor, about) => this.#zoomAt(factor, about),
    });
    this.#place.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event: KeyboardEvent): void {
    const now = this.#now();
    if (now === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = (right: number, down: number): void => {
      if (event.shiftKey && this.canTurn) {
        const step = TURN_STEP * RADIANS_PER_PIXEL;
        this.#events.onTurn(right * step, down * step);
      } else this.#move(panned(now, -right * PAN_STEP * now.width, -down * PAN_STEP * now.height));
    };
    const points = [...new Set(this.#marks.points)].sort((a, b) => a - b);
    const go = (by: number): void => {
      const from = this.#selected === undefined ? (by > 0 ? -1 : 0) : points.indexOf(this.#selected);
      const next = points[(from + by + points.length) % Math.max(1, points.length)];
      if (next !== undefined) this.#events.onSelect(next);
    };
    const anywhere: Readonly<Record<string, () => void>> = { n: () => go(1), p: () => go(-1) };
    const inSpace: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => arrow(-1, 0),
      ArrowRight: () => arrow(1, 0),
      ArrowUp: () => arrow(0, -1),
      ArrowDown: () => arrow(0, 1),
      "+": () => this.zoomIn(),
      "=": () => this.zoomIn(),
      "-": () => this.zoomOut(),
      "0": () => this.showAll(),
      Enter: () => this.#events.onStart(middle(now.view)),
    };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = anywhere[key] ?? (now.live ? inSpace[key] : undefined);
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
}

function frameOf(area: SVGSVGElement): Frame {
  const extent = (text: string | undefined): View["x"] => {
    const [from = 0, to = 1] = (text ?? "").split(" ").map(Number);
    return { from, to };
  };
  return {
    width: area.width.baseVal.value,
    height: area.height.baseVal.value,
    view: { x: extent(area.dataset.x), y: extent(area.dataset.y) },
  };
}
