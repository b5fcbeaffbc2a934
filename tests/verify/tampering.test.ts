import { describe, expect, it } from "vitest";
import { sealed } from "../../src/model/seal.ts";
import { verifyResult } from "../../src/verify/verify.ts";
import { type Loose, SUBJECT_NAMES, subject } from "./subjects.ts";
import { CLASSES } from "./tamperings/classes.ts";
import { CONNECTED_SETS } from "./tamperings/connected-sets.ts";
import { CONTINUA } from "./tamperings/continua.ts";
import { EXTENTS } from "./tamperings/extents.ts";
import { POINTS } from "./tamperings/points.ts";
import { TIES } from "./tamperings/ties.ts";
import { VIRTUAL_POINTS } from "./tamperings/virtual-points.ts";
import { WHOLE } from "./tamperings/whole.ts";

const TAMPERINGS = [POINTS, CLASSES, TIES, CONTINUA, EXTENTS, CONNECTED_SETS, VIRTUAL_POINTS, WHOLE].flatMap((table) =>
  Object.entries(table),
);

/** Whether a path is another one or lies in it. */
const within = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);

describe("results that nobody altered", () => {
  it.each(SUBJECT_NAMES)("%s: accepted, and what can't be told is named", async (name) => {
    const { model, result } = await subject(name);
    const { ok, problems, unchecked } = await verifyResult(model, result);
    expect(problems).toEqual([]);
    expect(ok).toBe(true);
    const paths = unchecked.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(["complete", "seconds", "provenance.date", "digest"]));
    expect(new Set(paths).size).toBe(paths.length);
  });
});

describe("tampering", () => {
  it("is of more than sixty sorts, on every kind of result", () => {
    expect(TAMPERINGS.length).toBeGreaterThanOrEqual(60);
    expect(new Set(TAMPERINGS.map(([, { of }]) => of))).toEqual(new Set(SUBJECT_NAMES));
  });

  it.each(TAMPERINGS)("%s", async (_, { of, change, refused, declared }) => {
    const { model, result } = await subject(of);
    const altered: Loose = structuredClone(result);
    change(altered);
    expect(altered).not.toEqual(result);
    // as it is
    const asIs = await verifyResult(model, altered);
    expect(asIs.ok).toBe(false);
    if (refused === undefined) expect(asIs.problems.map(({ path }) => path)).toEqual(["digest"]);
    // with a digest that fits
    const { ok, problems, unchecked } = await verifyResult(model, JSON.parse(JSON.stringify(sealed(altered))));
    if (refused === undefined) {
      expect(problems).toEqual([]);
      expect(unchecked.filter(({ path }) => within(declared!, path))).not.toEqual([]);
    } else {
      expect(ok).toBe(false);
      expect(problems.map(({ path }) => path).filter((path) => within(path, refused))).not.toEqual([]);
      expect(problems.map(({ path }) => path)).not.toContain("digest");
    }
    // without one
    const { digest: _digest, ...bare } = altered;
    const without = await verifyResult(model, bare);
    expect(without.ok).toBe(refused === undefined);
    if (refused === undefined) expect(without.unchecked.map(({ path }) => path)).toContain("digest");
  });
});
