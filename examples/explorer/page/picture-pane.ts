import type { View } from "../../../src/plot/index.ts";
import type { DrawOptions, Orbit } from "../protocol.ts";
import type { WorkerClient } from "./client.ts";
import { byId } from "./dom.ts";
import type { Entry } from "./entry.ts";
import { plural, shortNumber, vector } from "./format.ts";
import { complain } from "./messages.ts";
import { PictureView } from "./picture.ts";

/** Trajectories kept on the picture. */
const MAX_ORBITS = 12;

const PICTURE_NAMES: Readonly<Record<DrawOptions["picture"], string>> = {
  state: "State space",
  eigenvalues: "Eigenvalues",
  masks: "Masks",
};

/** A drawing under way, and the view that is wanted after it. */
interface Drawing {
  again: { readonly view: View | undefined } | undefined;
}

const button = (id: string): HTMLButtonElement => byId(id, HTMLButtonElement);
const select = (id: string): HTMLSelectElement => byId(id, HTMLSelectElement);
const html = (id: string): HTMLElement => byId(id, HTMLElement);

/** The pictures of the current model, with their tools and trajectories. */
export class PicturePane {
  readonly #desk: WorkerClient;
  readonly #view: PictureView;
  #entry: Entry | undefined;
  #point: number | undefined;
  #picture: DrawOptions["picture"] = "state";
  #plane: DrawOptions["plane"] = "pca";
  #orbits: readonly Orbit[] = [];
  #drawing: Drawing | undefined;
  #svg: string | undefined;

  /** @param onSelect a point was clicked. */
  constructor(desk: WorkerClient, onSelect: (point: number) => void) {
    this.#desk = desk;
    this.#view = new PictureView(html("picture"), {
      onView: (view) => void this.#draw(view),
      onSelect,
      onStart: (place) => void this.#startOrbit(place),
    });
    this.#listen();
  }

  /** What is drawn, as an SVG document. */
  get svg(): string | undefined {
    return this.#svg;
  }

  /** Another model, or the same one with another result. */
  show(entry: Entry): void {
    if (entry !== this.#entry) {
      this.#entry = entry;
      this.#plane = "pca";
      this.#view.reset();
      this.#clearOrbits();
    }
    this.#showTools();
    if (entry.result === undefined) {
      this.#svg = undefined;
      html("picture").replaceChildren();
      return;
    }
    void this.#draw(this.#view.view);
    void this.#redoOrbits();
  }

  select(point: number | undefined): void {
    this.#point = point;
    this.#view.select(this.#picture === "state" ? point : undefined);
  }

  /** Of the drawings that are asked for while one is made, only the last is made. */
  async #draw(view: View | undefined): Promise<void> {
    if (this.#drawing !== undefined) {
      this.#drawing.again = { view };
      return;
    }
    const drawing: Drawing = { again: undefined };
    this.#drawing = drawing;
    const [entry, picture] = [this.#entry, this.#picture];
    try {
      if (entry?.result === undefined) return;
      const options = { picture, plane: this.#plane, view: picture === "state" ? view : undefined };
      const drawn = await this.#desk.call("draw", { key: entry.key, options });
      if (drawing.again !== undefined) return;
      this.#svg = drawn.svg;
      this.#view.show(drawn);
      this.#view.setOrbits(picture === "state" ? this.#orbits : []);
      this.select(this.#point);
      html("picture").setAttribute("aria-label", `${PICTURE_NAMES[picture]} of ${entry.name}`);
    } catch (error) {
      complain(entry?.name ?? "Picture", error);
    } finally {
      this.#drawing = undefined;
      if (drawing.again !== undefined) void this.#draw(drawing.again.view);
    }
  }

  async #startOrbit(place: readonly [number, number]): Promise<void> {
    const entry = this.#entry;
    if (entry?.result === undefined) return;
    try {
      const start = { place, plane: this.#plane, through: this.#point };
      const orbit = await this.#desk.call("orbit", { key: entry.key, start });
      if (this.#entry !== entry) return;
      this.#setOrbits([...this.#orbits, orbit].slice(-MAX_ORBITS));
      html("picture-status").textContent = orbitText(orbit, entry.card?.time === "continuous");
    } catch (error) {
      complain(entry.name, error);
    }
  }

  /** The trajectories again, as another plane or another input has them. */
  async #redoOrbits(): Promise<void> {
    const [entry, plane] = [this.#entry, this.#plane];
    if (entry?.result === undefined || this.#orbits.length === 0) return;
    const starts = this.#orbits.map(({ start }) => start);
    try {
      const orbits = await Promise.all(
        starts.map((start) => this.#desk.call("project", { key: entry.key, start, plane })),
      );
      if (this.#entry === entry && this.#plane === plane) this.#setOrbits(orbits);
    } catch (error) {
      complain(entry.name, error);
    }
  }

  #clearOrbits(): void {
    this.#setOrbits([]);
    html("picture-status").textContent = "";
  }

  #setOrbits(orbits: readonly Orbit[]): void {
    this.#orbits = orbits;
    this.#view.setOrbits(this.#picture === "state" ? orbits : []);
    button("clear").disabled = orbits.length === 0;
  }

  #showTools(): void {
    const R = this.#entry?.card?.latentDim ?? 0;
    const still = this.#picture !== "state";
    html("plane-label").hidden = still || R < 3;
    html("picture-help").hidden = still;
    for (const id of ["zoom-in", "zoom-out", "zoom-all"]) button(id).disabled = still;
    if (R < 3) return;
    const [x, y] = [select("plane-x"), select("plane-y")];
    if (y.options.length !== R) {
      const coordinates = (): HTMLOptionElement[] => Array.from({ length: R }, (_, k) => new Option(`z${k}`, `${k}`));
      x.replaceChildren(new Option("PCA", "pca"), ...coordinates());
      y.replaceChildren(...coordinates());
    }
    const plane = this.#plane ?? "pca";
    y.hidden = plane === "pca";
    x.value = plane === "pca" ? "pca" : `${plane[0]}`;
    if (plane !== "pca") y.value = `${plane[1]}`;
  }

  #changePicture(picture: DrawOptions["picture"]): void {
    this.#picture = picture;
    for (const each of document.querySelectorAll<HTMLElement>("[data-picture]"))
      each.setAttribute("aria-pressed", `${each.dataset.picture === picture}`);
    this.#showTools();
    void this.#draw(this.#view.view);
  }

  #changePlane(): void {
    const [x, y] = [select("plane-x").value, Number(select("plane-y").value)];
    if (x === "pca") this.#plane = "pca";
    else {
      const first = Number(x);
      const other = first === 0 ? 1 : 0;
      this.#plane = [first, this.#plane === "pca" || y === first ? other : y];
    }
    this.#view.reset();
    this.#showTools();
    void this.#draw(undefined);
    void this.#redoOrbits();
  }

  #listen(): void {
    for (const each of document.querySelectorAll<HTMLElement>("[data-picture]"))
      each.addEventListener("click", () => this.#changePicture(each.dataset.picture as DrawOptions["picture"]));
    for (const id of ["plane-x", "plane-y"]) select(id).addEventListener("change", () => this.#changePlane());
    button("zoom-in").addEventListener("click", () => this.#view.zoomIn());
    button("zoom-out").addEventListener("click", () => this.#view.zoomOut());
    button("zoom-all").addEventListener("click", () => this.#view.showAll());
    button("clear").addEventListener("click", () => this.#clearOrbits());
  }
}

function orbitText({ start, steps, end }: Orbit, continuous: boolean): string {
  const from = `From ${vector(start)}`;
  const after = `after ${continuous ? `${shortNumber(steps / 10)} time constants` : plural(steps, "step")}`;
  if (typeof end === "object") return `${from} to point ${end.point}, ${after}.`;
  switch (end) {
    case "rest":
      return `${from}: comes to rest at no listed point, ${after}.`;
    case "left":
      return `${from}: leaves every bound, ${after}.`;
    case "moving":
      return `${from}: still moving ${after}.`;
  }
}
