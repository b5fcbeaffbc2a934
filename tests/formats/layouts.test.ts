import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { parseModel, parseValue } from "../../src/model/parse.ts";
import { evaluate } from "../../src/model/system.ts";
import type { ModelKind } from "../../src/model/types.ts";

/** Written by fixtures/make_layouts.py; the steps are those of the libraries, or of the formula in their source. */
const at = (name: string): URL => new URL(`fixtures/layouts/${name}`, import.meta.url);
const read = (name: string, options: ReadOptions) => readModels(Uint8Array.from(readFileSync(at(name))), name, options);
const STEPS: Readonly<Record<string, { z: number[]; next: number[]; s: number[] | null }>> = JSON.parse(
  readFileSync(at("steps.json"), "utf8"),
);

/** The largest distance of the step of a file's network, as it was read, from the library's own. */
async function distance(name: string, options: ReadOptions): Promise<{ kind: ModelKind; far: number }> {
  const [raw, ...others] = await read(name, options);
  expect(others).toEqual([]);
  if ("error" in raw!) throw raw.error;
  const { z, next, s } = STEPS[name]!;
  const input = Object.fromEntries((s ?? []).map((x, k) => [`s${k}`, x]));
  const { system, kind } = await parseValue(raw!.value, { name, input });
  const step = evaluate(system, z);
  return { kind, far: Math.max(...next.map((x, i) => Math.abs(z[i]! + step[i]! - x))) };
}

/** Sums of a few products of numbers below 10: some thousand roundings of float64 or float32. */
const [DOUBLE, SINGLE] = [1e-13, 1e-5];

const FILES: readonly (readonly [string, ReadOptions, ModelKind, number])[] = [
  ["torch-rnn.pt", { layout: "torch-RNN-relu" }, "RNN", DOUBLE],
  ["torch-rnn-in-a-net.pt", { layout: "torch-RNN-relu" }, "RNN", DOUBLE],
  ["torch-rnn-no-bias.pt", { layout: "torch-RNN-relu" }, "RNN", DOUBLE],
  ["torch-rnncell.pt", { layout: "torch-RNN-relu" }, "RNN", DOUBLE],
  ["torch-rnn-float32.pt", { layout: "torch-RNN-relu" }, "RNN", SINGLE],
  [
    "torch-rnn-float32.pt",
    { map: { W: "weight_hh_l0", h: "bias_ih_l0+bias_hh_l0", Wu: "weight_ih_l0" }, set: { kind: "RNN" } },
    "RNN",
    SINGLE,
  ],
  ["dend.pt", { layout: "dendPLRNN" }, "dendPLRNN", DOUBLE],
  ["dend-clipped.pt", { layout: "dendPLRNN-clipped" }, "dendPLRNN", DOUBLE],
  ["dend-plain.pt", { layout: "dendPLRNN-plain" }, "PLRNN", DOUBLE],
  ["latent-circuit.pt", { layout: "latent-circuit", set: { alpha: 0.2 } }, "leakyRNN", DOUBLE],
  ["latent-circuit-params.json", { layout: "latent-circuit-params" }, "leakyRNN", DOUBLE],
  ["psychrnn.npz", { layout: "PsychRNN", set: { alpha: 0.1 } }, "leakyPLRNN", DOUBLE],
  ["keras2.h5", { layout: "keras-SimpleRNN-relu" }, "RNN", DOUBLE],
  ["keras3.weights.h5", { layout: "keras-SimpleRNN-relu" }, "RNN", DOUBLE],
];

describe("a step of the network that was read is the library's own", () => {
  it.each(FILES)("%s %o", async (name, options, kind, tolerance) => {
    const { kind: found, far } = await distance(name, options);
    expect(found).toBe(kind);
    expect(far).toBeLessThan(tolerance);
  });

  it("and another reading of the same file is far from it", async () => {
    const wrong: readonly (readonly [string, ReadOptions])[] = [
      ["dend.pt", { layout: "dendPLRNN-clipped" }],
      ["dend-clipped.pt", { layout: "dendPLRNN" }],
      ["latent-circuit.pt", { layout: "latent-circuit", set: { alpha: 0.1 } }],
      ["psychrnn.npz", { layout: "PsychRNN", set: { alpha: 0.1, kind: "leakyRNN" } }],
      [
        "torch-rnn.pt",
        { map: { W: "weight_hh_l0^T", h: "bias_ih_l0", b: "bias_hh_l0", Wu: "weight_ih_l0" }, set: { kind: "RNN" } },
      ],
      [
        "keras2.h5",
        {
          map: {
            W: "simple_rnn.recurrent_kernel",
            h: "simple_rnn.bias",
            Wu: "simple_rnn.kernel^T",
          },
          set: { kind: "RNN" },
        },
      ],
    ];
    for (const [name, options] of wrong) expect((await distance(name, options)).far, name).toBeGreaterThan(1e-3);
  });
});

describe("what a file of a library is, is said with the layout that reads it", () => {
  it.each([
    [
      "torch-rnn.pt",
      /weight_hh_l0 4×4.* Use stillpoint solve torch-rnn\.pt --layout torch-RNN-relu .*torch's own choice is tanh/,
    ],
    ["torch-rnn-in-a-net.pt", /solve torch-rnn-in-a-net\.pt --layout torch-RNN-relu \(/],
    ["dend.pt", /Say which: .*--layout dendPLRNN \(.*, or .*--layout dendPLRNN-clipped \(/],
    ["dend-plain.pt", /--layout dendPLRNN-plain \(z' = A z \+ W relu\(z\) \+ h\), or --guess\.$/],
    ["latent-circuit.pt", /--layout latent-circuit --set alpha=… \(.*0\.2 in LatentNet\)/],
    ["psychrnn.npz", /--layout PsychRNN --set alpha=… \(/],
    ["keras2.h5", /--layout keras-SimpleRNN-relu \(.*Keras' own choice is tanh/],
    ["keras3.weights.h5", /--layout keras-SimpleRNN-relu \(/],
    ["torch-lstm.pt", /rnn is an LSTM, whose gates multiply: it is not piecewise linear\./],
    ["torch-gru.pt", /is a GRU, whose gates multiply/],
    ["torch-rnn-two-layers.pt", /has more than one layer/],
  ] as const)("%s", async (name, message) => {
    await expect(read(name, {})).rejects.toThrow(message);
  });

  it("a layout that a file is not of is an error, and one that lacks its number says so", async () => {
    await expect(read("torch-lstm.pt", { layout: "torch-RNN-relu" })).rejects.toThrow(/is an LSTM/);
    await expect(read("dend.pt", { layout: "dendPLRNN-plain" })).rejects.toThrow(
      /no arrays of the shapes of dendPLRNN-plain/,
    );
    await expect(read("psychrnn.npz", { layout: "PsychRNN" })).rejects.toThrow(
      /has no alpha: .*Use stillpoint solve psychrnn\.npz --layout PsychRNN --set alpha=…/,
    );
  });

  it("--guess takes what no number and no choice is left of", async () => {
    const [raw] = await read("dend-plain.pt", { guess: true });
    expect(raw).toMatchObject({ note: expect.stringMatching(/taken with --layout dendPLRNN-plain as z' = A z/) });
    await expect(read("torch-rnn.pt", { guess: true })).rejects.toThrow(/tanh/);
  });
});

describe("sums of --map", () => {
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const map = { h: "x+-y", W: "W" };
  it("are exact or an error, which names the way that is exact", async () => {
    const model = { kind: "RNN", W: [[1]], x: [0.5], y: [0.25] };
    const [raw] = await readModels(text(model), "m.json", { map });
    expect((await parseValue((raw as { value: unknown }).value)).sha256).toBe(
      (await parseModel({ kind: "RNN", W: [[1]], h: [0.25] })).sha256,
    );
    const inexact = readModels(text({ ...model, y: [1e-30] }), "m.json", { map });
    await expect(inexact.then(([raw]) => Promise.reject((raw as { error: Error }).error))).rejects.toThrow(
      /has a sum that is no float64, 0\.5 \+ -1e-30\. .*--map h=ONE,b=OTHER/,
    );
  });
});
