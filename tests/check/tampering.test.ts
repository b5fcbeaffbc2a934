import { beforeAll, describe, expect, it } from "vitest";
import type { Result } from "../../src/base/result.ts";
import { checkProof, type ProofFile } from "../../src/check/check.ts";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { Model } from "../../src/model/types.ts";
import { corpus } from "../corpus/generate.ts";
import { falsified, MUTATIONS, mutated, proofOf } from "../support/proofs.ts";
import { Random } from "../support/random.ts";

const FULL = process.env.STILLPOINT_FULL === "1";
/** Mutations of each kind on each model. */
const ROUNDS = FULL ? 24 : 3;
const NAMES = ["generic-09", "clipped-06", "continua-01", "onAll-06", "thresholdLinear-03", "central-01"];

interface Subject {
  readonly name: string;
  readonly model: Model;
  readonly result: Result;
  readonly proof: ProofFile;
}

const subjects: Subject[] = [];
beforeAll(async () => {
  for (const { name, model: raw } of corpus()) {
    if (!NAMES.includes(name)) continue;
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw as ModelInput);
    subjects.push({ name, model, result, proof: await proofOf(model, result, { trees: true }) });
  }
  expect(subjects).toHaveLength(NAMES.length);
}, 120_000);

describe("a proof to which something has happened", () => {
  it.each(Object.keys(MUTATIONS))("%s: is never one of a result that lacks something", (kind) => {
    const random = Random.of(1, kind);
    const accepted: string[] = [];
    let tried = 0;
    for (const { name, model, result, proof } of subjects) {
      for (let round = 0; round < ROUNDS; round++) {
        const altered = mutated(proof, MUTATIONS[kind]!, random);
        // of the true result it may be one: an op that names another functional which does as well
        const { what, result: lacking } = random.pick(falsified(result));
        if (checkProof(model, lacking, altered).accepted) accepted.push(`${name} without ${what}`);
        tried++;
      }
    }
    expect(accepted).toEqual([]);
    expect(tried).toBeGreaterThan(10);
  });

  it.each([
    "op dropped",
    "op doubled",
    "functional dropped",
    "reference dropped",
    "cone claimed",
    "lengths altered",
    "array truncated",
    "other model named",
  ])("%s: is no proof of the true result either", (kind) => {
    const random = Random.of(2, kind);
    const accepted = subjects.flatMap(({ name, model, result, proof }) => {
      const altered = mutated(proof, MUTATIONS[kind]!, random);
      const changed =
        altered.header !== proof.header ||
        [...altered.arrays].some(([array, { data }]) => data.length !== proof.arrays.get(array)!.data.length) ||
        kind === "cone claimed";
      // of a proof without covers, or where a cone shows them all, nothing has changed
      const none = kind === "cone claimed" && Array.from(proof.arrays.get("cover_cone")!.data).every((x) => x === 1);
      return changed && !none && checkProof(model, result, altered).accepted ? [name] : [];
    });
    expect(accepted).toEqual([]);
  });
});

describe("a result that says something wrong of a point", () => {
  const alterations: Readonly<Record<string, (point: Result["fixedPoints"][number]) => object>> = {
    "one ulp off": (point) => ({ ...point, z: [point.z[0]! * (1 + 2 ** -52) + 2 ** -1074, ...point.z.slice(1)] }),
    "a bit too many": (point) => ({ ...point, active: [...point.active, 1000] }),
    "a bit less": (point) => ({ ...point, active: point.active.slice(1), ties: [] }),
    "a tie that is none": (point) => ({ ...point, ties: [...point.ties, ...point.active.slice(0, 1)] }),
  };
  it.each(Object.keys(alterations))("%s: is refused", (kind) => {
    for (const { model, result, proof } of subjects) {
      const p = result.fixedPoints.findIndex(({ active }) => active.length > 0);
      if (p < 0) continue;
      const fixedPoints = result.fixedPoints.map((point, i) => (i === p ? alterations[kind]!(point) : point));
      expect(checkProof(model, { ...result, fixedPoints }, proof)).toMatchObject({ accepted: false });
    }
  });

  it("listed twice, or of another model: is refused", async () => {
    for (const { model, result, proof } of subjects) {
      const doubled = { ...result, fixedPoints: [...result.fixedPoints, ...result.fixedPoints.slice(0, 1)] };
      if (result.fixedPoints.length > 0) expect(checkProof(model, doubled, proof).accepted).toBe(false);
      const other = subjects.find((each) => each.model !== model)!;
      expect(checkProof(other.model, result, proof)).toEqual({
        accepted: false,
        because: expect.stringMatching(/^the result is of another model: ./),
      });
    }
  });

  it("of a network that differs in a unit without weight is as true of it: is accepted", async () => {
    const raw = { A: [0.5], U: [[1], [1]], V: [[2], [0]], hx: [0.5, 1], hz: [0.25] };
    const other = await parseValue({ ...raw, hx: [0.5, 3] });
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw);
    const proof = await proofOf(model, result);
    expect(other.sha256).not.toBe(model.sha256);
    expect(checkProof(other, result, proof)).toEqual(checkProof(model, result, proof));
    expect(checkProof(other, result, proof).accepted).toBe(true);
    // the digests of result and proof are compared, whatever the model
    const forged = { ...result, model: { ...result.model, sha256: other.sha256 } };
    expect(checkProof(other, forged, proof)).toEqual({
      accepted: false,
      because: "the proof is of another model than the result",
    });
  });
});
