import { TwinBoxFilter } from "../../src/cpu/filter-boxes.ts";
import { filterUnits } from "../../src/search/units/filter-units.ts";
import type { UnitTable } from "../../src/search/units/units.ts";
import { type BoxFilter, type BoxUnits, BoxVerdict, type FilteredBoxes } from "../../src/stages/box-filter.ts";
import { random } from "../regions/arrangements.ts";
import { residual, someUnits } from "../search/kernel/tables.ts";
import { assert, type Body, same } from "./assert.ts";

type BoxBody = Body<BoxFilter>;

const DIMENSIONS = [1, 2, 3, 4, 5, 6] as const;
/** How far a nearness may differ: the functionals solve systems that float32 may know to a hundredth only. */
const NEARNESS_TOLERANCE = 0.05;
/** Sums of some dozens of positive numbers. */
const SPREAD_TOLERANCE = 1e-4;

/** So many boxes of all sizes, as rows of centre and half-widths; some flat. */
export function someBoxes(R: number, count: number, seed: number): Float32Array<ArrayBuffer> {
  const next = random(seed);
  const boxes = new Float32Array(2 * R * count);
  for (let i = 0; i < count; i++) {
    const size = 2 ** (1 - (i % 20));
    for (let k = 0; k < R; k++) {
      boxes[2 * R * i + k] = 2 * next() - 1;
      boxes[2 * R * i + R + k] = k > 0 && i % 7 === 0 ? 0 : size * (0.5 + next());
    }
  }
  return boxes;
}

/** Boxes of all sizes with a point in them, often near a face. */
function boxesRound(point: readonly number[], count: number, seed: number): Float32Array<ArrayBuffer> {
  const R = point.length;
  const next = random(seed);
  const boxes = new Float32Array(2 * R * count);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < R; k++) {
      const half = Math.fround(2 ** (1 - (i % 24)) * (0.5 + next()));
      const centre = Math.fround(point[k] + half * (i % 3 === 0 ? 0.999 * Math.sign(next() - 0.5) : 2 * next() - 1));
      boxes[2 * R * i + k] = centre;
      // rounding may have left the point outside
      boxes[2 * R * i + R + k] = Math.max(half, Math.abs(point[k] - centre) * (1 + 2 ** -22));
    }
  }
  return boxes;
}

/** Where two runs of a filter say different things of the same boxes, beyond what rounding explains. */
export function compareBoxes(got: FilteredBoxes, expected: FilteredBoxes): string[] {
  const complaints: string[] = [];
  const count = expected.verdicts.length;
  const R = expected.spread.length / count;
  for (let i = 0; i < count; i++) {
    const [near, wanted] = [got.nearness[i], expected.nearness[i]];
    if (!(Math.abs(near - wanted) <= NEARNESS_TOLERANCE * Math.max(1, wanted))) {
      complaints.push(`box ${i}: nearness ${near}, not ${wanted}`);
    }
    const decided = Math.abs(wanted - 1) > 2 * NEARNESS_TOLERANCE;
    if (decided && ((got.verdicts[i] ^ expected.verdicts[i]) & BoxVerdict.empty) !== 0) {
      complaints.push(`box ${i}: verdict ${got.verdicts[i]}, not ${expected.verdicts[i]}`);
    }
    // a kink may lie on an end of its range
    if (Math.abs(got.undecided[i] - expected.undecided[i]) > 1) {
      complaints.push(`box ${i}: ${got.undecided[i]} undecided units, not ${expected.undecided[i]}`);
    }
    for (let k = 0; k < R; k++) {
      const [one, other] = [got.spread[i * R + k], expected.spread[i * R + k]];
      if (!(Math.abs(one - other) <= SPREAD_TOLERANCE * (other + 2 ** -20))) {
        complaints.push(`box ${i}: spread ${one}, not ${other}, of coordinate ${k}`);
      }
    }
  }
  return complaints;
}

/** The table as a filter takes it, of boxes in the cube of size 4. */
export function unitsOf(table: UnitTable): BoxUnits {
  const units = filterUnits(table, 4);
  if (units === undefined) throw new Error("the filter does not take this table");
  return units;
}

async function filterOnce(
  filter: BoxFilter,
  units: BoxUnits,
  boxes: Float32Array<ArrayBuffer>,
): Promise<FilteredBoxes> {
  const out = await filter.filter(units, boxes);
  filter.release(units);
  return out;
}

const asTheTwin: BoxBody[] = DIMENSIONS.map((R) => ({
  name: `the box filter says in ${R} dimensions what its twin says`,
  async run(filter) {
    const twin = new TwinBoxFilter();
    let empty = 0;
    let kept = 0;
    for (let seed = 1; seed <= 4; seed++) {
      const table = someUnits(R, seed);
      const units = unitsOf(seed === 4 && R > 1 ? withoutFirst(table) : table);
      const boxes = someBoxes(R, 100, seed);
      const got = await filterOnce(filter, units, boxes);
      same(compareBoxes(got, await twin.filter(units, boxes)), []);
      for (const verdict of got.verdicts) {
        if (verdict & BoxVerdict.empty) empty++;
        else kept++;
      }
    }
    assert(empty > 20 && kept > 20, `${empty} boxes empty and ${kept} kept`);
  },
}));

/** The table with nothing in the first component of G but its constant. */
function withoutFirst(table: UnitTable): UnitTable {
  const { dim: R, stride } = table;
  const data = table.data.map((x, at) => (at % stride === R ? 0 : x));
  return { ...table, data, M: table.M.map((x, at) => (at < R ? 0 : x)) };
}

/** The table with k moved so that G(z) = 0. */
export function withZero(table: UnitTable, z: readonly number[]): UnitTable {
  const k = table.k.slice();
  residual(table, z).forEach((value, i) => {
    k[i] -= value;
  });
  return { ...table, k };
}

/** Kinks and coordinates far out, so that sums cancel: G about a point `far` away. */
function shifted(table: UnitTable, far: number): UnitTable {
  const { dim: R, count, data, stride } = table;
  const moved = data.slice();
  const offsetBound = table.offsetBound.slice();
  for (let j = 0; j < count; j++) {
    const by = moved.subarray(j * stride, j * stride + R).reduce((sum, u) => sum + u * far, 0);
    for (let i = 0; i < 2; i++) moved[j * stride + 2 * R + i] += by;
    offsetBound[j] += 4 * Math.abs(by);
  }
  return { ...table, data: moved, offsetBound };
}

const neverDiscards: BoxBody[] = [0, 1000].map((far) => ({
  name: `the box filter never discards a box that holds a zero${far === 0 ? "" : `, ${far} from the origin`}`,
  async run(filter) {
    let settled = 0;
    for (let seed = 1; seed <= 36; seed++) {
      const R = DIMENSIONS[seed % DIMENSIONS.length];
      const next = random(seed);
      const zero = Array.from({ length: R }, () => far + 2 * next() - 1);
      const table = withZero(shifted(someUnits(R, seed), far), zero);
      const units = filterUnits(table, far + 8);
      assert(units !== undefined, "the filter does not take the table");
      const { verdicts } = await filterOnce(filter, units, boxesRound(zero, 96, seed));
      verdicts.forEach((verdict, i) => {
        assert((verdict & BoxVerdict.empty) === 0, `seed ${seed}: box ${i} holds a zero and was discarded`);
        if ((verdict & BoxVerdict.blurred) === 0) settled++;
      });
    }
    // not by saying nothing
    assert(settled > 500, `only ${settled} boxes were not blurred`);
  },
}));

const discardsWithout: BoxBody = {
  name: "the box filter discards the same boxes once the zero is gone",
  async run(filter) {
    const zero = [0.25, -0.5, 0.125];
    const table = withZero(someUnits(3, 7), zero);
    const boxes = boxesRound(zero, 96, 7);
    const { verdicts } = await filterOnce(filter, unitsOf({ ...table, k: table.k.map((x) => x + 100) }), boxes);
    assert(
      verdicts.every((verdict) => verdict & BoxVerdict.empty),
      "some were kept",
    );
  },
};

/** The parity tests of the box filter. */
export const boxBodies: readonly BoxBody[] = [...asTheTwin, ...neverDiscards, discardsWithout];
