import { describe, expect, it } from "vitest";
import { DualSimplex, strideOf } from "../../../src/cycles/orbits/dual-simplex.ts";
import { type Elimination, LoopElimination, wasmElimination } from "../../../src/cycles/orbits/elimination-kernel.ts";
import { polyhedronOf } from "../../../src/exact/polyhedron.ts";
import { toNumber } from "../../../src/exact/rational.ts";
import { maximise } from "../../../src/exact/simplex.ts";
import { Random } from "../../support/random.ts";

/** Bounds and costs are small integers, and so are rows: the exact programs are in integers, too. */
function draw(random: Random) {
  const columns = random.integer(1, 6);
  const rows = random.integer(1, 8);
  const stride = strideOf(columns);
  const T = new Float64Array(rows * stride);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) T[i * stride + j] = random.integer(-3, 3);
  const program = new DualSimplex(rows, columns, T);
  for (let v = 0; v < rows + columns; v++) {
    program.lower[v] = random.integer(-6, 2);
    program.upper[v] = program.lower[v]! + random.integer(0, 8);
    program.cost[v] = random.integer(-3, 3);
  }
  return { program, T, rows, columns, stride };
}

/** The least cost in integers; undefined if no point keeps all bounds. */
function exactly({ program, T, rows, columns, stride }: ReturnType<typeof draw>): number | undefined {
  const normals: bigint[][] = [];
  const bounds: bigint[] = [];
  const objective = new Array<bigint>(columns).fill(0n);
  for (let v = 0; v < rows + columns; v++) {
    const row = Array.from({ length: columns }, (_, j) =>
      BigInt(v < columns ? Number(v === j) : T[(v - columns) * stride + j]!),
    );
    normals.push(
      row,
      row.map((x) => -x),
    );
    bounds.push(BigInt(program.upper[v]!), -BigInt(program.lower[v]!));
    row.forEach((x, j) => {
      objective[j]! -= BigInt(program.cost[v]!) * x;
    });
  }
  const result = maximise(polyhedronOf(columns, normals, bounds), objective);
  return result.status === "optimal" ? -toNumber(result.value) : undefined;
}

const costOf = (program: DualSimplex) => program.cost.reduce((sum, c, v) => sum + c * program.at(v), 0);

describe("the dual simplex method", () => {
  it("agrees with exact programs, from any basis", () => {
    const random = Random.of(1, "simplex");
    let empty = 0;
    for (let i = 0; i < 600; i++) {
      const each = draw(random);
      const { program, rows, columns } = each;
      for (let again = 0; again < 3; again++) {
        program.begin(500);
        const status = program.run(500);
        const exact = exactly(each);
        expect(status).toBe(exact === undefined ? "infeasible" : "optimal");
        if (exact !== undefined) {
          expect(costOf(program)).toBeCloseTo(exact, 8);
          for (let v = 0; v < rows + columns; v++) {
            expect(program.at(v)).toBeGreaterThan(program.lower[v]! - 1e-8);
            expect(program.at(v)).toBeLessThan(program.upper[v]! + 1e-8);
          }
        } else empty++;
        const v = random.integer(0, rows + columns - 1);
        program.cost[v] = random.integer(-3, 3);
        program.upper[v] = program.lower[v]! + random.integer(0, 8);
      }
    }
    expect(empty).toBeGreaterThan(200);
    expect(empty).toBeLessThan(1600);
  });

  it("gives multipliers that are 0 on all solutions, and that show emptiness", () => {
    const random = Random.of(2, "multipliers");
    for (let i = 0; i < 300; i++) {
      const { program, T, rows, columns, stride } = draw(random);
      program.begin(500);
      const status = program.run(500);
      const delta = new Float64Array(rows + columns);
      program.multipliers(status === "infeasible", delta);
      for (let j = 0; j < columns; j++) {
        let sum = delta[j]!;
        for (let r = 0; r < rows; r++) sum += delta[columns + r]! * T[r * stride + j]!;
        expect(Math.abs(sum)).toBeLessThan(1e-9);
      }
      if (status !== "infeasible") continue;
      const least = delta.reduce((sum, d, v) => sum + (d > 0 ? d * program.lower[v]! : d * program.upper[v]!), 0);
      expect(least).toBeGreaterThan(0);
    }
  });

  it("goes back to its first basis", () => {
    const { program, T, columns } = draw(Random.of(3, "refresh"));
    program.begin(500);
    program.run(500);
    program.refresh();
    expect([...program.T]).toEqual([...T]);
    expect(program.outside[0]).toBe(0);
    expect(program.place[columns]).toBe(0);
  });
});

describe("the inner loop of a pivot", () => {
  it("gives the same numbers in WebAssembly and in loops, bit for bit", () => {
    const random = Random.of(4, "elimination");
    let changed = 0;
    for (let i = 0; i < 100; i++) {
      const rows = random.integer(1, 9);
      const stride = 2 * random.integer(1, 8);
      const kernels: Elimination[] = [wasmElimination(rows, stride)!, new LoopElimination(rows, stride)];
      const numbers = random.vector(rows * stride, () => (random.unit() < 0.3 ? 0 : random.real()));
      const row = random.integer(0, rows - 1);
      const column = random.integer(0, stride - 1);
      const [wasm, loops] = kernels.map((kernel) => {
        kernel.T.set(numbers);
        kernel.eliminate(row, column);
        return [...kernel.T];
      });
      expect(wasm).toEqual(loops);
      if (loops!.some((x, at) => x !== numbers[at])) changed++;
    }
    expect(changed).toBeGreaterThan(50);
  });
});
