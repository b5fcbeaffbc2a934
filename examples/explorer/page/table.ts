import { element } from "./dom.ts";
import { plural } from "./format.ts";

export interface Column<Row> {
  readonly title: string;
  /** A node is made anew only where `value` has changed. */
  readonly cell: (row: Row) => Node | string;
  /** What to sort by. */
  readonly value: (row: Row) => number | string;
  readonly numeric?: boolean;
}

/** Rows that are shown at first, and added by "more". */
const FIRST_ROWS = 50;
const MORE_ROWS = 500;

/** A row on the page, and what its cells say. */
interface Line {
  readonly element: HTMLTableRowElement;
  readonly said: (string | number)[];
}

/**
 * A table that is sorted by its headings, with one row selected: by a click, or by the button that each row begins
 * with.
 */
export class SortableTable<Row> {
  readonly #place: HTMLElement;
  readonly #caption: string;
  readonly #onSelect: (index: number) => void;
  #columns: readonly Column<Row>[] = [];
  #rows: readonly Row[] = [];
  #selected: number | undefined;
  #sort = { column: 0, descending: false };
  #shown = FIRST_ROWS;
  /** The rows on the page, by index, in their order. */
  #lines = new Map<number, Line>();

  /** @param onSelect is told the index of the row as `show` was given it. */
  constructor(place: HTMLElement, caption: string, onSelect: (index: number) => void) {
    this.#place = place;
    this.#caption = caption;
    this.#onSelect = onSelect;
    place.addEventListener("keydown", (event) => this.#move(event));
  }

  show(columns: readonly Column<Row>[], rows: readonly Row[], selected: number | undefined): void {
    const same =
      columns.length === this.#columns.length && columns.every((c, i) => c.title === this.#columns[i]!.title);
    if (!same) this.#sort = { column: 0, descending: false };
    this.#columns = columns;
    this.#rows = rows;
    const order = this.#order().slice(0, this.#shown);
    const stays = rows.length <= this.#shown || this.#lines.size === this.#shown;
    if (same && stays && order.length === this.#lines.size && [...this.#lines.keys()].every((i, k) => i === order[k])) {
      for (const [index, line] of this.#lines) this.#write(line, rows[index]!);
      this.select(selected);
      return;
    }
    this.#selected = selected;
    this.#render();
  }

  select(index: number | undefined): void {
    const before = this.#selected;
    this.#selected = index;
    for (const each of [before, index]) if (each !== undefined) this.#mark(each);
  }

  #render(): void {
    // what had the focus has it again
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.focus : undefined;
    const head = element("tr", {}, ...this.#columns.map((column, c) => this.#heading(column, c)));
    const order = this.#order().slice(0, this.#shown);
    this.#lines = new Map(order.map((index) => [index, this.#line(index)]));
    const body = element("tbody", {}, ...[...this.#lines.values()].map((line) => line.element));
    const caption = element("caption", { class: "unseen" }, this.#caption);
    const more = this.#rows.length - this.#shown;
    this.#place.replaceChildren(
      element("table", {}, caption, element("thead", {}, head), body),
      ...(more > 0 ? [this.#moreButton(more)] : []),
    );
    if (this.#selected !== undefined) this.#mark(this.#selected);
    if (focused !== undefined)
      this.#place.querySelector<HTMLElement>(`[data-focus="${focused}"]`)?.focus({ preventScroll: true });
  }

  #order(): number[] {
    const { column, descending } = this.#sort;
    const { value } = this.#columns[column]!;
    const values = this.#rows.map(value);
    const compare = (a: number | string, b: number | string): number =>
      typeof a === "string" || typeof b === "string"
        ? `${a}`.localeCompare(`${b}`, "en", { numeric: true })
        : a - b || Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    const order = [...values.keys()].sort((i, j) => compare(values[i]!, values[j]!) || i - j);
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

  #line(index: number): Line {
    const [first, ...others] = this.#columns;
    const button = element("button", { type: "button", "data-focus": `row-${index}`, "aria-pressed": "false" });
    const row = element(
      "tr",
      {},
      element("th", { scope: "row", class: first!.numeric ? "number" : undefined }, button),
      ...others.map(({ title, numeric }) =>
        element("td", { class: numeric ? "number" : undefined, "data-title": title }),
      ),
    );
    row.addEventListener("click", () => this.#onSelect(index));
    const line = { element: row, said: [] };
    this.#write(line, this.#rows[index]!);
    return line;
  }

  /** Writes what has changed: most of a table stays as it is while a batch is solved. */
  #write({ element: row, said }: Line, data: Row): void {
    this.#columns.forEach(({ cell, value }, c) => {
      const content = cell(data);
      const says = typeof content === "string" ? content : value(data);
      if (Object.is(said[c], says)) return;
      said[c] = says;
      (c === 0 ? row.cells[0]!.firstElementChild! : row.cells[c]!).replaceChildren(content);
    });
  }

  #mark(index: number): void {
    const row = this.#lines.get(index)?.element;
    const selected = index === this.#selected;
    row?.classList.toggle("selected", selected);
    row?.querySelector("button")?.setAttribute("aria-pressed", `${selected}`);
  }

  #moreButton(more: number): HTMLButtonElement {
    const button = element("button", { type: "button", class: "more" }, `Show more (${plural(more, "row")} left)`);
    button.addEventListener("click", () => {
      this.#shown += MORE_ROWS;
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
