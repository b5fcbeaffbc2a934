import type { View } from "../../../src/plot/index.ts";
import type { Drawn, Orbit } from "../protocol.ts";
import { parseSvg, svgElement } from "./dom.ts";
import { type Frame, middle, panned, toArea, toData, viewBoxOf, zoomed } from "./viewport.ts";

/** A click this near to a point, in pixels of the screen, means the point. */
const NEAR = 14;
/** A pointer that moved less, in pixels, has clicked. */
const STILL = 5;
/** The picture is drawn anew when the view has rested so long. */
const REST_MILLISECONDS = 140;
const ZOOM_STEP = 1.5;
/** Share of the view that an arrow key moves it by. */
const PAN_STEP = 0.1;

export interface PictureEvents {
  /** The picture of another view is wanted; undefined is all of it. */
  readonly onView: (view: View | undefined) => void;
  readonly onSelect: (point: number) => void;
  /** A trajectory is wanted from a place, in data units. */
  readonly onStart: (place: readonly [number, number]) => void;
}

/**
 * A picture made by src/plot, brought to life: zoom and pan, points to click, trajectories over it. While the view
 * moves, the last drawing is stretched; when it rests a new one is asked for.
 */
export class PictureView {
  readonly #place: HTMLElement;
  readonly #events: PictureEvents;
  /** What the drawing shows, and its element with a plotting area; undefined for a picture that only shows. */
  #drawn: { readonly frame: Frame; readonly area: SVGSVGElement; readonly overlay: SVGSVGElement } | undefined;
  #view: View | undefined;
  #places: Float64Array = new Float64Array();
  #orbits: readonly Orbit[] = [];
  #selected: number | undefined;
  #timer: number | undefined;

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
  show({ svg, places }: Drawn): void {
    const root = parseSvg(svg);
    const area = places === undefined ? null : root.querySelector<SVGSVGElement>("svg[data-x]");
    this.#places = places ?? new Float64Array();
    if (area === null) this.#drawn = undefined;
    else {
      const overlay = svgElement("svg", { width: area.width.baseVal.value, height: area.height.baseVal.value });
      overlay.classList.add("overlay");
      area.after(overlay);
      this.#drawn = { area, overlay, frame: frameOf(area) };
    }
    this.#place.replaceChildren(root);
    this.#place.classList.toggle("live", area !== null);
    this.#follow();
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

  zoom(factor: number, about?: readonly [number, number]): void {
    const now = this.#now();
    if (now !== undefined) this.#move(zoomed(now.view, factor, about ?? middle(now.view)));
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
  #now(): Frame | undefined {
    return this.#drawn && { ...this.#drawn.frame, view: this.#view ?? this.#drawn.frame.view };
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
    const { area, frame } = this.#drawn;
    area.setAttribute("viewBox", viewBoxOf(frame, now.view).join(" "));
    area.setAttribute("preserveAspectRatio", "none");
    this.#overlay();
  }

  #overlay(): void {
    const now = this.#now();
    if (this.#drawn === undefined || now === undefined) return;
    const { overlay } = this.#drawn;
    // what is empty has no box and hears no clicks
    const parts: SVGElement[] = [svgElement("rect", { width: now.width, height: now.height, class: "ground" })];
    for (const { path } of this.#orbits) parts.push(...orbitElements(path, now));
    if (this.#selected !== undefined && 2 * this.#selected < this.#places.length) {
      const [cx, cy] = this.#at(now, this.#selected);
      parts.push(
        svgElement("circle", { cx, cy, r: 9, class: "halo" }),
        svgElement("circle", { cx, cy, r: 9, class: "ring" }),
      );
    }
    const [x, y] = [now.width / 2, now.height / 2];
    parts.push(svgElement("path", { d: `M${x - 8} ${y}h16M${x} ${y - 8}v16`, class: "crosshair" }));
    overlay.replaceChildren(...parts);
  }

  #at(frame: Frame, point: number): [number, number] {
    return toArea(frame, [this.#places[2 * point], this.#places[2 * point + 1]]);
  }

  /** The place of an event in the area's units, and how many of them a pixel is. */
  #locate({
    clientX,
    clientY,
  }: {
    clientX: number;
    clientY: number;
  }): { at: [number, number]; unit: number } | undefined {
    if (this.#drawn === undefined) return undefined;
    const { overlay, frame } = this.#drawn;
    const box = overlay.firstElementChild!.getBoundingClientRect();
    const unit = frame.width / box.width;
    return { at: [(clientX - box.left) * unit, (clientY - box.top) * unit], unit };
  }

  /** The point nearest to a place of the area, if it is near. */
  #pointAt([p, q]: readonly [number, number], frame: Frame, reach: number): number | undefined {
    let best: number | undefined;
    let least = reach;
    for (let i = 0; 2 * i < this.#places.length; i++) {
      const [x, y] = this.#at(frame, i);
      const d = Math.hypot(x - p, y - q);
      if (d <= least) [best, least] = [i, d];
    }
    return best;
  }

  #click(event: PointerEvent): void {
    const now = this.#now();
    const place = this.#locate(event);
    if (now === undefined || place === undefined) return;
    const [p, q] = place.at;
    if (p < 0 || q < 0 || p > now.width || q > now.height) return;
    const point = this.#pointAt(place.at, now, NEAR * place.unit);
    if (point === undefined) this.#events.onStart(toData(now, place.at));
    else this.#events.onSelect(point);
  }

  #listen(): void {
    const pointers = new Map<number, PointerEvent>();
    let travelled = 0;
    this.#place.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.#drawn === undefined) return;
      this.#place.setPointerCapture(event.pointerId);
      if (pointers.size === 0) travelled = 0;
      pointers.set(event.pointerId, event);
    });
    this.#place.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      const now = this.#now();
      const place = this.#locate(event);
      if (now === undefined || place === undefined) return;
      if (before === undefined) {
        const over = this.#pointAt(place.at, now, NEAR * place.unit) !== undefined;
        this.#place.classList.toggle("over-point", over);
        return;
      }
      const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
      const others = [...pointers].filter(([id]) => id !== event.pointerId);
      travelled += Math.hypot(dx, dy);
      if (others.length > 0) {
        const other = others[0][1];
        const spread = (e: PointerEvent): number => Math.hypot(e.clientX - other.clientX, e.clientY - other.clientY);
        const between = this.#locate({
          clientX: (event.clientX + other.clientX) / 2,
          clientY: (event.clientY + other.clientY) / 2,
        });
        if (between && spread(before) > 0) this.zoom(spread(event) / spread(before), toData(now, between.at));
      } else if (travelled >= STILL) this.#move(panned(now, dx * place.unit, dy * place.unit));
      else return;
      pointers.set(event.pointerId, event);
    });
    const up = (event: PointerEvent): void => {
      if (pointers.delete(event.pointerId) && pointers.size === 0 && travelled < STILL && event.type === "pointerup")
        this.#click(event);
    };
    this.#place.addEventListener("pointerup", up);
    this.#place.addEventListener("pointercancel", up);
    this.#place.addEventListener(
      "wheel",
      (event) => {
        const now = this.#now();
        const place = this.#locate(event);
        // the wheel alone scrolls the page
        if (!(event.ctrlKey || event.metaKey) || now === undefined || place === undefined) return;
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY * 0.003), toData(now, place.at));
      },
      { passive: false },
    );
    this.#place.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event: KeyboardEvent): void {
    const now = this.#now();
    if (now === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = (right: number, down: number): void =>
      this.#move(panned(now, -right * PAN_STEP * now.width, -down * PAN_STEP * now.height));
    const count = this.#places.length / 2;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => pan(-1, 0),
      ArrowRight: () => pan(1, 0),
      ArrowUp: () => pan(0, -1),
      ArrowDown: () => pan(0, 1),
      "+": () => this.zoomIn(),
      "=": () => this.zoomIn(),
      "-": () => this.zoomOut(),
      "0": () => this.showAll(),
      n: () => count > 0 && this.#events.onSelect(((this.#selected ?? -1) + 1) % count),
      p: () => count > 0 && this.#events.onSelect(((this.#selected ?? 0) + count - 1) % count),
      Enter: () => this.#events.onStart(middle(now.view)),
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
}

function frameOf(area: SVGSVGElement): Frame {
  const extent = (text: string | undefined): View["x"] => {
    const [from, to] = (text ?? "").split(" ").map(Number);
    return { from, to };
  };
  return {
    width: area.width.baseVal.value,
    height: area.height.baseVal.value,
    view: { x: extent(area.dataset.x), y: extent(area.dataset.y) },
  };
}

/** A path with its start marked; steps so long that lines would mislead get points too. */
function orbitElements(path: Float64Array, frame: Frame): SVGElement[] {
  const points = Array.from({ length: path.length / 2 }, (_, i) => toArea(frame, [path[2 * i], path[2 * i + 1]]));
  const d = points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${clamped(x)} ${clamped(y)}`).join("");
  const [cx, cy] = points[0];
  const steps = points.slice(1).map(([x, y], i) => Math.hypot(x - points[i][0], y - points[i][1]));
  const long = steps.filter((length) => length > 6).length > 0.02 * steps.length;
  const dots = long ? points.slice(1, 400) : [];
  return [
    svgElement("path", { d, class: "orbit-halo" }),
    svgElement("path", { d, class: "orbit" }),
    ...dots.map(([x, y]) => svgElement("circle", { cx: clamped(x), cy: clamped(y), r: 1.7, class: "orbit-step" })),
    svgElement("circle", { cx: clamped(cx), cy: clamped(cy), r: 3.2, class: "orbit-start" }),
  ];
}

/** A place far outside, kept within what an SVG renderer takes. */
function clamped(x: number): string {
  return Math.min(1e5, Math.max(-1e5, x)).toFixed(2);
}
