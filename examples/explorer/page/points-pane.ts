import type { Analysis, FixedPoint } from "../../../src/index.ts";
import type { WorkerClient } from "./client.ts";
import { pointColumns } from "./columns.ts";
import { continuaOf } from "./continua.ts";
import { detailsOf } from "./details.ts";
import { byId, element } from "./dom.ts";
import type { Entry } from "./entry.ts";
import { plural } from "./format.ts";
import { complain } from "./messages.ts";
import { SortableTable } from "./table.ts";

const html = (id: string): HTMLElement => byId(id, HTMLElement);

/** The table of the current model's fixed points, and what is known of the selected one. */
export class PointsPane {
  readonly #desk: WorkerClient;
  readonly #table: SortableTable<FixedPoint>;
  readonly #onSelect: (point: number | undefined) => void;
  #entry: Entry | undefined;
  #point: number | undefined;

  /** @param onSelect hears which point is selected, or that none is */
  constructor(desk: WorkerClient, onSelect: (point: number | undefined) => void) {
    this.#desk = desk;
    this.#onSelect = onSelect;
    this.#table = new SortableTable<FixedPoint>(html("points"), "Fixed points", (i) => this.choose(i));
  }

  /** @param entry another model, the same one with another result, or none */
  show(entry: Entry | undefined): void {
    if (entry !== this.#entry) this.#point = undefined;
    this.#entry = entry;
    const { result, card } = entry ?? {};
    const points = result?.fixedPoints ?? [];
    if (this.#point !== undefined && this.#point >= points.length) this.#point = undefined;
    html("points-title").textContent = plural(points.length, "fixed point");
    html("points").hidden = points.length === 0;
    this.#table.show(pointColumns(points, card?.time ?? "discrete"), points, this.#point);
    html("continua").replaceChildren(...continuaOf(result));
    void this.#showDetails();
  }

  choose(point: number): void {
    this.#point = point;
    this.#table.select(point);
    void this.#showDetails();
  }

  async #showDetails(): Promise<void> {
    const [entry, i] = [this.#entry, this.#point];
    const result = entry?.result;
    this.#onSelect(i);
    if (entry === undefined || result === undefined || i === undefined) {
      html("details-title").textContent = "No point selected";
      html("details").replaceChildren(element("p", { class: "hint" }, "Select one in a picture or in the table."));
      return;
    }
    const show = (analysis: Analysis | undefined): void => {
      html("details-title").textContent = `Point ${i}`;
      html("details").replaceChildren(...detailsOf(result, result.fixedPoints[i]!, analysis));
    };
    show(undefined);
    try {
      const analysis = await this.#desk.call("analyse", { key: entry.key, point: i });
      if (this.#entry === entry && this.#point === i && entry.result === result) show(analysis);
    } catch (error) {
      complain(entry.name, error);
    }
  }
}
