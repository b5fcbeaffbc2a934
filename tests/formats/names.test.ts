import { describe, expect, it } from "vitest";
import { type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { parseValue } from "../../src/model/parse.ts";
import { PLRNN, sha256Of } from "./fixture-models.ts";

describe("names", () => {
  const model = {
    dec: { weight: [[1, 2]], bias: [3] },
    enc: { weight: [[4], [5]] },
    a: [0.5],
    b: [6, 7],
    kind: "shPLRNN",
  };
  const read = async (options: ReadOptions, value: unknown = model) => {
    const [raw] = await readModels(new TextEncoder().encode(JSON.stringify(value)), "m.json", options);
    if ("error" in raw!) throw raw.error;
    return raw!.value;
  };

  it("--map names, negates and transposes", async () => {
    const map = { A: "a", W1: "dec.weight", W2: "-dec.weight^T", h1: "dec.bias", h2: "-b" };
    const expected = { kind: "shPLRNN", A: [0.5], W1: [[1, 2]], W2: [[-1], [-2]], h1: [3], h2: [-6, -7] };
    expect(await sha256Of(await read({ map }))).toBe(await sha256Of(expected));
  });

  it("what --map or --layout took is not among the ignored keys, and what they left is", async () => {
    const ignoredBy = async (options: ReadOptions, value: unknown) => {
      const [raw] = await readModels(new TextEncoder().encode(JSON.stringify(value)), "m.json", options);
      if ("error" in raw!) throw raw.error;
      return (await parseValue(raw!.value)).ignoredKeys.filter((key) => !raw!.taken?.has(key));
    };
    const map = { A: "a", W1: "dec.weight", W2: "-dec.weight^T", h1: "dec.bias", h2: "-b" };
    expect(await ignoredBy({ map }, model)).toEqual(["enc.weight"]);
    expect(await ignoredBy({ map: { ...map, h1: "a" } }, model)).toEqual(["dec.bias", "enc.weight"]);
    // a key of models that something else was taken for
    expect(await ignoredBy({ map }, { ...model, W1: [[9, 9]] })).toEqual(["enc.weight", "W1 of the file"]);
    const smc = { n: [[1]], m: [[1]], h: [0], decay_param: [0], sigma: [1], W: [[2]] };
    expect(await ignoredBy({ layout: "smc_rnns-relu" }, smc)).toEqual(["sigma", "W of the file"]);
  });

  it("--set gives what the file does not hold and replaces what it does", async () => {
    const map = { A: "a", W1: "dec.weight", W2: "enc.weight", h1: "dec.bias", h2: "b" };
    expect(await read({ set: { kind: "clippedShPLRNN", dt: 0.1 }, map })).toMatchObject({
      kind: "clippedShPLRNN",
      dt: 0.1,
    });
  });

  it("--prefix chooses among several places, which are an error without it", async () => {
    const two = { rnn: { ...PLRNN }, other: { W: [[1]], h: [1], A: [1] } };
    await expect(read({ set: {} }, two)).rejects.toThrow(
      /several places, other, rnn: .*--prefix other .*, or .*--prefix rnn \(z' = A z \+ W relu\(z\) \+ h\)/,
    );
    expect(await sha256Of(await read({ prefix: "rnn" }, two))).toBe(await sha256Of(PLRNN));
  });

  it("a wrong name is an error that lists those there are", async () => {
    await expect(read({ map: { A: "weight" } })).rejects.toThrow(
      /there is no "weight"; it holds dec\.weight 1×2, dec\.bias 1, enc/,
    );
    await expect(read({ layout: "smc_rnns-relu" })).rejects.toThrow(
      /holds no arrays named as smc_rnns-relu names them/,
    );
  });
});
