import { type Binary, NOTHING, opposite, product, sum, UNIT } from "./binary.ts";
import { type AffineMap, type Arrangement, affineMap, arrangementOf, bitsOfCell, constraintsOfSlab } from "./cells.ts";
import { type Cone, cutCone, wholeSpace } from "./cone.ts";
import type { Equation, Form } from "./equation.ts";
import { dot, integerRow, reducedEchelon } from "./integers.ts";

/**
 * The equation in kR dimensions of the orbits with F^k(z_0) = z_0: row block t + 1 is F(z_t) − z_{t+1}. Units and
 * hyperplanes of point t follow those of point t − 1.
 */
export function blockEquation(equation: Equation, k: number): Equation {
  const { latentDim: R, arguments: units, G } = equation;
  const at = ({ one, z, units: own }: Form, t: number): Form => ({
    one,
    z: Array.from({ length: k * R }, (_, i) => (Math.floor(i / R) === t ? z[i % R]! : NOTHING)),
    units: new Map([...own].map(([unit, weight]) => [t * units.length + unit, weight])),
  });
  const image = (form: Form, i: number, t: number): Form => {
    const moved = at(form, t);
    const z = [...moved.z];
    z[t * R + i] = sum(z[t * R + i]!, UNIT);
    const next = ((t + 1) % k) * R + i;
    z[next] = sum(z[next]!, opposite(UNIT));
    return { ...moved, z };
  };
  return {
    ...equation,
    latentDim: k * R,
    arguments: Array.from({ length: k }, (_, t) => units.map((unit) => at(unit, t))).flat(),
    G: Array.from({ length: k }, (_, n) => G.map((form, i) => image(form, i, (n + k - 1) % k))).flat(),
  };
}

/** The most words of which the closed cells are looked at. */
const MOST_WORDS = 2_000_000;

/**
 * The slabs at each step of every word whose closed cells may hold an orbit: those of regular words hold one. Depth
 * first over z_0 in exact arithmetic: a word is left as soon as no z_0 has its first letters.
 */
export function* wordsWithOrbits(equation: Equation, k: number): Generator<number[][]> {
  const R = equation.latentDim;
  const arrangement = arrangementOf(equation);
  const { directions } = arrangement;
  const maps = new Map<string, AffineMap>();
  const mapOf = (cell: readonly number[]) => {
    const name = cell.join();
    let map = maps.get(name);
    if (map === undefined) {
      map = withIdentity(affineMap(equation, bitsOfCell(arrangement, cell)));
      maps.set(name, map);
    }
    return map;
  };
  let tried = 0;
  const apex = [...new Array<bigint>(R).fill(0n), 1n];
  interface Part {
    readonly cone: Cone;
    readonly rows: readonly (readonly bigint[])[];
  }
  const cutBy = (part: Part, row: readonly bigint[]): Part | undefined => {
    const cone = cutCone(part.cone, row, part.rows);
    // no ray above infinity
    return cone.rays.some((ray) => ray[R]! > 0n) ? { cone, rows: [...part.rows, row] } : undefined;
  };
  function* from(
    word: readonly number[][],
    cell: readonly number[],
    composed: AffineMap,
    part: Part,
  ): Generator<number[][]> {
    const i = cell.length;
    if (i < directions.length) {
      const { cuts } = directions[i]!;
      for (let slab = 0; slab <= cuts.length; slab++) {
        let next: Part | undefined = part;
        for (const row of constraintsOfSlab(directions[i]!, slab)) next = next && cutBy(next, through(row, composed));
        if (next !== undefined) yield* from(word, [...cell, slab], composed, next);
      }
      return;
    }
    if (++tried > MOST_WORDS) throw new RangeError(`the oracle tries at most ${MOST_WORDS} words`);
    const after = compose(mapOf(cell), composed);
    const longer = [...word, [...cell]];
    if (longer.length < k) yield* from(longer, [], after, part);
    else if (mayClose(after, part.rows)) yield longer;
  }
  const all = cutBy({ cone: wholeSpace(R + 1), rows: [] }, apex)!;
  yield* from([], [], identity(R), all);
}

/** Whether F^k(z) = z has a solution with all rows ≥ 0, or a singular matrix. */
function mayClose(after: AffineMap, rows: readonly (readonly bigint[])[]): boolean {
  const R = after.length;
  const equations = after.map((row, i) => integerRow(row.map((x, k) => (k === i ? sum(x, opposite(UNIT)) : x))));
  const solved = reducedEchelon(equations, R);
  if (solved.pivots.length < R) return true;
  const side = solved.d < 0n ? -1n : 1n;
  const point = [...solved.rows.map((row) => -side * row[R]!), side * solved.d];
  return rows.every((row) => dot(row, point) >= 0n);
}

function identity(R: number): AffineMap {
  return Array.from({ length: R }, (_, i) => Array.from({ length: R + 1 }, (_, k) => (i === k ? UNIT : NOTHING)));
}

function withIdentity(map: AffineMap): AffineMap {
  return map.map((row, i) => row.map((x, k) => (i === k ? sum(x, UNIT) : x)));
}

/** first after second. */
function compose(first: AffineMap, second: AffineMap): AffineMap {
  const R = second.length;
  return first.map((row) =>
    Array.from({ length: R + 1 }, (_, k) =>
      row.slice(0, R).reduce((total, x, l) => sum(total, product(x, second[l]![k]!)), k === R ? row[R]! : NOTHING),
    ),
  );
}

/** A row over (F^t(z), 1) as one over (z, 1). */
function through(row: readonly bigint[], map: AffineMap): bigint[] {
  const whole: Binary[] = row.map((m) => ({ m, e: 0 }));
  return integerRow(compose([whole], map)[0]!);
}

/** The cell of the block arrangement that a word is. @param own the arrangement of the map itself. */
export function blockCell(block: Arrangement, own: Arrangement, word: readonly (readonly number[])[]): number[] {
  const R = block.directions.length === 0 ? 0 : block.directions[0]!.normal.length / word.length;
  return block.directions.map(({ normal }) => {
    const t = Math.floor(normal.findIndex((x) => x !== 0n) / R);
    const name = normal.slice(t * R, t * R + R).join();
    return word[t]![own.directions.findIndex((each) => each.normal.join() === name)]!;
  });
}
