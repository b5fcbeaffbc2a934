import { describe, expect, it } from "vitest";
import { toNumber } from "../../../src/model/dyadic.ts";
import { ExactArray } from "../../../src/model/system.ts";
import { BoxAudit } from "../../../src/search/audit/audit.ts";
import { exactlyExcludes, type ParallelUnit } from "../../../src/search/audit/exact-audit.ts";
import { RejectionAudit } from "../../../src/search/audit/rejection-audit.ts";
import { halfWidth, type Kernel, LoopKernel, middle, Verdict } from "../../../src/search/kernel/kernel.ts";
import { kernelFor } from "../../../src/search/kernel/wasm-kernel.ts";
import { BoxSearch } from "../../../src/search/queue/box-search.ts";
import { emptyTally } from "../../../src/search/queue/tally.ts";
import { type Box, type SearchProblem, searchProblem } from "../../../src/search/roots/problem.ts";
import { rootsOf } from "../../../src/search/roots/roots.ts";
import { searchSystem } from "../../../src/search/roots/search-system.ts";
import { arrangementOf } from "../../regions/arrangements.ts";
import { plant, valueAt } from "../../support/planted.ts";
import { Random } from "../../support/random.ts";
import { boxRound, scaled } from "../kernel/enclosures.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

const centreOf = ({ lo, hi }: Box) => lo.map((x, i) => middle(x, hi[i]!));
const halvesOf = ({ lo, hi }: Box) => lo.map((x, i) => halfWidth(x, hi[i]!, middle(x, hi[i]!)));

/** Every hyperplane as a unit of its own. */
function unitsOf({ system }: SearchProblem): ParallelUnit[] {
  return Array.from({ length: system.count }, (_, j) => ({ lead: j, hyperplanes: [j] }));
}

/** All of a search, with every discarded box looked at again. */
function searchAll(problem: SearchProblem, box: Box, kernel: Kernel, every = 1) {
  const tally = emptyTally();
  const events = { emit: () => {}, leaf: () => true, special: () => false };
  const search = new BoxSearch(problem, kernel, events, tally, new RejectionAudit(problem, every));
  search.start(box, 1);
  search.step(3000);
  return tally;
}

describe("an audit of discarded boxes", () => {
  it("confirms no functional on a box with a zero, whatever the scales", { timeout: 1_000_000 }, () => {
    const random = Random.of(2, "audit");
    let tried = 0;
    for (let i = 0; i < (FULL ? 20_000 : 400); i++) {
      const { system, zero } = scaled(plant(random, 1 + (i % 4)), 0.75);
      const problem = searchProblem(system, -1, true);
      if (!problem.fit || valueAt(system, zero).some(({ m }) => m !== 0n)) continue;
      const audit = new BoxAudit(problem);
      const kernel = new LoopKernel(problem.table);
      for (let n = 0; n < 10; n++) {
        const box = boxRound(random, zero);
        kernel.workspace.lo.set(box.lo);
        kernel.workspace.hi.set(box.hi);
        kernel.workspace.M.set(problem.table.M);
        kernel.workspace.k.set(problem.table.k);
        for (let j = 0; j < problem.table.count; j++) kernel.workspace.undecided[j] = j;
        // without error bounds, so that it discards what it should not
        kernel.enclose(problem.table.count);
        const own = kernel.workspace.y.slice();
        for (const y of [own, random.vector(zero.length, () => random.real())]) {
          expect(audit.confirms(y, centreOf(box), halvesOf(box))).toBe(false);
          tried++;
        }
      }
    }
    expect(tried).toBeGreaterThan(1000);
  });

  it("confirms what a sweep discards by the sweep's slopes, and not by others", () => {
    let swept = 0;
    let byOthers = 0;
    for (const { problem, box } of rootsOf(searchSystem(arrangementOf("clipped", 150, 4, 3)))) {
      const audit = new BoxAudit(problem);
      const kernel = kernelFor(problem.table);
      const { workspace } = kernel;
      const random = Random.of(3, "swept");
      for (let n = 0; n < 3000 && swept < 40; n++) {
        const from = box.lo.map((lo, i) => lo + random.unit() * (box.hi[i]! - lo));
        const to = from.map((lo, i) =>
          Math.min(box.hi[i]!, lo + (box.hi[i]! - box.lo[i]!) * 2 ** -random.integer(1, 4)),
        );
        workspace.lo.set(from);
        workspace.hi.set(to);
        workspace.M.set(problem.table.M);
        workspace.k.set(problem.table.k);
        workspace.matrixError.fill(2 ** -40);
        workspace.constantError.fill(2 ** -40);
        for (let j = 0; j < problem.table.count; j++) workspace.undecided[j] = j;
        const verdict = kernel.enclose(problem.table.count);
        if (verdict !== Verdict.EMPTY || workspace.swept[0] !== 1) continue;
        swept++;
        const lines = { units: workspace.undecided, slopes: workspace.slopes, count: kernel.count };
        expect(audit.confirms(workspace.y, workspace.c, workspace.r, lines)).toBe(true);
        const turned = { ...lines, slopes: workspace.slopes.map((a) => 1 - a) };
        if (audit.confirms(workspace.y, workspace.c, workspace.r, turned)) byOthers++;
      }
    }
    expect(swept).toBeGreaterThan(5);
    expect(byOthers).toBeLessThan(swept);
  });

  it("confirms every box that a search discards, in floats and in rationals", () => {
    let discarded = 0;
    for (const kind of ["generic", "clipped", "duplicates", "scaled"] as const) {
      for (let R = 1; R <= 4; R++) {
        for (const { problem, box } of rootsOf(searchSystem(arrangementOf(kind, 150, R, 3)))) {
          discarded += searchAll(problem, box, kernelFor(problem.table)).audited;
          searchAll(problem, box, new LoopKernel(problem.table));
        }
      }
    }
    expect(discarded).toBeGreaterThan(50);
  });

  it("ends a search whose kernel discards what it should not", () => {
    const random = Random.of(3, "lies");
    let seen = 0;
    for (let i = 0; i < 40; i++) {
      const { system, zero } = scaled(plant(random, 1 + (i % 3)), 0.75);
      const problem = searchProblem(system, -1, true);
      if (!problem.fit || valueAt(system, zero).some(({ m }) => m !== 0n)) continue;
      const honest = new LoopKernel(problem.table);
      const liar: Kernel = {
        workspace: honest.workspace,
        enclose: (count) => {
          honest.enclose(count);
          honest.workspace.y.fill(1);
          return Verdict.EMPTY;
        },
        sieve: (parts) => 2 ** parts - 1,
        get count() {
          return honest.count;
        },
      };
      const box = { lo: zero.map((x) => x - 0.5), hi: zero.map((x) => x + 0.5) };
      expect(() => searchAll(problem, box, liar)).toThrow(/audit of discarded boxes/);
      seen++;
    }
    expect(seen).toBeGreaterThan(10);
  });

  it("looks at one box in so many, the same ones each time", () => {
    const { problem, box } = rootsOf(searchSystem(arrangementOf("generic", 40, 3, 5)))[0]!;
    const every = searchAll(problem, box, kernelFor(problem.table), 1);
    const some = searchAll(problem, box, kernelFor(problem.table), 8);
    expect(searchAll(problem, box, kernelFor(problem.table), 8)).toEqual(some);
    expect({ ...some, audited: 0 }).toEqual({ ...every, audited: 0 });
    expect(Math.abs(some.audited - every.audited / 8)).toBeLessThan(2);
  });
});

describe("rationals", () => {
  it.each([
    [1 + 2 ** -52, true],
    [1, false],
    [1 - 2 ** -53, true],
  ])("decide what float64 leaves open: z = %d, where G(z) = z − 1", (z, excluded) => {
    const system = {
      dim: 1,
      count: 1,
      M: ExactArray.ofNumbers([1]),
      g: ExactArray.ofNumbers([1]),
      U: ExactArray.ofNumbers([1]),
      V: ExactArray.ofNumbers([1]),
      h: ExactArray.ofNumbers([4]),
    };
    expect(exactlyExcludes(system, [{ lead: 0, hyperplanes: [0] }], [], { y: [1], slopes: [0] }, [z], [0])).toBe(
      excluded,
    );
    expect(new BoxAudit(searchProblem(system, -1, true)).confirms([1], [z], [0])).toBe(excluded);
  });

  it("say what float64 says where both decide", () => {
    const random = Random.of(4, "both");
    let excluded = 0;
    for (let i = 0; i < 200; i++) {
      const { problem } = rootsOf(searchSystem(arrangementOf(i % 2 ? "clipped" : "generic", 6, 2, i)))[0]!;
      const c = random.vector(2, () => random.real());
      const r = [2 ** -random.integer(1, 9), 2 ** -random.integer(1, 9)];
      const y = [1, random.real()];
      // slopes of 0 are as good as any for a proof
      const exact = exactlyExcludes(
        problem.system,
        unitsOf(problem),
        [],
        { y, slopes: new Float64Array(problem.system.count) },
        c,
        r,
      );
      if (exact) excluded++;
      if (exact) expect(Math.abs(alongAt(problem, y, c))).toBeGreaterThan(0);
    }
    expect(excluded).toBeGreaterThan(20);
  });
});

/** y·G(z) in float64. */
function alongAt({ system }: SearchProblem, y: readonly number[], z: readonly number[]): number {
  return valueAt(system, z).reduce((sum, value, i) => sum + y[i]! * toNumber(value), 0);
}
