import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readModels } from "../../src/formats/read/read.ts";
import { modelsOf, PLRNN, sha256Of } from "./fixture-models.ts";
import { MODEL } from "./make-npz.ts";

describe("layouts of laboratories", () => {
  it("AL-RNN, whose P is not in the file", async () => {
    const model = (await modelsOf("torch-alrnn", { layout: "AL-RNN", set: { P: 2 } }))[0]!;
    expect(model.sha256).toBe(await sha256Of({ ...PLRNN, kind: "ALRNN", P: 2 }));
  });

  it("smc_rnns, relu and clipped", async () => {
    const decay = Math.exp(-Math.exp(Math.fround(Math.log(-Math.log(0.9)))));
    const common = {
      A: [decay, decay],
      W1: [
        [1, 0, 1],
        [0, 1, 1],
      ],
      W2: MODEL.U,
      h1: [0, 0],
    };
    const relu = (await modelsOf("smc_state_dict_rnn.pkl", { layout: "smc_rnns-relu" }))[0]!;
    expect(relu.sha256).toBe(await sha256Of({ kind: "shPLRNN", ...common, h2: [0, 1, 2] }));
    const clipped = (await modelsOf("smc_state_dict_rnn.pkl", { layout: "smc_rnns-clipped" }))[0]!;
    expect(clipped.sha256).toBe(await sha256Of({ kind: "clippedShPLRNN", ...common, h2: [0, -1, -2] }));
  });

  it.each([
    ["GTF-shPLRNN", "shPLRNN"],
    ["GTF-clippedShPLRNN", "clippedShPLRNN"],
  ] as const)("%s, in Julia's names", async (layout, kind) => {
    const [A, W1, W2, h1, h2] = [[0.5], [[1, 2]], [[3], [4]], [5], [6, 7]];
    const text = JSON.stringify({ epoch: 3, model: { A, "W₁": W1, "W₂": W2, "h₁": h1, "h₂": h2, C: null } });
    const [raw] = await readModels(new TextEncoder().encode(text), "gtf.json", { layout });
    if ("error" in raw!) throw raw.error;
    expect(await sha256Of(raw!.value)).toBe(await sha256Of({ kind, A, W1, W2, h1, h2 }));
  });

  it("GTF-dendPLRNN", async () => {
    const [A, W, h, alpha, H] = [[0.5], [[2]], [3], [4, 5], [[6, 7]]];
    const text = JSON.stringify({ A, W, h, α: alpha, H });
    const [raw] = await readModels(new TextEncoder().encode(text), "gtf.json", { layout: "GTF-dendPLRNN" });
    if ("error" in raw!) throw raw.error;
    expect(await sha256Of(raw!.value)).toBe(await sha256Of({ kind: "dendPLRNN", A, W, h, alpha, H }));
  });

  const real = new URL("../../../shared/models/smc_eeg_rank3_01.json", import.meta.url);
  it.skipIf(!existsSync(real))(
    "the decay of smc_rnns is exp(−exp(p)) of a float32 p, as in a converted model",
    async () => {
      const { A } = JSON.parse(await readFile(real, "utf8"));
      const p = Math.log(-Math.log(A[0]));
      expect(Math.exp(-Math.exp(Math.fround(p)))).toBeCloseTo(A[0], 15);
    },
  );
});
