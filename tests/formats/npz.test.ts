import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { crc32, MAX_UNPACKED_BYTES } from "../../src/formats/read/zip.ts";
import { FileError } from "../../src/model/errors.ts";
import { parseModel, parseValue } from "../../src/model/parse.ts";
import { ARRAYS, f4, f8, i8, MODEL, makeNpy, makeNpz, text } from "./make-npz.ts";

async function modelOf(npz: Uint8Array) {
  const [raw] = await readModels(npz, "dir/net.npz");
  if (raw === undefined || "error" in raw) throw new Error("expected a model");
  return parseValue(raw.value, { name: raw.name });
}

async function errorOf(npz: Uint8Array): Promise<FileError> {
  try {
    await readModels(npz, "net.npz");
  } catch (error) {
    if (error instanceof FileError) return error;
    throw error;
  }
  throw new Error("expected a FileError");
}

/** Overwrites bytes of the central directory's first entry. */
function patchDirectory(npz: Uint8Array, offset: number, values: readonly number[]): Uint8Array {
  const out = npz.slice();
  const at = new DataView(out.buffer).getUint32(out.length - 22 + 16, true);
  out.set(values, at + offset);
  return out;
}

describe("a model in .npz", () => {
  it("is the same model as in JSON, by hash", async () => {
    const json = await parseModel(MODEL);
    for (const level of [0, 6] as const) {
      const npz = await modelOf(makeNpz(ARRAYS, level));
      expect(npz.sha256).toBe(json.sha256);
      expect(npz.name).toBe("net");
    }
  });

  it("may be Fortran-ordered, single precision, integer, version 2, or end its header anywhere", async () => {
    const json = await parseModel(MODEL);
    const npz = await modelOf(
      makeNpz({
        A: f4([2], [0.5, 0.25]),
        U: f8([3, 2], [1, 3, 5, 2, 4, 6], { fortran: true }),
        V: i8([3, 2], [1n, 0n, 0n, 1n, 1n, 1n]),
        hx: f8([3], [0, 1, 2], { version: 2 }),
        hz: f8([2], [1, 1], { align: 1 }),
      }),
    );
    expect(npz.sha256).toBe(json.sha256);
  });

  it("may be big-endian", async () => {
    const U = makeNpy("<f8", [3, 2], new Uint8Array(48));
    const view = new DataView(U.buffer, U.length - 48);
    [1, 2, 3, 4, 5, 6].forEach((x, i) => {
      view.setFloat64(8 * i, x, false);
    });
    U.set(new TextEncoder().encode(">"), new TextDecoder("latin1").decode(U).indexOf("<f8"));
    expect((await modelOf(makeNpz({ ...ARRAYS, U }))).sha256).toBe((await parseModel(MODEL)).sha256);
  });

  it("may hold kind, activation and scalars as numpy saves them", async () => {
    const model = await modelOf(
      makeNpz({
        kind: text("ALRNN"),
        name: text("from numpy"),
        activation: text('{"leaky": 0.5}'),
        A: f8([2], [0.5, 0.5]),
        W: f8([2, 2], [0, 1, 1, 0]),
        h: f8([1, 2], [1, 2]),
        P: i8([], [1n]),
        dt: f8([], [0.25]),
      }),
    );
    expect(model).toMatchObject({ kind: "ALRNN", name: "from numpy", units: 1, dt: 0.25 });
    expect([...model.system.M.rounded]).toEqual([-0.5, 0.5, 1, -0.5]);
  });

  it("may hold kind and name as bytes, padded as numpy pads them", async () => {
    const bytes = (value: string): Uint8Array => {
      const utf8 = new TextEncoder().encode(`${value}\0\0`);
      return makeNpy(`|S${utf8.length}`, [], utf8);
    };
    const model = await modelOf(makeNpz({ ...ARRAYS, kind: bytes("shPLRNN"), name: bytes("né") }));
    expect(model).toMatchObject({ kind: "shPLRNN", name: "né" });
  });

  it("ignores arrays that mean nothing, whatever their type, and names them", async () => {
    const model = await modelOf(makeNpz({ ...ARRAYS, source: makeNpy("|O", [1], new Uint8Array(8)) }));
    expect(model.ignoredKeys).toEqual(["source"]);
  });

  it("keeps names with paths inside the archive out of the way", async () => {
    const npz = await modelOf(
      makeNpz(Object.fromEntries(Object.entries(ARRAYS).map(([k, v]) => [`../../net/${k}`, v]))),
    );
    expect(npz.sha256).toBe((await parseModel(MODEL)).sha256);
  });
});

describe("a damaged or hostile .npz is a FileError", () => {
  it.each([
    ["truncated", (npz: Uint8Array) => npz.subarray(0, npz.length - 40), /truncated zip archive/],
    ["truncated in front", (npz: Uint8Array) => npz.subarray(0, 60), /truncated zip archive/],
    ["encrypted", (npz: Uint8Array) => patchDirectory(npz, 8, [1]), /encrypted/],
    ["with an unknown compression", (npz: Uint8Array) => patchDirectory(npz, 10, [12]), /compression method 12/],
    ["with a wrong checksum", (npz: Uint8Array) => patchDirectory(npz, 16, [1, 2, 3, 4]), /checksum is wrong/],
    ["claiming 4 GB", (npz: Uint8Array) => patchDirectory(npz, 24, [0xfe, 0xff, 0xff, 0xff]), /unpack to 4294967294/],
    ["pointing outside", (npz: Uint8Array) => patchDirectory(npz, 42, [0xff, 0xff, 0xff, 0x7f]), /damaged zip/],
    ["of a later version", (npz: Uint8Array) => patchDirectory(npz, 6, [64]), /needs version 6.4 of zip/],
    ["naming an entry twice in two ways", (npz: Uint8Array) => npz.slice().fill(66, 30, 31), /damaged zip/],
    [
      "with a shorter directory than it says",
      (npz: Uint8Array) => npz.slice().fill(99, npz.length - 10, npz.length - 9),
      /damaged zip/,
    ],
    ["in several parts", (npz: Uint8Array) => npz.slice().fill(7, npz.length - 18, npz.length - 16), /one part/],
  ])("%s", async (_, change, message) => {
    expect((await errorOf(change(makeNpz(ARRAYS)))).message).toMatch(message);
  });

  it("claiming a large array in a .npy header", async () => {
    const error = await errorOf(makeNpz({ ...ARRAYS, U: makeNpy("<f8", [4096, 4096], new Uint8Array(48)) }));
    expect(error.message).toMatch(/claims the shape \(4096, 4096\) but holds 6 numbers/);
    const larger = await errorOf(makeNpz({ ...ARRAYS, U: makeNpy("<f8", [16384, 16384], new Uint8Array(48)) }));
    expect(larger.message).toMatch(/has 268435456 entries; the limit is 33554432/);
  });

  it("unpacking to more than the limit", async () => {
    // 1,100 entries of 1 MiB zeros that share one compressed block are 1.1 GiB in a file of a few hundred kilobytes
    const one = makeNpz({ U: makeNpy("<f8", [131_072], new Uint8Array(2 ** 20)) });
    const view = new DataView(one.buffer);
    const directory = view.getUint32(one.length - 22 + 16, true);
    const entry = one.subarray(directory, one.length - 22);
    const copies = 1100;
    const bomb = new Uint8Array(directory + copies * entry.length + 22);
    bomb.set(one.subarray(0, directory));
    for (let i = 0; i < copies; i++) bomb.set(entry, directory + i * entry.length);
    bomb.set(one.subarray(one.length - 22), bomb.length - 22);
    const end = new DataView(bomb.buffer);
    end.setUint16(bomb.length - 12, copies, true);
    end.setUint32(bomb.length - 10, copies * entry.length, true);
    expect((await errorOf(bomb)).message).toMatch(new RegExp(`the limit is ${MAX_UNPACKED_BYTES}`));
  });

  it("holding an array twice, if it is one of the model", async () => {
    const twice = { "rnn/U": ARRAYS.U, "rnn.U": ARRAYS.U, "rnn/V": ARRAYS.V };
    expect((await errorOf(makeNpz(twice))).message).toMatch(/holds rnn\.U twice/);
    const elsewhere = { ...ARRAYS, "log/loss": ARRAYS.A, "log.loss": ARRAYS.A };
    expect((await modelOf(makeNpz(elsewhere))).sha256).toBe((await parseModel(MODEL)).sha256);
  });

  it.each([
    ["a text where numbers belong", { ...ARRAYS, U: makeNpy("<U1", [2], new Uint8Array(8)) }, /holds 2 texts/],
    ["Python objects", { ...ARRAYS, U: makeNpy("|O", [1], new Uint8Array(8)) }, /elements of type O/],
    ["complex numbers", { ...ARRAYS, U: makeNpy("<c16", [1], new Uint8Array(16)) }, /complex/],
    ["booleans", { ...ARRAYS, U: makeNpy("|b1", [1], new Uint8Array(1)) }, /elements of type b1/],
    ["integers beyond 2^53", { ...ARRAYS, U: i8([1], [2n ** 53n + 1n]) }, /9007199254740993/],
    ["half a number", { ...ARRAYS, U: makeNpy("<f8", [1], new Uint8Array(7)) }, /can't be read/],
    ["no magic", { ...ARRAYS, U: new Uint8Array(64) }, /can't be read/],
    ["an empty array file", { ...ARRAYS, U: new Uint8Array(0) }, /can't be read/],
    ["a header longer than the file", { ...ARRAYS, U: ARRAYS.U.slice(0, 40) }, /header is longer/],
    ["a broken activation", { ...ARRAYS, activation: text("{leaky") }, /not valid JSON/],
  ])("%s", async (_, arrays, message) => {
    expect((await errorOf(makeNpz(arrays))).message).toMatch(message);
  });

  it("no arrays, or a damaged PyTorch checkpoint", async () => {
    expect((await errorOf(makeNpz({}))).message).toMatch(/holds no .npy arrays/);
    const torch = zipSync({ "archive/data.pkl": new Uint8Array(4), "archive/data/0": new Uint8Array(4) });
    expect((await errorOf(torch)).message).toMatch(/opcode 0x00/);
    await expect(readModels(Uint8Array.of(0x50, 0x4b), "x.npz")).rejects.toThrow(FileError);
  });
});

describe("folders in the names of an .npz", () => {
  const inside = (folder: string, arrays: Record<string, Uint8Array>): Record<string, Uint8Array> =>
    Object.fromEntries(Object.entries(arrays).map(([key, npy]) => [`${folder}/${key}`, npy]));
  const other = { ...ARRAYS, A: f8([2], [0.125, 0.125]) };
  const hashOf = async (arrays: Record<string, Uint8Array>, options: ReadOptions = {}): Promise<string> => {
    const [raw] = await readModels(makeNpz(arrays), "net.npz", options);
    if (raw === undefined || "error" in raw) throw new Error("expected a model");
    return (await parseValue(raw.value)).sha256;
  };

  it("keep arrays of one name apart, and --prefix chooses", async () => {
    const two = { ...inside("rnn", ARRAYS), ...inside("opt", other) };
    await expect(hashOf(two)).rejects.toThrow(
      /in several places, opt, rnn: .* Say which: stillpoint solve net\.npz --prefix opt \(.*, or .* --prefix rnn \(/,
    );
    const [mine, others] = [await hashOf(ARRAYS), await hashOf(other)];
    expect(mine).not.toBe(others);
    expect(await hashOf(two, { prefix: "rnn" })).toBe(mine);
    expect(await hashOf(two, { prefix: "opt" })).toBe(others);
  });

  it("are written with dots or slashes in --prefix and --map", async () => {
    const deep = { ...inside("net/cell", ARRAYS), ...inside("old/cell", other) };
    for (const prefix of ["net/cell", "net.cell", "/net/cell/"]) {
      expect(await hashOf(deep, { prefix })).toBe(await hashOf(ARRAYS));
    }
    for (const A of ["old/cell/A", "old.cell.A"]) {
      expect(await hashOf(deep, { prefix: "net/cell", map: { A } })).toBe(await hashOf(other));
    }
    const negated = { ...ARRAYS, A: f8([2], [-0.125, -0.125]) };
    expect(await hashOf({ ...ARRAYS, "log/a": other.A }, { map: { A: "-log/a" } })).toBe(await hashOf(negated));
  });

  it.each(["adam", "optimizer", "train/optimizer_state/mu", "Adam/0"])(
    "never take the averages of an optimizer, in %s, for parameters",
    async (folder) => {
      const trained = { ...inside("net", ARRAYS), ...inside(folder, other) };
      expect(await hashOf(trained)).toBe(await hashOf(ARRAYS));
      expect(await hashOf(trained, { prefix: folder })).toBe(await hashOf(other));
      await expect(hashOf(inside(folder, ARRAYS))).rejects.toThrow(/holds no arrays named as a model's/);
      const { U, ...rest } = ARRAYS;
      await expect(hashOf({ ...rest, [`${folder}/U`]: U })).rejects.toThrow(/holds no arrays named as a model's/);
    },
  );

  it("may begin like the name of an optimizer", async () => {
    expect(await hashOf(inside("adamant", ARRAYS))).toBe(await hashOf(ARRAYS));
  });
});

it("crc32 gives the check value of its standard", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});
