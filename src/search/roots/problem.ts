import { isFit, type UnitTable, unitTable } from "../units/units.ts";
import type { SearchSystem } from "./search-system.ts";

/** A system to search in, with the data that its boxes share. */
export interface SearchProblem {
  readonly system: SearchSystem;
  readonly table: UnitTable;
  /** The coordinate that is τ, or −1. No fixed point has τ ≤ 0. */
  readonly horizon: number;
  /**
   * Whether the bounds of float64 hold for this table (bounds.ts). If not, no box is searched: the hyperplanes are left
   * to the regions method.
   */
  readonly fit: boolean;
  /** Whether a region's matrix in this system is regular iff M + VᵀDU of the original system is. */
  readonly faithful: boolean;
}

/** @param table of the system, if it has been made already. */
export function searchProblem(
  system: SearchSystem,
  horizon: number,
  faithful: boolean,
  table: UnitTable = unitTable(system),
): SearchProblem {
  return { system, table, horizon, fit: isFit(table), faithful };
}

export interface Box {
  /** Coordinates with lo = hi are fixed: never split, never moved. */
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

/** Ā and b̄ of bounds.ts times `accumulation`. */
export interface ErrorBounds {
  readonly matrix: Float64Array;
  readonly constant: Float64Array;
}

/**
 * A box that is still to be done, with the decisions of the boxes that it was cut from: all data that a worker needs.
 */
export interface OpenBox extends Box {
  readonly M: Float64Array;
  readonly k: Float64Array;
  /** Undecided units. */
  readonly undecided: Int32Array;
  /** The piece of each unit; meaningless for undecided units. */
  readonly pieces: Int32Array;
  /** Share of the whole search's volume. */
  readonly share: number;
  /** How near the functional of the box that it is a part of came to discarding that box: 0 to 1. */
  readonly nearness: number;
  readonly stale: number;
  readonly attempts: number;
  readonly errors: ErrorBounds;
  /** Boxes near this one in which everything has been found. */
  readonly done: readonly Box[];
}

/** A system of few hyperplanes that splitting does not settle, for the regions method. */
export interface Leaf {
  /** Hyperplanes of the problem that are undecided; the others have the bits of `mask`. */
  readonly hyperplanes: readonly number[];
  readonly mask: Uint32Array;
}
