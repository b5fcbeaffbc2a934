import type { Result } from "../../../src/index.ts";
import { element } from "./dom.ts";
import { plural, vector } from "./format.ts";

const SHAPES = ["point", "line", "plane"];

/** The continua of a result as a list; nothing if there are none. */
export function continuaOf(result: Result | undefined): HTMLElement[] {
  const continua = result?.continua ?? [];
  if (continua.length === 0) return [];
  const items = continua.map(({ dimension, point, basis, regions }) => {
    const shape = SHAPES[dimension] ?? `${dimension}-dimensional continuum`;
    const along = basis.map((row) => vector(row)).join(", ");
    const where = plural(regions.length, "region");
    return element("li", {}, `Piece of a ${shape} through ${vector(point)} along ${along}, in ${where}`);
  });
  return [element("h3", {}, plural(continua.length, "continuum", "continua")), element("ul", {}, ...items)];
}
