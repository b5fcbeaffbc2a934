/** Ranges of cells of a grid, n along each of R coordinates, from each of some cells. */
export interface CellGraph {
  /** R. */
  readonly dim: number;
  /** n. */
  readonly count: number;
  /** Σ index_i n^i, one for each cell. */
  readonly cells: Int32Array;
  /** First and last index of the cells that each leads to, R numbers each. Only cells of the graph count. */
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/**
 * Which cells of a graph lie on a closed walk: those of strongly connected components of more than one cell, and those
 * that lead to themselves (Tarjan, Depth-first search and linear graph algorithms, 1972, with a stack of its own).
 */
export function onClosedWalks(graph: CellGraph): Uint8Array {
  const search = new ClosedWalks(graph);
  for (let root = 0; root < graph.cells.length; root++) search.from(root);
  return search.found;
}

class ClosedWalks {
  readonly found: Uint8Array;
  readonly #graph: CellGraph;
  readonly #placeOf: Int32Array;
  /** The order in which cells are met, from 1 on; the least that is known to be reached; whether on the stack. */
  readonly #order: Int32Array;
  readonly #least: Int32Array;
  readonly #stacked: Uint8Array;
  readonly #stack: Int32Array;
  readonly #path: Int32Array;
  /** The next of a cell's range. */
  readonly #index: Int32Array;
  #height = 0;
  #met = 0;

  constructor(graph: CellGraph) {
    const { dim: R, count: n, cells } = graph;
    const size = cells.length;
    this.#graph = graph;
    this.#placeOf = new Int32Array(n ** R).fill(-1);
    for (let v = 0; v < size; v++) this.#placeOf[cells[v]!] = v;
    this.found = new Uint8Array(size);
    this.#order = new Int32Array(size);
    this.#least = new Int32Array(size);
    this.#stacked = new Uint8Array(size);
    this.#stack = new Int32Array(size);
    this.#path = new Int32Array(size);
    this.#index = new Int32Array(size * R);
  }

  /** Goes through all cells that a cell leads to, unless it was met. */
  from(root: number): void {
    const [order, least, path] = [this.#order, this.#least, this.#path];
    if (order[root] !== 0) return;
    let depth = 0;
    path[0] = root;
    this.#meet(root);
    while (depth >= 0) {
      const v = path[depth]!;
      const w = this.#nextOf(v);
      if (w === v) this.found[v] = 1;
      if (w >= 0 && order[w] === 0) {
        path[++depth] = w;
        this.#meet(w);
      } else if (w >= 0) {
        if (this.#stacked[w] === 1) least[v] = Math.min(least[v]!, order[w]!);
      } else {
        depth--;
        if (depth >= 0) least[path[depth]!] = Math.min(least[path[depth]!]!, least[v]!);
        if (least[v] === order[v]) this.#takeComponent(v);
      }
    }
  }

  #meet(v: number): void {
    const { dim: R, first } = this.#graph;
    this.#order[v] = ++this.#met;
    this.#least[v] = this.#met;
    this.#stacked[v] = 1;
    this.#stack[this.#height++] = v;
    for (let i = 0; i < R; i++) this.#index[v * R + i] = first[v * R + i]!;
  }

  /** The place of the next cell that v leads to, or −1 at the end of its range. */
  #nextOf(v: number): number {
    const { dim: R, count: n, first, last } = this.#graph;
    const index = this.#index;
    const at = v * R;
    while (index[at + R - 1]! <= last[at + R - 1]!) {
      let cell = 0;
      for (let i = R - 1; i >= 0; i--) cell = cell * n + index[at + i]!;
      index[at]!++;
      for (let i = 0; i < R - 1 && index[at + i]! > last[at + i]!; i++) {
        index[at + i] = first[at + i]!;
        index[at + i + 1]!++;
      }
      if (this.#placeOf[cell]! >= 0) return this.#placeOf[cell]!;
    }
    return -1;
  }

  /** Takes the component of v, all that is on the stack from v on. */
  #takeComponent(v: number): void {
    const isLarge = this.#stack[this.#height - 1] !== v;
    let member: number;
    do {
      member = this.#stack[--this.#height]!;
      this.#stacked[member] = 0;
      if (isLarge) this.found[member] = 1;
    } while (member !== v);
  }
}
