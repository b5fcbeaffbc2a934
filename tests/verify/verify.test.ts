import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sealed } from "../../src/model/seal.ts";
import { verifyResult } from "../../src/verify/verify.ts";
import { decision, type Loose, lineOfPoints, neighbour, reject, solved, tied } from "./small-results.ts";

describe("a check that has to stop", () => {
  it("names what it has not checked, and what it has checked is right or wrong as ever", async () => {
    const { model, result } = await decision();
    const points = result.fixedPoints.length;
    expect(points).toBeGreaterThan(1);
    for (let most = 0; most <= points + 8; most++) {
      let asked = 0;
      const report = await verifyResult(model, result, () => (asked++ < most ? undefined : "it is late"));
      expect(report.problems).toEqual([]);
      expect(report.checked.fixedPoints).toBe(Math.min(most, points));
      const late = report.unchecked.filter(({ reason }) => reason === "it is late").map(({ path }) => path);
      if (most < points) expect(late).toContain(`fixedPoints[${most}…${points - 1}]`);
      expect(late.length > 0).toBe(asked > most);
    }
    const wrong = structuredClone(result) as Loose;
    wrong.fixedPoints[0]!.z[0]! += 1;
    const stopAfter = async (most: number) => {
      let asked = 0;
      return verifyResult(model, sealed(wrong), () => (asked++ < most ? undefined : "it is late"));
    };
    expect((await stopAfter(0)).ok).toBe(true);
    expect((await stopAfter(1)).ok).toBe(false);
  });
});

describe("a right result", () => {
  it("holds, and what can't be told is said", async () => {
    for (const make of [decision, tied, lineOfPoints]) {
      const { model, result } = await make();
      const report = await verifyResult(model, result);
      expect(report.problems).toEqual([]);
      expect(report.ok).toBe(true);
      expect(report.checked.fixedPoints).toBe(result.fixedPoints.length);
      expect(report.checked.continua).toBe(result.continua.length);
      expect(report.unchecked.map(({ path }) => path)).toContain("complete");
    }
  });

  it("virtual fixed points hold too", async () => {
    const { model, result } = await solved(
      {
        A: [
          [0.5, 0.1],
          [0, 0.4],
        ],
        U: [
          [1, 0],
          [0, 1],
          [1, 1],
        ],
        V: [
          [1.3, 0],
          [0, 1.7],
          [0.3, 0.2],
        ],
        hx: [0.3, 0.2, 0.1],
        hz: [0.1, 0.2],
      },
      true,
    );
    expect(result.virtualFixedPoints!.length).toBeGreaterThan(2);
    const report = await verifyResult(model, result);
    expect(report.problems).toEqual([]);
    expect(report.checked.virtualFixedPoints).toBe(result.virtualFixedPoints!.length);
    await reject(model, result, ({ virtualFixedPoints }) => {
      virtualFixedPoints![0]!.z[0] = neighbour(virtualFixedPoints![0]!.z[0]!, true);
    });
    await reject(model, result, ({ virtualFixedPoints }) => virtualFixedPoints!.push(virtualFixedPoints![0]!));
    await reject(model, result, ({ virtualFixedPoints, fixedPoints }) => {
      const { z, active, eigenvalues } = fixedPoints[0]!;
      virtualFixedPoints!.push({ z, region: active, eigenvalues });
    });
    await reject(model, result, ({ virtualFixedPoints }) => {
      virtualFixedPoints![0]!.region = [0, 1];
    });
  });

  it("an incomplete one may say so", async () => {
    const { model, result } = await decision();
    result.fixedPoints.splice(1, 1);
    result.complete = false;
    result.incompleteBecause = "the time budget ended";
    expect((await verifyResult(model, sealed(result))).ok).toBe(true);
  });
});

describe("independence", () => {
  it("imports nothing but model/, exact/, the result's types, the version and zod", () => {
    const folder = new URL("../../src/verify/", import.meta.url);
    for (const file of readdirSync(folder)) {
      const source = readFileSync(new URL(file, folder), "utf8");
      for (const [, from] of source.matchAll(/from "([^"]+)"/g)) {
        expect(from, file).toMatch(
          /^(\.\.\/(model|exact)\/[a-z-]+\.ts|\.\.\/base\/(result|version)\.ts|\.\/[a-z-]+\.ts|zod)$/,
        );
      }
    }
  });
});
