import { describe, expect, it } from "vitest";
import type { Result } from "../../src/base/result.ts";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { type CorpusCase, corpus, exactAnswer, KINDS } from "../corpus/generate.ts";
import { differences } from "./compare.ts";

/** With STILLPOINT_FULL=1 nine more corpora of the same kinds. */
const seeds = process.env.STILLPOINT_FULL === "1" ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1];
const cases = seeds.flatMap((seed) => corpus(seed).map((c) => ({ ...c, name: `${c.name} of seed ${seed}` })));

async function failures(chosen: readonly CorpusCase[], solve: (model: unknown) => Promise<Result>): Promise<string[]> {
  const out: string[] = [];
  for (const c of chosen) {
    const answer = await exactAnswer(c);
    for (const difference of differences(await solve(c.model), answer)) out.push(`${c.name}: ${difference}`);
  }
  return out;
}

describe.each(Object.keys(KINDS))("%s", (kind) => {
  const chosen = cases.filter((c) => c.kind === kind);

  it("agrees exactly with the naive oracle, owned", async () => {
    expect(await failures(chosen, (model) => findFixedPoints(model as ModelInput, { method: "regions" }))).toEqual([]);
  });

  it("agrees exactly with the naive oracle, branch", async () => {
    expect(
      await failures(chosen, (model) => findFixedPoints(model as ModelInput, { method: "regions", expand: "branch" })),
    ).toEqual([]);
  });
});

describe("the comparison", () => {
  const c = cases.find(({ name }) => name.startsWith("halfOpenTraps-05"))!;
  const changed = (change: (result: Result) => Result) =>
    failures([c], async (model) => change(await findFixedPoints(model as ModelInput, { method: "regions" })));
  const withPoint = (change: Partial<Result["fixedPoints"][number]>) =>
    changed((result) => ({ ...result, fixedPoints: result.fixedPoints.map((point) => ({ ...point, ...change })) }));

  it("finds nothing to complain about in a right answer", async () => {
    expect(await changed((result) => result)).toEqual([]);
  });

  it("notices a lost or doubled point, a changed last bit, a dropped tie, a false bit, a missing proof", async () => {
    const { fixedPoints } = await findFixedPoints(c.model as ModelInput);
    const { z, ties } = fixedPoints[0]!;
    expect(await changed((result) => ({ ...result, fixedPoints: [] }))).toHaveLength(1);
    expect(await changed((result) => ({ ...result, fixedPoints: [...fixedPoints, ...fixedPoints] }))).toHaveLength(1);
    expect(await withPoint({ z: [z[0]! * (1 + 2 ** -52), ...z.slice(1)] })).toHaveLength(1);
    expect(await withPoint({ ties: ties.slice(1) })).toHaveLength(1);
    expect(await withPoint({ active: [0] })).toHaveLength(1);
    expect(await withPoint({ status: "unresolved" as "certified" })).toHaveLength(1);
    expect(await changed((result) => ({ ...result, complete: false }))).toHaveLength(1);
  });

  it("tells −0 from 0", async () => {
    const origin = cases.find(({ name }) => name.startsWith("halfOpenTraps-00"))!;
    const found = await failures([origin], async (model) => {
      const result = await findFixedPoints(model as ModelInput);
      return { ...result, fixedPoints: result.fixedPoints.map((point) => ({ ...point, z: [-0] })) };
    });
    expect(found).toHaveLength(1);
  });

  it("notices two results that were swapped", async () => {
    const [first, second] = cases.filter(({ kind }) => kind === "slivers");
    expect(await failures([first!], () => findFixedPoints(second!.model as ModelInput))).not.toEqual([]);
  });
});
