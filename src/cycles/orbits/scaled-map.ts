import { type OrbitMap, orbitMap } from "../../check/orbits/orbit-map.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { coordinateExponents } from "../../search/roots/roots.ts";
import { searchSystem } from "../../search/roots/search-system.ts";
import { Parallels } from "./parallels.ts";

/**
 * The cube |w_i| ≤ 1 is that of the search of boxes, halved: what is outside belongs to the sides, which are quickly
 * done, and programs in a small cube are tighter.
 */
const ROOM = -1;

/** The exponents e of scaled coordinates z_i = 2^{e_i} w_i. */
export function orbitExponents(system: PiecewiseLinearSystem, room = ROOM): number[] {
  return Array.from(coordinateExponents(searchSystem(system)), (x) => x + room);
}

/** A map in coordinates of its size, with all that is known of its parallel units. */
export function scaledMap(system: PiecewiseLinearSystem, room = ROOM): OrbitMap {
  const map = orbitMap(system, orbitExponents(system, room));
  return { ...map, parallels: new Parallels(map.exact) };
}
