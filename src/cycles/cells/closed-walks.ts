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
export function onClosedWalks({ dim: R, count: n, cells, first, last }: CellGraph): Uint8Array {
  const size = cells.length;
  const placeOf = new Int32Array(n ** R).fill(-1);
  for (let v = 0; v < size; v++) placeOf[cells[v]!] = v;
  const found = new Uint8Array(size);
  /** The order in which cells are met, from 1 on; the least that is known to be reached; whether on the stack. */
  const order = new Int32Array(size);
  const least = new Int32Array(size);
  const stacked = new Uint8Array(size);
  const stack = new Int32Array(size);
  let height = 0;
  const path = new Int32Array(size);
  /** The next of a cell's range. */
  const index = new Int32Array(size * R);
  let met = 0;
  const meet = (v: number) => {
    order[v] = ++met;
    least[v] = met;
    stacked[v] = 1;
    stack[height++] = v;
    for (let i = 0; i < R; i++) index[v * R + i] = first[v * R + i]!;
  };
  /** The place of the next cell that v leads to, or −1 at the end of its range. */
  const nextOf = (v: number): number => {
    const at = v * R;
    while (index[at + R - 1]! <= last[at + R - 1]!) {
      let cell = 0;
      for (let i = R - 1; i >= 0; i--) cell = cell * n + index[at + i]!;
      index[at]!++;
      for (let i = 0; i < R - 1 && index[at + i]! > last[at + i]!; i++) {
        index[at + i] = first[at + i]!;
        index[at + i + 1]!++;
      }
      if (placeOf[cell]! >= 0) return placeOf[cell]!;
    }
    return -1;
  };
  for (let root = 0; root < size; root++) {
    if (order[root] !== 0) continue;
    let depth = 0;
    path[0] = root;
    meet(root);
    while (depth >= 0) {
      const v = path[depth]!;
      const w = nextOf(v);
      if (w === v) found[v] = 1;
      if (w >= 0 && order[w] === 0) {
        path[++depth] = w;
        meet(w);
      } else if (w >= 0) {
        if (stacked[w] === 1) least[v] = Math.min(least[v]!, order[w]!);
      } else {
        depth--;
        if (depth >= 0) least[path[depth]!] = Math.min(least[path[depth]!]!, least[v]!);
        if (least[v] !== order[v]) continue;
        const isLarge = stack[height - 1] !== v;
        for (;;) {
          const member = stack[--height]!;
          stacked[member] = 0;
          if (isLarge) found[member] = 1;
          if (member === v) break;
        }
      }
    }
  }
  return found;
}
