import type { View } from "../../../src/plot/index.ts";
import type { DrawOptions, Frame3, Orbit, RunOptions } from "../protocol.ts";
import { Branches } from "./branches.ts";
import { ExpectedError, type WorkerClient } from "./client.ts";
import { byId } from "./dom.ts";
import type { Entry } from "./entry.ts";
import { plural, shortNumber, vector } from "./format.ts";
import { textOf } from "./messages.ts";
import { inPageWords } from "./page-words.ts";
import { PictureView } from "./picture.ts";
import { turned } from "./turning.ts";

/** Trajectories kept on the picture. */
const MAX_ORBITS = 12;
const COORDINATE_FREE = "lively";
/** How much larger letters are on the page than in a figure in print, where small ones have 10 units. */
const ENLARGED = 1.15;
/** A picture is drawn anew when the window has kept its size so long. */
const RESIZED_MILLISECONDS = 200;

type PictureName = DrawOptions["picture"];

const PICTURE_NAMES: Readonly<Record<PictureName, string>> = {
  state: "State space",
  eigenvalues: "Eigenvalues",
  masks: "Masks",
  branches: "Branches over an input",
  training: "Fixed points over training",
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
  readonly #branches: Branches;
  #entry: Entry | undefined;
  /** The models that were opened together. */
  #all: readonly Entry[] = [];
  #point: number | undefined;
  #picture: PictureName = "state";
  #plane: DrawOptions["plane"] = "pca";
  /** The directions of a projection that was turned. */
  #frame: Frame3 | undefined;
  #framing = false;
  #orbits: readonly Orbit[] = [];
  #drawing: Drawing | undefined;
  #svg: string | undefined;

  /** @param period that cycles are found up to. @param onSelect a point was clicked. */
  constructor(desk: WorkerClient, options: () => RunOptions, period: () => number, onSelect: (point: number) => void) {
    this.#desk = desk;
    this.#branches = new Branches(desk, options, period, () => void this.#draw(undefined));
    this.#view = new PictureView(html("picture"), {
      onView: (view) => void this.#draw(view),
      onSelect,
      onStart: (place) => void this.#startOrbit(place),
      onTurn: (right, down) => void this.#turn(right, down),
    });
    this.#listen();
  }

  /** What is drawn, as an SVG document. */
  get svg(): string | undefined {
    return this.#svg;
  }

  get picture(): PictureName {
    return this.#picture;
  }

  /** Another model, or the same one with another result. */
  show(entry: Entry, all: readonly Entry[]): void {
    this.#all = all;
    if (entry !== this.#entry) {
      this.#entry = entry;
      this.#plane = "pca";
      this.#frame = undefined;
      this.#view.reset();
      this.#view.selectCycle(undefined);
      this.#clearOrbits();
      this.#branches.show(entry);
    }
    if (!this.#isOffered(this.#picture)) this.#choosePicture("state");
    this.#showTools();
    if (entry.result === undefined) {
      this.#svg = undefined;
      this.#view.clear();
      return;
    }
    void this.#draw(this.#view.view);
    void this.#redoOrbits();
  }

  /** Others of the models have results: there may be a picture of them all. */
  offer(all: readonly Entry[]): void {
    this.#all = all;
    this.#showTools();
    if (this.#picture === "training") void this.#draw(undefined);
  }

  /** No model. */
  clear(): void {
    this.#entry = undefined;
    this.#svg = undefined;
    this.#view.clear();
    this.#clearOrbits();
  }

  select(point: number | undefined): void {
    this.#point = point;
    this.#view.select(point);
  }

  selectCycle(cycle: number | undefined): void {
    this.#view.selectCycle(cycle);
  }

  /** What is attached to the model has changed. */
  redraw(): void {
    void this.#draw(this.#view.view);
  }

  /** The desk died, and has lost what was attached. */
  forget(): void {
    this.#branches.forget();
  }

  #isOffered(picture: PictureName): boolean {
    if (picture === "branches") return (this.#entry?.card?.input.length ?? 0) > 0;
    return picture !== "training" || this.#checkpoints().length > 1;
  }

  /** The models that may be checkpoints of one training run: those of the size of the current one. */
  #checkpoints(): readonly Entry[] {
    const own = this.#entry?.card;
    if (own === undefined) return [];
    return this.#all.filter(
      ({ card, result }) =>
        result !== undefined && card?.latentDim === own.latentDim && card.hyperplanes === own.hyperplanes,
    );
  }

  /** Of the drawings that are asked for while one is made, only the last is made. */
  async #draw(view: View | undefined): Promise<void> {
    if (this.#drawing !== undefined) {
      this.#drawing.again = { view };
      return;
    }
    const drawing: Drawing = { again: undefined };
    this.#drawing = drawing;
    const [entry, picture, plane] = [this.#entry, this.#picture, this.#plane];
    try {
      if (entry?.result === undefined) return;
      if (picture === "branches" && !(await this.#follow(entry))) return;
      const options = this.#drawOptions(entry, picture, view);
      const drawn = await this.#desk.call("draw", { key: entry.key, options });
      if (drawing.again !== undefined || this.#entry !== entry) return;
      this.#svg = drawn.svg;
      this.#view.show(drawn);
      this.#view.setOrbits(this.#orbits);
      this.select(this.#point);
      html("picture").setAttribute("aria-label", `${PICTURE_NAMES[picture]} of ${entry.name}`);
      if (plane !== this.#plane) drawing.again = { view };
    } catch (error) {
      if (this.#entry === entry) this.#fail(error);
    } finally {
      this.#drawing = undefined;
      if (drawing.again !== undefined) void this.#draw(drawing.again.view);
    }
  }

  /** The sweep of a picture of branches. @returns whether it is there, and still wanted */
  async #follow(entry: Entry): Promise<boolean> {
    const isThere = await this.#branches.follow(entry, (text) => {
      if (this.#picture === "branches") html("picture-status").textContent = text;
    });
    return isThere && this.#entry === entry && this.#picture === "branches";
  }

  #drawOptions(entry: Entry, picture: PictureName, view: View | undefined): DrawOptions {
    const chosen = select("coordinate").value;
    const coordinate = chosen === COORDINATE_FREE ? undefined : Number(chosen);
    // what is not shown has no width
    const maxWidth = html("picture").clientWidth / ENLARGED || undefined;
    if (picture === "branches") return { picture, coordinate, at: this.#branches.at(entry), maxWidth };
    if (picture === "training")
      return { picture, coordinate, keys: this.#checkpoints().map(({ key }) => key), maxWidth };
    return { picture, plane: this.#plane, view: picture === "state" ? view : undefined, maxWidth };
  }

  /** A picture that can't be drawn leaves none of another state behind. */
  #fail(error: unknown): void {
    this.#svg = undefined;
    this.#view.clear();
    html("picture-status").textContent = inPageWords(error instanceof ExpectedError ? error.message : textOf(error));
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
      this.#fail(error);
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
      this.#fail(error);
    }
  }

  #clearOrbits(): void {
    this.#setOrbits([]);
    html("picture-status").textContent = "";
  }

  #setOrbits(orbits: readonly Orbit[]): void {
    this.#orbits = orbits;
    this.#view.setOrbits(orbits);
    button("clear").disabled = orbits.length === 0;
  }

  /** Turns the projection: the first turn begins with the plane that is shown. */
  async #turn(right: number, down: number): Promise<void> {
    const entry = this.#entry;
    if (entry?.result === undefined || this.#framing) return;
    if (this.#frame === undefined) {
      this.#framing = true;
      try {
        this.#frame = await this.#desk.call("frame", { key: entry.key, plane: this.#plane });
      } catch (error) {
        this.#fail(error);
      } finally {
        this.#framing = false;
      }
      this.#view.reset();
    }
    if (this.#frame === undefined || this.#entry !== entry) return;
    this.#frame = turned(this.#frame, right, down);
    this.#plane = { across: this.#frame.across, up: this.#frame.up };
    this.#showTools();
    void this.#draw(this.#view.view);
    void this.#redoOrbits();
  }

  #showTools(): void {
    const R = this.#entry?.card?.latentDim ?? 0;
    const still = this.#picture !== "state";
    const coordinates = (): HTMLOptionElement[] => Array.from({ length: R }, (_, k) => new Option(`z${k}`, `${k}`));
    for (const each of document.querySelectorAll<HTMLElement>("[data-picture]")) {
      each.hidden = !this.#isOffered(each.dataset.picture as PictureName);
    }
    html("plane-label").hidden = still || R < 3;
    html("coordinate-label").hidden = (this.#picture !== "branches" && this.#picture !== "training") || R < 2;
    html("branch-label").hidden = this.#picture !== "branches";
    html("picture-help").hidden = still;
    for (const id of ["zoom-in", "zoom-out", "zoom-all", "clear"]) html(id).hidden = still;
    this.#view.canTurn = !still && R >= 3;
    html("turn").hidden = !this.#view.canTurn;
    if (select("coordinate").options.length !== R + 1) {
      select("coordinate").replaceChildren(new Option("liveliest", COORDINATE_FREE), ...coordinates());
    }
    if (R >= 3) this.#showPlane(coordinates);
  }

  #showPlane(coordinates: () => HTMLOptionElement[]): void {
    const [x, y] = [select("plane-x"), select("plane-y")];
    const list = coordinates();
    if (y.options.length !== list.length) {
      const byHand = new Option("turned", "turned");
      byHand.hidden = true;
      x.replaceChildren(new Option("PCA", "pca"), byHand, ...list);
      y.replaceChildren(...coordinates());
    }
    const plane = this.#plane ?? "pca";
    const pair = plane === "pca" || "across" in plane ? undefined : plane;
    y.hidden = pair === undefined;
    x.value = pair === undefined ? (plane === "pca" ? "pca" : "turned") : `${pair[0]}`;
    if (pair !== undefined) y.value = `${pair[1]}`;
  }

  #choosePicture(picture: PictureName): void {
    this.#picture = picture;
    html("picture-status").textContent = "";
    for (const each of document.querySelectorAll<HTMLElement>("[data-picture]")) {
      each.setAttribute("aria-pressed", `${each.dataset.picture === picture}`);
    }
  }

  #changePicture(picture: PictureName): void {
    this.#choosePicture(picture);
    this.#showTools();
    void this.#draw(this.#view.view);
  }

  #changePlane(): void {
    const [x, y] = [select("plane-x").value, Number(select("plane-y").value)];
    const before = this.#plane;
    if (x === "pca") this.#plane = "pca";
    else {
      const first = Number(x);
      const other = first === 0 ? 1 : 0;
      const hadPair = before !== undefined && before !== "pca" && !("across" in before);
      this.#plane = [first, !hadPair || y === first ? other : y];
    }
    this.#frame = undefined;
    this.#view.reset();
    this.#showTools();
    void this.#draw(undefined);
    void this.#redoOrbits();
  }

  #listen(): void {
    for (const each of document.querySelectorAll<HTMLElement>("[data-picture]"))
      each.addEventListener("click", () => this.#changePicture(each.dataset.picture as PictureName));
    for (const id of ["plane-x", "plane-y"]) select(id).addEventListener("change", () => this.#changePlane());
    select("coordinate").addEventListener("change", () => void this.#draw(undefined));
    button("zoom-in").addEventListener("click", () => this.#view.zoomIn());
    button("zoom-out").addEventListener("click", () => this.#view.zoomOut());
    button("zoom-all").addEventListener("click", () => this.#view.showAll());
    button("clear").addEventListener("click", () => this.#clearOrbits());
    let resized: number | undefined;
    window.addEventListener("resize", () => {
      window.clearTimeout(resized);
      resized = window.setTimeout(() => this.redraw(), RESIZED_MILLISECONDS);
    });
    button("turn").addEventListener("click", () => {
      this.#view.turns = !this.#view.turns;
      button("turn").setAttribute("aria-pressed", `${this.#view.turns}`);
    });
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
