import { describe, expect, it } from "vitest";
import { findFixedPoints } from "../../src/api/find.ts";
import * as io from "../../src/formats/index.ts";
import { readModelFile, writeResults } from "../../src/formats/index.ts";
import { Budget } from "../../src/formats/read/budget.ts";
import { readZipDirectory } from "../../src/formats/read/zip.ts";
import { npy } from "../../src/formats/write/npy.ts";

const PAIR = {
  kind: "TLN",
  W: [
    [0, -0.4],
    [-0.4, 0],
  ],
  b: [1, 1],
  name: "pair",
};
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe("stillpoint/io", () => {
  it("exports what it is known to export", () => {
    expect(Object.keys(io).sort()).toEqual(["LAYOUT_NAMES", "readModelFile", "writeResults"]);
  });

  it("goes from the bytes of a file to the bytes of an answer, in every format", async () => {
    const [file] = await readModelFile(bytesOf(PAIR), "pair.json");
    if (file === undefined || "error" in file) throw new Error("not read");
    const result = await findFixedPoints(file.model);
    const text = async (format: io.ResultFormat) => new TextDecoder().decode(await writeResults([result], format));
    expect(JSON.parse(await text("json"))).toEqual(JSON.parse(JSON.stringify(result)));
    expect(JSON.parse(await text("ndjson"))).toEqual(JSON.parse(JSON.stringify(result)));
    expect(await text("csv")).toMatch(/^model,index,.*\npair,0,certified,stable,/);
    expect(await text("text")).toContain("1 fixed point. Complete");
    const npz = await writeResults([result], "npz");
    expect(readZipDirectory(npz, "r.npz", new Budget("r.npz")).map(({ name }) => name)).toContain("z.npy");
  });

  it("reads the arrays of a folder, under names of their own", async () => {
    const array = (shape: number[], ...data: number[]) => npy("<f8", shape, Float64Array.from(data));
    const files = new Map([
      ["weights.npy", array([1, 1], 0.5)],
      ["bias.npy", array([1], 1)],
    ]);
    const naming = { map: { W: "weights", h: "bias" }, set: { kind: "RNN" } };
    const [file] = await readModelFile(files, "folder", naming);
    if (file === undefined || "error" in file) throw new Error("not read");
    expect((await findFixedPoints(file.model)).fixedPoints.map(({ z }) => z[0])).toEqual([2]);
  });

  it("tells what is wrong with a file, and of a model in it beside the others", async () => {
    await expect(readModelFile(Uint8Array.of(1, 2, 3), "junk.bin")).rejects.toThrow("junk.bin");
    const lines = new TextEncoder().encode(`${JSON.stringify(PAIR)}\n${JSON.stringify(PAIR)}\n{"kind":\n`);
    const files = await readModelFile(lines, "lines.ndjson");
    expect(files.map((file) => "error" in file)).toEqual([false, false, true]);
  });

  it("counts the memory of an array once, where a first reading fails and another is guessed", async () => {
    const array = (...shape: number[]) => {
      const count = shape.reduce((a, b) => a * b);
      return npy("<f8", shape, new Float64Array(count).fill(1 / count));
    };
    const files = new Map([
      ["W.npy", array(20, 20)],
      ["bias.npy", array(20)],
    ]);
    const naming = { guess: true, set: { kind: "RNN" } };
    const needed = 32 * 420;
    await expect(readModelFile(files, "folder", { ...naming, maxMemory: needed })).resolves.toHaveLength(1);
    await expect(readModelFile(files, "folder", { ...naming, maxMemory: needed - 1 })).rejects.toThrow("limit");
  });

  it("keeps to the memory and the time that it is given", async () => {
    const large = { ...PAIR, W: Array.from({ length: 100 }, () => new Array(100).fill(0)) };
    await expect(readModelFile(bytesOf(large), "large.json", { maxMemory: 10_000 })).rejects.toThrow("--max-memory");
    await expect(readModelFile(bytesOf(large), "large.json", { maxSeconds: 0 })).rejects.toThrow("more than 0 s");
    await expect(readModelFile(bytesOf(large), "large.json")).resolves.toHaveLength(1);
  });
});
