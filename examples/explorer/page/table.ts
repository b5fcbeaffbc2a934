import { element } from "./dom.ts";
import { plural } from "./format.ts";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Node | string;
  /** What to sort by. */
  readonly value: (row: Row) => number | string;
  readonly numeric?: boolean;
}

/** Rows that are shown at first, and at each "more". */
const PAGE = 200;

/** A table that is sorted by its headings, with one row selected: by a click, or by the button that each row begins with. */
export class SortableTable<Row> {
  readonly #place: HTMLElement;
  readonly #caption: string;
  readonly #onSelect: (index: number) => void;
  #columns: readonly Column<Row>[] = [];
  #rows: readonly Row[] = [];
  #selected: number | undefined;
  #sort = { column: 0, descending: false };
  #shown = PAGE;
  #body: HTMLTableSectionElement | undefined;

  /** @param onSelect is told the index of the row as `show` was given it. */
  constructor(place: HTMLElement, caption: string, onSelect: (index: number) => void) {
    this.#place = place;
    this.#caption = caption;
    this.#onSelect = onSelect;
    place.addEventListener("keydown", (event) => this.#move(event));
  }

  show(columns: readonly Column<Row>[], rows: readonly Row[], selected: number | undefined): void {
    if (columns.length !== this.#columns.length) this.#sort = { column: 0, descending: false };
    this.#columns = columns;
    this.#rows = rows;
    this.#selected = selected;
    this.#render();
  }

  select(index: number | undefined): void {
    this.#selected = index;
    for (const row of this.#body?.rows ?? []) this.#mark(row);
  }

  #render(): void {
    // what had the focus has it again
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.focus : undefined;
    const head = element("tr", {}, ...this.#columns.map((column, c) => this.#heading(column, c)));
    this.#body = element(
      "tbody",
      {},
      ...this.#order()
        .slice(0, this.#shown)
        .map((index) => this.#row(index)),
    );
    const caption = element("caption", { class: "unseen" }, this.#caption);
    const more = this.#rows.length - this.#shown;
    this.#place.replaceChildren(
      element("table", {}, caption, element("thead", {}, head), this.#body),
      ...(more > 0 ? [this.#moreButton(more)] : []),
    );
    if (focused !== undefined)
      this.#place.querySelector<HTMLElement>(`[data-focus="${focused}"]`)?.focus({ preventScroll: true });
  }

  #order(): number[] {
    const { column, descending } = this.#sort;
    const { value } = this.#columns[column];
    const values = this.#rows.map(value);
    const compare = (a: number | string, b: number | string): number =>
      typeof a === "string" || typeof b === "string"
        ? `${a}`.localeCompare(`${b}`, "en", { numeric: true })
        : a - b || Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    const order = [...values.keys()].sort((i, j) => compare(values[i], values[j]) || i - j);
    return descending ? order.reverse() : order;
  }

  #heading({ title, numeric }: Column<Row>, c: number): HTMLTableCellElement {
    const { column, descending } = this.#sort;
    const sorted = column === c ? (descending ? "descending" : "ascending") : undefined;
    const button = element("button", { type: "button", "data-focus": `head-${c}` }, title);
    button.addEventListener("click", () => {
      this.#sort = { column: c, descending: column === c && !descending };
      this.#render();
    });
    return element("th", { scope: "col", "aria-sort": sorted, class: numeric ? "number" : undefined }, button);
  }

  #row(index: number): HTMLTableRowElement {
    const [first, ...others] = this.#columns;
    const button = element("button", { type: "button", "data-focus": `row-${index}` }, first.cell(this.#rows[index]));
    const row = element(
      "tr",
      { "data-index": `${index}` },
      element("th", { scope: "row", class: first.numeric ? "number" : undefined }, button),
      ...others.map(({ cell, numeric }) =>
        element("td", { class: numeric ? "number" : undefined }, cell(this.#rows[index])),
      ),
    );
    row.addEventListener("click", () => this.#onSelect(index));
    this.#mark(row);
    return row;
  }

  #mark(row: HTMLTableRowElement): void {
    const selected = row.dataset.index === `${this.#selected}`;
    row.classList.toggle("selected", selected);
    row.querySelector("button")?.setAttribute("aria-pressed", `${selected}`);
  }

  #moreButton(more: number): HTMLButtonElement {
    const button = element("button", { type: "button", class: "more" }, `Show more (${plural(more, "row")} left)`);
    button.addEventListener("click", () => {
      this.#shown += PAGE;
      this.#render();
    });
    return button;
  }

  /** The arrow keys go from row to row. */
  #move(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const row = event.target instanceof Element ? event.target.closest("tbody tr") : null;
    if (step === 0 || row === null) return;
    const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
    const button = next?.querySelector("button");
    if (!button) return;
    event.preventDefault();
    button.focus();
    button.click();
  }
}
