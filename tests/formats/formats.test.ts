import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { zipSync } from "fflate";
import { describe, expect, it, vi } from "vitest";
import { type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { FileError } from "../../src/model/errors.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { Model } from "../../src/model/types.ts";
import { MODEL } from "./make-npz.ts";

/** Written by fixtures/make_fixtures.py with NumPy, h5py, PyTorch and safetensors. */
async function fixture(name: string): Promise<Uint8Array> {
  return readFile(new URL(`fixtures/${name}`, import.meta.url));
}

async function modelsOf(name: string, options: ReadOptions = {}): Promise<Model[]> {
  const models: Model[] = [];
  for (const raw of await readModels(await fixture(name), name, options)) {
    if ("error" in raw) throw raw.error;
    models.push(await parseValue(raw.value, { name: raw.name }));
  }
  return models;
}

const PLRNN = {
  kind: "PLRNN",
  A: [0.5, 0.25, 0.125],
  W: [
    [0, 2, 3],
    [4, 0, 6],
    [7, 8, 0],
  ],
  h: [1, 2, 3],
};

const sha256Of = async (value: unknown): Promise<string> => (await parseValue(value)).sha256;

describe("files of the real writers hold the same model as JSON", () => {
  it.each([
    ["NumPy, f8", "numpy-f8.npz", {}],
    ["NumPy, f4, Fortran order, compressed", "numpy-f4-fortran.npz", {}],
    ["h5py, with attributes", "h5py.h5", {}],
    ["h5py, newest format, chunked, shuffled, compressed", "h5py-latest-chunked.h5", {}],
    ["torch.save(state_dict)", "torch-state-dict.pt", {}],
    ["a training checkpoint", "torch-checkpoint.pth", {}],
    ["views, half precision, integers, a broadcast", "torch-views.pt", {}],
    ["torch.save as before version 1.6", "torch-legacy.pt", {}],
    ["torch.save(module), a module inside another", "torch-module.pt", {}],
    ["torch.jit.save", "torch-script.pt", {}],
    ["arrays and numbers of NumPy, and a tensor of no dimension", "torch-numpy.pt", { set: { dt: undefined } }],
    ["a pickle of protocol 2", "numpy-protocol-2.pkl", {}],
    ["a pickle of protocol 5", "numpy-protocol-5.pkl", {}],
    ["safetensors, F64", "safetensors-f64.safetensors", {}],
    ["safetensors, F16, with metadata", "safetensors-f16.safetensors", {}],
  ] as const)("%s", async (_, name, options) => {
    const [model, ...others] = (await modelsOf(name, options)) as [Model, ...Model[]];
    expect(others).toEqual([]);
    expect(model.sha256).toBe(await sha256Of(MODEL));
  });

  it.each([
    ["NumPy, with texts", "numpy-plrnn.npz", { set: { dt: undefined } }],
    ["MATLAB v7.3, variables", "matlab.mat", {}],
    ["MATLAB v7.3, a struct", "matlab-struct.mat", {}],
    ["Julia's HDF5.jl", "julia-hdf5.h5", { columnMajor: true }],
  ] as const)("%s: a square W is not transposed", async (_, name, options) => {
    const model = (await modelsOf(name, options))[0]!;
    expect(model.sha256).toBe(await sha256Of(PLRNN));
  });

  it("without columnMajor a Julia file is another model: nothing in it tells", async () => {
    const model = (await modelsOf("julia-hdf5.h5"))[0]!;
    expect(model.sha256).not.toBe(await sha256Of(PLRNN));
  });

  it.each([
    ["groups, in natural order", "h5py-series.h5", ["run.epoch_1", "run.epoch_2", "run.epoch_10"], [1, 2, 10]],
    ["a MATLAB struct array", "matlab-struct-array.mat", ["fits[0]", "fits[1]", "fits[2]"], [1, 2, 3]],
    ["a MATLAB cell array", "matlab-cell-array.mat", ["fits[0]", "fits[1]"], [1, 2]],
  ] as const)("several models: %s", async (_, file, places, factors) => {
    const models = await modelsOf(file);
    const base = file.slice(0, file.lastIndexOf("."));
    expect(models.map(({ name }) => name)).toEqual(places.map((place) => `${base}.${place}`));
    for (const [i, model] of models.entries()) {
      expect(model.sha256).toBe(await sha256Of({ ...PLRNN, h: PLRNN.h.map((x) => x * factors[i]!) }));
    }
  });
});

it.each(["run/epoch_2", "run.epoch_2", "/run/epoch_2"])("--prefix %s names a group of HDF5", async (prefix) => {
  const [model, ...others] = (await modelsOf("h5py-series.h5", { prefix })) as [Model, ...Model[]];
  expect(others).toEqual([]);
  expect(model.sha256).toBe(await sha256Of({ ...PLRNN, h: PLRNN.h.map((x) => x * 2) }));
});

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

describe("what is no data is a FileError and is never run", () => {
  const TOUCHED = "/tmp/stillpoint-was-here";
  it.each([
    ["a call of os.system", "torch-evil.pt", /mentions posix\.system/],
    [
      "an object without tensors",
      "torch-whole-object.pt",
      /is a pickled __main__\.Whole.*torch\.save\(model\.state_dict\(\)/,
    ],
    [
      "a frozen TorchScript archive",
      "torch-script-frozen.pt",
      /frozen into its code.*torch\.save\(model\.state_dict\(\)/,
    ],
  ])("%s", async (_, name, message) => {
    const reading = readModels(await fixture(name), name);
    await expect(reading).rejects.toThrow(FileError);
    await expect(reading).rejects.toThrow(message);
    expect(existsSync(TOUCHED)).toBe(false);
  });

  it("an HDF5 file whose heap of texts the library would walk for ever", async () => {
    const bytes = Uint8Array.from(await fixture("h5py.h5"));
    const freeSpace = new TextDecoder("latin1").decode(bytes).indexOf("GCOL") + 40;
    bytes[freeSpace + 9] = 0x0b;
    await expect(readModels(bytes, "m.h5")).rejects.toThrow(/has a damaged heap of texts/);
  });

  it("an HDF5 text that claims more bytes than the file has, whose every byte the library would convert", async () => {
    const bytes = Uint8Array.from(await fixture("h5py.h5"));
    const view = new DataView(bytes.buffer);
    const collection = new TextDecoder("latin1").decode(bytes).indexOf("GCOL");
    const lengthOfText = bytes.findIndex(
      (length, i) => length === "shPLRNN".length && view.getBigUint64(i + 4, true) === BigInt(collection),
    );
    view.setUint32(lengthOfText, 0x7e000007, true);
    await expect(readModels(bytes, "m.h5")).rejects.toThrow(/has a damaged heap of texts/);
  });

  it("an HDF5 attribute of another type, whose claims the library would believe", async () => {
    const bytes = Uint8Array.from(await fixture("h5py.h5"));
    const kindType = new TextDecoder("latin1").decode(bytes).indexOf("kind\0") + 8;
    // a sequence of variable length instead of a text
    bytes[kindType + 1] = 5;
    await expect(readModels(bytes, "m.h5")).rejects.toThrow(/kind: holds neither numbers nor a text/);
  });

  it("a file that ruins the memory and the stack of the HDF5 library, and the next one is read right", async () => {
    const h5 = await import("h5wasm");
    const wasm = await h5.ready;
    const formatOutOfBounds = (): unknown =>
      wasm.ccall("snprintf", "number", ["number", "number", "number"], [0, 1, -1]);
    const keys = vi.spyOn(h5.Group.prototype, "keys").mockImplementationOnce(() => {
      for (let i = 0; i < 100_000; i++) expect(formatOutOfBounds).toThrow(WebAssembly.RuntimeError);
      wasm.HEAPU8.fill(0xff);
      return formatOutOfBounds() as never;
    });
    try {
      await expect(modelsOf("h5py.h5")).rejects.toThrow(/is a damaged HDF5 file \(memory access out of bounds\)/);
      expect((await modelsOf("h5py.h5"))[0]!.sha256).toBe(await sha256Of(MODEL));
    } finally {
      keys.mockRestore();
    }
  });

  /** A checkpoint around a handwritten pickle. */
  const checkpoint = (pickle: readonly (number | string)[], data = new Uint8Array(16)): Uint8Array =>
    zipSync({
      "a/data.pkl": Uint8Array.from(pickle.flatMap((x) => (typeof x === "string" ? bytesOf(x) : [x]))),
      "a/data/0": data,
    });
  const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];
  const unicode = (text: string): (number | string)[] => [0x8c, text.length, text];
  const global = (name: string): string =>
    `c${name.slice(0, name.lastIndexOf("."))}\n${name.slice(name.lastIndexOf(".") + 1)}\n`;
  const storage = (key: string): (number | string)[] => [
    "(",
    ...unicode("storage"),
    global("torch.DoubleStorage"),
    ...unicode(key),
    ...unicode("cpu"),
    0x4b,
    2,
    "tQ",
  ];
  const integers = (values: readonly number[]): (number | string)[] => [
    "(",
    ...values.flatMap((x) => [0x4a, x & 255, (x >> 8) & 255, (x >> 16) & 255, x >>> 24]),
    "t",
  ];
  const tensor = (shape: readonly number[], stride: readonly number[], offset = 0, key = "0"): (number | string)[] => [
    global("torch._utils._rebuild_tensor_v2"),
    "(",
    ...storage(key),
    0x4b,
    offset,
    ...integers(shape),
    ...integers(stride),
    0x89,
    global("collections.OrderedDict"),
    ")R",
    "tR",
  ];
  const dict = (members: readonly (readonly (number | string)[])[]): (number | string)[] => [
    0x80,
    2,
    "}(",
    ...members.flat(),
    "u.",
  ];
  const read = (pickle: readonly (number | string)[]) => readModels(checkpoint(pickle), "m.pt");

  it("the handwritten pickle is right as such", async () => {
    const array = (name: string, shape: readonly number[]) => [
      ...unicode(name),
      ...tensor(shape, shape.length === 1 ? [1] : [2, 1]),
    ];
    const [raw] = await read(dict([array("A", [2]), array("U", [1, 2]), array("V", [1, 2])]));
    expect(raw).toMatchObject({ value: { U: { data: new Float64Array(2), shape: [1, 2] } } });
  });

  it.each([
    ["a tensor longer than its storage", dict([[...unicode("W"), ...tensor([3], [1])]]), /reaches element 2 of 2/],
    ["an offset beyond its storage", dict([[...unicode("W"), ...tensor([1], [1], 9)]]), /reaches element 9 of 2/],
    [
      "a broadcast to 2^40 numbers",
      dict([[...unicode("W"), ...tensor([2 ** 20, 2 ** 20], [0, 0])]]),
      /entries; the limit/,
    ],
    ["a negative stride", dict([[...unicode("W"), ...tensor([2], [-1], 1)]]), /in a way that is not known/],
    ["a storage that is not there", dict([[...unicode("W"), ...tensor([1], [1], 0, "7")]]), /no data in the archive/],
    [
      "a call through builtins",
      [0x80, 2, global("builtins.eval"), "(", ...unicode("1"), "tR."],
      /mentions builtins\.eval/,
    ],
    [
      "a name put together on the stack",
      [0x80, 4, ...unicode("os"), ...unicode("system"), 0x93, "."],
      /mentions os\.system/,
    ],
    [
      "an instance of what is understood",
      [0x80, 2, global("torch.Size"), ")", 0x81, "."],
      /calls torch\.Size in a way/,
    ],
    ["an old-style instance", [0x80, 2, "(i__main__\nX\n."], /opcode 0x69/],
    ["an extension code", [0x80, 2, 0x82, 1, "."], /opcode 0x82/],
    ["a truncated text", [0x80, 2, 0x8c, 200, "abc"], /truncated/],
    ["a text of 2^60 bytes", [0x80, 4, 0x8d, 0, 0, 0, 0, 0, 0, 0, 16], /a text of 1152921504606847000 bytes/],
    ["an empty stack", [0x80, 2, "0."], /closes a group/],
    ["a memo that was never set", [0x80, 2, "h", 3, "."], /never stored/],
    ["a list in itself, and nothing else", [0x80, 2, "]q", 0, "h", 0, "a."], /holds no tensors/],
  ])("%s", async (_, pickle, message) => {
    await expect(read(pickle)).rejects.toThrow(FileError);
    await expect(read(pickle)).rejects.toThrow(message);
  });

  it("lists that mention one another a billion times are walked once", async () => {
    const layers = Array.from({ length: 40 }, (_, i) => ["(", "h", i, "h", i, "h", i, "l", "q", i + 1] as const).flat();
    await expect(read([0x80, 2, "]q", 0, ...layers, "."])).rejects.toThrow(/holds no tensors/);
  });
});

describe("a damaged .safetensors is a FileError", () => {
  const make = (header: unknown, data = new Uint8Array(16)): Uint8Array => {
    const text = typeof header === "string" ? header : JSON.stringify(header);
    const bytes = new TextEncoder().encode(text);
    const out = new Uint8Array(8 + bytes.length + data.length);
    new DataView(out.buffer).setBigUint64(0, BigInt(bytes.length), true);
    out.set(bytes, 8);
    out.set(data, 8 + bytes.length);
    return out;
  };
  const at = { dtype: "F64", data_offsets: [0, 16] };
  const W = (claim: object) =>
    make({ A: { ...at, shape: [2] }, U: { ...at, shape: [1, 2], ...claim }, V: { ...at, shape: [1, 2] } });
  it("as such it is right", async () => {
    const [raw] = await readModels(W({}), "m.safetensors");
    expect(raw).toMatchObject({ value: { U: { shape: [1, 2] } } });
  });
  it.each([
    ["a header longer than the file", make("{".padEnd(9)).subarray(0, 12), /header of 9 bytes but holds only 4/],
    ["a header that is no JSON", make("{broken}"), /not valid JSON/],
    ["a shape of 2^60", W({ shape: [2 ** 30, 2 ** 30] }), /claims the shape/],
    ["a shape beyond 2^53", W({ shape: [2 ** 60] }), /malformed shape/],
    ["a negative shape", W({ shape: [-2, -1] }), /malformed shape/],
    ["an end before its start", W({ data_offsets: [16, 0] }), /claims the bytes/],
    ["an end behind the file", W({ data_offsets: [0, 32] }), /claims the bytes 0 to 32 of 16/],
    ["complex numbers", W({ dtype: "C64" }), /elements of type C64/],
    ["a name of Object.prototype", W({ dtype: "constructor" }), /elements of type constructor/],
    ["no description", make({ W: 3 }), /not described/],
  ])("%s", async (_, bytes, message) => {
    await expect(readModels(bytes, "m.safetensors")).rejects.toThrow(FileError);
    await expect(readModels(bytes, "m.safetensors")).rejects.toThrow(message);
  });
});
