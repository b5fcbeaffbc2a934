import type { ConnectedSet, Continuum, Result } from "../../base/result.ts";
import { formatCount, plural } from "../../base/words.ts";

/** The number of coordinates that a text shows of a point or a direction; JSON has all. */
export const SHOWN_COORDINATES = 6;
const SHOWN_CONTINUA = 20;

const SHAPES = ["point", "line", "plane"];

/**
 * Continua as lines for people: the first twenty, and the number of the others. Continua of one connected set stand
 * under one heading.
 */
export function describeContinua({ continua, connectedSets }: Pick<Result, "continua" | "connectedSets">): string[] {
  const sets = connectedSets?.map((set) => ({ set, members: set.continua.map((c) => continua[c]!) }));
  const groups = sets ?? continua.map((continuum) => ({ set: undefined, members: [continuum] }));
  const lines: string[] = [];
  let shown = 0;
  for (const { set, members } of groups) {
    if (shown === SHOWN_CONTINUA) break;
    const together = set !== undefined && members.length > 1;
    if (together) lines.push(`  ${describeSet(set, members)}`);
    const some = members.slice(0, SHOWN_CONTINUA - shown);
    lines.push(...some.map((continuum) => `${together ? "    " : "  "}${describeContinuum(continuum)}`));
    shown += some.length;
  }
  if (continua.length > shown) lines.push(`  … and ${formatCount(continua.length - shown)} more`);
  return lines;
}

/** "3 continua", "4 continua in 1 connected set". */
export function countContinua({ continua, connectedSets }: Pick<Result, "continua" | "connectedSets">): string {
  const count = plural(continua.length, "continuum", "continua");
  if (connectedSets === undefined || connectedSets.length === continua.length) return count;
  return `${count} in ${plural(connectedSets.length, "connected set")}`;
}

function describeSet({ bounded, closed }: ConnectedSet, members: readonly Continuum[]): string {
  const kinds = new Map<string, number>();
  for (const continuum of members) kinds.set(kindOf(continuum), (kinds.get(kindOf(continuum)) ?? 0) + 1);
  const parts = [...kinds].map(([kind, count]) => plural(count, kind));
  const last = parts.pop()!;
  const of = parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
  return closed ? `closed ring of ${of}:` : `connected set of ${of}, ${bounded ? "bounded" : "unbounded"}:`;
}

function kindOf({ dimension, ends }: Continuum): string {
  if (dimension > 2) return `${dimension}-dimensional piece`;
  if (dimension === 2) return "plane piece";
  if (ends === undefined || ends.omitted !== undefined) return "line piece";
  return ["line", "ray", "segment"][ends.vertices.length]!;
}

function describeContinuum(continuum: Continuum): string {
  const { point, basis, regions, dimension, ends } = continuum;
  const where = `, in ${plural(regions.length, "region")}`;
  const along = basis.map(describeVector).join(", ");
  const whole = `through ${describeVector(point)} along ${along}`;
  const shape = SHAPES[dimension] ?? `${dimension}-dimensional space`;
  const piece = `piece of a ${shape} ${whole}`;
  // results of earlier versions don't say where a continuum ends
  if (continuum.pieces === undefined) return piece + where;
  if (dimension > 1) return extentOf(continuum, shape, whole, piece) + where;
  if (ends?.omitted !== undefined) return `${piece}, with an end ${ends.omitted}${where}`;
  const [first, second] = ends!.vertices.map(describeVector);
  if (second !== undefined) return `segment from ${first} to ${second}${where}`;
  if (first !== undefined) return `ray from ${first} along ${describeVector(ends!.rays[0]!)}${where}`;
  return `line ${whole}${where}`;
}

/** The extent of a piece of dimension two or more. */
function extentOf(
  { dimension, bounded, pieceCount, pieces }: Continuum,
  shape: string,
  whole: string,
  piece: string,
): string {
  const size = bounded ? "bounded" : "unbounded";
  if (pieceCount > 1) return `${piece}, ${size}, of ${formatCount(pieceCount)} convex pieces`;
  const { vertices, rays, lines, omitted } = pieces[0]!;
  if (omitted !== undefined) return `${piece}, ${size}`;
  if (lines.length === dimension) return `whole ${shape} ${whole}`;
  // a piece that contains a line has no vertex
  if (lines.length > 0) return `${piece}, ${size}, with lines along ${lines.map(describeVector).join(", ")}`;
  const corners = plural(vertices.length, "vertex", "vertices");
  return `${piece}, ${size}, with ${corners}${rays.length === 0 ? "" : ` and ${plural(rays.length, "ray")}`}`;
}

function describeVector(x: readonly number[]): string {
  const shown = x.slice(0, SHOWN_COORDINATES).map(formatNumber);
  return `(${[...shown, ...(x.length > SHOWN_COORDINATES ? ["…"] : [])].join(", ")})`;
}

/** Six significant digits, without trailing zeros. */
export function formatNumber(x: number): string {
  return `${Number(x.toPrecision(6))}`;
}
