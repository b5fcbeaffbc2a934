import { describe, expect, it } from "vitest";
import { parseModel } from "../../src/model/parse.ts";
import { verifyResult } from "../../src/verify/verify.ts";
import { Random } from "../support/random.ts";
import { decision, type Loose, lineOfPoints, neighbour, reject, solved, tied } from "./small-results.ts";
import { DECISION } from "./subjects.ts";

/** Every number that differs from x in one digit of its decimal text. */
function otherDigits(x: number, random: Random): number {
  const text = String(x);
  const places = [...text].flatMap((c, i) => (/\d/.test(c) && !text.slice(0, i).includes("e") ? [i] : []));
  for (;;) {
    const at = random.pick(places);
    const changed = Number(`${text.slice(0, at)}${random.integer(0, 9)}${text.slice(at + 1)}`);
    if (changed !== x) return changed;
  }
}

describe("a right result", () => {
  it("has what the changes below need", async () => {
    const { result: plain } = await decision();
    expect(plain.fixedPoints.length).toBeGreaterThan(3);
    const { result: withTies } = await tied();
    expect(withTies.fixedPoints.map(({ ties }) => ties)).toEqual([[1, 2]]);
    const { result: line } = await lineOfPoints();
    expect(line.continua).toMatchObject([{ dimension: 1, regions: [[], [0]] }]);
    expect(line.fixedPoints).toEqual([]);
  });
});

describe("a wrong result is refused", () => {
  it("one digit of one z changed", async () => {
    const random = Random.of(61, "digits");
    for (const make of [decision, tied]) {
      const { model, result } = await make();
      for (let k = 0; k < 60; k++) {
        const i = random.integer(0, result.fixedPoints.length - 1);
        const c = random.integer(0, 1);
        const before = result.fixedPoints[i]!.z[c]!;
        const after = k % 3 > 0 && before !== 0 ? neighbour(before, k % 3 === 1) : otherDigits(before, random);
        const { problems } = await reject(model, result, ({ fixedPoints }) => {
          fixedPoints[i]!.z[c] = after;
        });
        expect(problems.some(({ path }) => path === `fixedPoints[${i}].z[${c}]`)).toBe(true);
      }
    }
  });

  it("a tie dropped, or said to be active", async () => {
    const { model, result } = await tied();
    const dropped = await reject(model, result, ({ fixedPoints }) => {
      fixedPoints[0]!.ties = [1];
    });
    expect(dropped.problems[0]!.message).toContain("hyperplane 2 is a tie");
    await reject(model, result, ({ fixedPoints }) => {
      fixedPoints[0]!.ties = [];
      fixedPoints[0]!.linearisations = undefined;
    });
    await reject(model, result, ({ fixedPoints }) => {
      fixedPoints[0]!.active = [0, 1];
      fixedPoints[0]!.ties = [2];
    });
    await reject(model, result, ({ fixedPoints }) => {
      fixedPoints[0]!.active = [0, 1];
    });
  });

  it("a point doubled, or out of order", async () => {
    const { model, result } = await decision();
    const doubled = await reject(model, result, ({ fixedPoints }) => {
      fixedPoints.splice(2, 0, structuredClone(fixedPoints[1]!));
    });
    expect(doubled.problems[0]).toEqual({ path: "fixedPoints[2]", message: "is the same point as fixedPoints[1]" });
    await reject(model, result, ({ fixedPoints }) => fixedPoints.push(structuredClone(fixedPoints[0]!)));
    await reject(model, result, ({ fixedPoints }) => fixedPoints.reverse());
  });

  it("of another model, even with the digest forged", async () => {
    const { model, result } = await decision();
    const { model: other } = await tied();
    const refused = await verifyResult(other, result);
    expect(refused.ok).toBe(false);
    expect(refused.problems[0]!.path).toBe("model.sha256");
    const similar = await parseModel({ ...DECISION, hz: [0.01, 0.020000000000000004] });
    expect((await verifyResult(similar, result)).ok).toBe(false);
    await expect(
      verifyResult(similar, { ...result, model: { ...result.model, sha256: similar.sha256 } }).then(({ ok }) => ok),
    ).resolves.toBe(false);
    expect((await verifyResult(model, result)).ok).toBe(true);
  });

  it("signs, error bounds, eigenvalues, classes and counts that are wrong", async () => {
    const { model, result } = await decision();
    const inexact = result.fixedPoints.findIndex(({ error }) => error > 0);
    expect(inexact).toBeGreaterThanOrEqual(0);
    const changes: ((result: Loose) => void)[] = [
      ({ fixedPoints }) => {
        fixedPoints[inexact]!.error = 0;
      },
      ({ fixedPoints }) => {
        fixedPoints[inexact]!.error /= 2;
      },
      ({ fixedPoints }) => {
        fixedPoints[0]!.active = fixedPoints[0]!.active.slice(1);
      },
      ({ fixedPoints }) => {
        fixedPoints[0]!.active.push(5);
      },
      ({ fixedPoints }) => {
        fixedPoints[0]!.z.push(0);
      },
      ({ fixedPoints }) => {
        fixedPoints[0]!.eigenvalues[0]![0]! += 1e-6;
      },
      ({ fixedPoints }) => {
        fixedPoints[0]!.eigenvalues.pop();
      },
      ({ fixedPoints }) => {
        fixedPoints[0]!.spectralRadius! *= 1.0001;
      },
      ({ fixedPoints }) => {
        fixedPoints[0]!.spectralAbscissa = 1;
      },
      ({ fixedPoints }) => {
        fixedPoints[0]!.stability = fixedPoints[0]!.stability === "stable" ? "unstable" : "stable";
      },
      ({ fixedPoints }) => {
        fixedPoints[0]!.linearisations = [{ active: fixedPoints[0]!.active, eigenvalues: fixedPoints[0]!.eigenvalues }];
      },
      ({ model: summary }) => {
        summary.units = 6;
      },
      (changed) => {
        changed.incompleteBecause = "no reason";
      },
      (changed) => {
        changed.complete = false;
      },
    ];
    for (const change of changes) await reject(model, result, change);
  });

  it("linearisations at ties that are wrong", async () => {
    const { model, result } = await tied();
    await reject(model, result, ({ fixedPoints }) => {
      fixedPoints[0]!.linearisations = undefined;
    });
    await reject(model, result, ({ fixedPoints }) => {
      fixedPoints[0]!.linearisations![0]!.eigenvalues[0]![0]! += 1e-3;
    });
    await reject(model, result, ({ fixedPoints }) => {
      fixedPoints[0]!.linearisations![0]!.active = [1];
    });
    await reject(model, result, ({ fixedPoints }) => {
      fixedPoints[0]!.eigenvalues = [
        [0.3, 0],
        [0.2, 0],
      ];
      fixedPoints[0]!.spectralRadius = 0.3;
    });
  });

  it("continua that are wrong", async () => {
    const { model, result } = await lineOfPoints();
    const changes: ((continuum: Loose["continua"][number]) => void)[] = [
      (continuum) => {
        continuum.point[1] = neighbour(continuum.point[1]!, true);
      },
      (continuum) => {
        continuum.basis[0]![1] = 1e-300;
      },
      (continuum) => {
        continuum.basis[0]![0] = 2;
      },
      (continuum) => {
        continuum.dimension = 2;
      },
      (continuum) => {
        continuum.dimension = 2;
        continuum.basis.push([0, 1]);
      },
      (continuum) => {
        continuum.regions.push([0]);
      },
      (continuum) => {
        continuum.regions[0] = [7];
      },
    ];
    for (const change of changes) await reject(model, result, ({ continua }) => change(continua[0]!));
    const point = await reject(model, result, ({ fixedPoints, continua }) => {
      fixedPoints.push({
        z: continua[0]!.point,
        active: [],
        ties: [],
        status: "certified",
        error: 1,
        eigenvalues: [],
        stability: "marginal",
      });
    });
    expect(point.problems[0]!.message).toContain("is not isolated");
  });

  it("the end of a ray is no isolated point", async () => {
    // z' = z for z ≥ 0, z/2 for z ≤ 0
    const { model, result } = await solved({ A: [[0.5]], U: [[1]], V: [[0.5]], hx: [0], hz: [0] });
    expect(result.continua).toMatchObject([{ point: [0], regions: [[0]] }]);
    const { problems } = await reject(model, result, ({ fixedPoints }) => {
      fixedPoints.push({
        z: [0],
        active: [],
        ties: [0],
        status: "certified",
        error: 0,
        eigenvalues: [[0.5, 0]],
        spectralRadius: 0.5,
        spectralBounds: [0.5, 0.5],
        stability: "stable",
        linearisations: [
          { active: [], eigenvalues: [[0.5, 0]], directions: { stable: 1, neutral: 0, unstable: 0 } },
          { active: [0], eigenvalues: [[1, 0]], directions: { stable: 0, neutral: 1, unstable: 0 } },
        ],
      });
    });
    expect(problems.map(({ message }) => message)).toEqual([
      "is not isolated: fixed points of dimension 1 reach it in the region of [0]",
      "is stable, but by the slopes on its two sides marginal",
      "is 0.5, on the wrong side of 1: by the class it must be 1",
      "reach over 1, against the class",
      "is a point of continua[0], so it is not isolated",
    ]);
  });

  it("what is no result at all: no throw, and where it fails", async () => {
    const { model, result } = await decision();
    for (const nonsense of [null, undefined, 3, "x", [], {}, [result], { ...result, schema: "other" }]) {
      const report = await verifyResult(model, nonsense);
      expect(report.ok).toBe(false);
    }
    const { problems } = await verifyResult(model, {
      ...result,
      fixedPoints: [{ ...result.fixedPoints[0], z: [Number.NaN, 0], active: [1, 1] }],
    });
    expect(problems.map(({ path }) => path)).toEqual(["fixedPoints[0].z[0]", "fixedPoints[0].active"]);
  });
});
