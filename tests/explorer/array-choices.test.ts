import { describe, expect, it } from "vitest";
import {
  type Choices,
  candidatesOf,
  choicesFor,
  firstChoices,
  keysOf,
  problemOf,
  readingOfChoices,
} from "../../examples/explorer/page/array-choices.ts";
import { MisfitError } from "../../src/formats/read/names/misfit-error.ts";
import { readModels } from "../../src/formats/read/read.ts";
import { parseModel } from "../../src/index.ts";
import { FORMS } from "../../src/model/forms.ts";
import { parseValue } from "../../src/model/parse.ts";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** A network under a laboratory's own names, the second matrix the other way round. */
const odd = {
  diagonal: [0.5, 0.25],
  readout: [
    [1, 0, 2],
    [0, 1, -1],
  ],
  encoder: [
    [1, 0, 1],
    [0, 1, 1],
  ],
  shift: [0.1, 0.2],
  knots: [0, 1, -1],
};

async function misfitOf(value: unknown): Promise<MisfitError> {
  try {
    const [raw] = await readModels(bytes(value), "odd.json");
    if ("error" in raw!) throw raw.error;
    void raw!.value;
  } catch (error) {
    if (error instanceof MisfitError) return error;
    throw error;
  }
  throw new Error("it fits");
}

const misfit = await misfitOf(odd);
const { holdings } = misfit;
const second = FORMS.find(({ kind, arrays }) => kind === "shPLRNN" && arrays.W1 !== undefined)!;
const right: Choices = {
  form: second,
  arrays: { A: "diagonal", W1: "readout", W2: "encoder^T", h1: "shift", h2: "knots" },
  numbers: {},
};

describe("the choices for a file's arrays", () => {
  it("are all arrays, matrices the other way round too", () => {
    const sources = candidatesOf(holdings).map(({ source }) => source);
    expect(sources).toEqual(["diagonal", "readout", "readout^T", "encoder", "encoder^T", "shift", "knots"]);
    expect(candidatesOf(holdings)[2]!.label).toBe("readout, transposed (3×2)");
  });

  it("read the file as chosen, with the very numbers", async () => {
    expect(problemOf(right, holdings)).toBeUndefined();
    const [raw] = await readModels(bytes(odd), "odd.json", readingOfChoices(right));
    const model = await parseValue((raw as { value: unknown }).value);
    const same = await parseModel({
      ...{ kind: "shPLRNN", A: odd.diagonal, W1: odd.readout, h1: odd.shift, h2: odd.knots },
      W2: [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
    });
    expect(model.sha256).toBe(same.sha256);
  });

  it.each([
    ["a missing array", { W1: "" }, /^Choose the array that is W1\.$/],
    ["an array chosen twice", { W2: "readout^T" }, /^readout is chosen for W1 and for W2\.$/],
    ["an array of another size", { W2: "encoder" }, /^W2 must be 3×2 \(R = 2, N = 3\); encoder is 2×3\.$/],
    ["a bias of another size", { h2: "shift" }, /^(shift is chosen|h2 must be 3)/],
    ["an array that is not there", { A: "gone" }, /^The file has no gone\.$/],
  ])("say what is wrong with %s", (_, wrong, problem) => {
    expect(problemOf({ ...right, arrays: { ...right.arrays, ...wrong } }, holdings)).toMatch(problem);
  });

  it("need the numbers of a form", () => {
    const form = FORMS.find(({ kind }) => kind === "ALRNN")!;
    const held = [
      { name: "A", shape: { extents: [2], nested: true } },
      { name: "W", shape: { extents: [2, 2], nested: true } },
    ];
    const choices = choicesFor(form, held, {});
    expect(choices.arrays).toEqual({ A: "A", W: "W", h: "" });
    expect(problemOf(choices, held)).toMatch(/^Give P: how many coordinates are rectified/);
    expect(problemOf({ ...choices, numbers: { P: "1" } }, held)).toBeUndefined();
    expect(readingOfChoices({ ...choices, numbers: { P: "1" } })).toEqual({
      map: { A: "A", W: "W" },
      set: { kind: "ALRNN", P: 1 },
    });
  });

  it("begin with what was chosen before, where it fits", () => {
    const remembered = readingOfChoices(right);
    expect(firstChoices(misfit, remembered)).toEqual(right);
    const unlike = { ...remembered, map: { ...remembered.map, W1: "elsewhere" } };
    expect(firstChoices(misfit, unlike).arrays.W1).not.toBe("elsewhere");
  });

  it("have a menu for every array of every form", () => {
    for (const form of FORMS) {
      const keys = keysOf(form).map(({ key }) => key);
      expect(keys).toEqual(expect.arrayContaining([...Object.keys(form.arrays), ...Object.keys(form.biases)]));
      for (const key of Object.keys(form.arrays))
        expect(keysOf(form)).toContainEqual(expect.objectContaining({ key, isOptional: false }));
    }
  });
});
