import { unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { checkProofFile } from "../../src/check/read-proof.ts";
import { npy } from "../../src/formats/write/npy.ts";
import { findFixedPoints } from "../../src/index.ts";
import { parseModel } from "../../src/model/parse.ts";
import { prove } from "../../src/prove/prove.ts";

describe("the file of a proof", () => {
  const raw = { A: [0.5, 0.25], U: [[1, 1]], V: [[1, -1]], hx: [1], hz: [-0.1, 0] };

  it("has its arrays in the types of the format, and a header in UTF-8", async () => {
    const model = await parseModel(raw);
    const result = await findFixedPoints(raw);
    const { proof } = await prove(model, result, { trees: true });
    const files = unzipSync(proof!);
    const verdict = (change: Record<string, Uint8Array>) =>
      checkProofFile(model, result, zipSync({ ...files, ...change }), "proof.npz");
    expect(verdict({})).toMatchObject({ accepted: true });
    const refs = npy("<f8", [0], new Float64Array(0));
    expect(verdict({ "refs.npy": refs })).toMatchObject({
      because: expect.stringContaining("refs.npy: has the type <f8"),
    });
    const wide = npy("<i4", [2], Int32Array.of(123, 125));
    expect(verdict({ "header.npy": wide })).toMatchObject({ because: expect.stringContaining("has the type <i4") });
    const torn = npy("|u1", [3], Uint8Array.of(123, 0xff, 125));
    expect(verdict({ "header.npy": torn })).toMatchObject({ because: expect.stringContaining("no UTF-8") });
  });
});
