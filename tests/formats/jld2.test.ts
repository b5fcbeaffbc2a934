import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/formats/read/budget.ts";
import type { Entries } from "../../src/formats/read/entries.ts";
import { withHdf5 } from "../../src/formats/read/hdf5/hdf5.ts";
import { type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { FileError } from "../../src/model/errors.ts";
import { parseValue } from "../../src/model/parse.ts";
import { PLRNN } from "./fixture-models.ts";

/** Laid out by fixtures/make_fixtures.py as JLD2 does. */
const fixture = async (name: string): Promise<Uint8Array> =>
  Uint8Array.from(await readFile(new URL(`fixtures/${name}`, import.meta.url)));

const shapesOf = (entries: Entries): Record<string, string> =>
  Object.fromEntries([...entries].map(([name, entry]) => [name, entry.shape()?.join("×") ?? "none"]));

async function inside<T>(name: string, use: (entries: Entries) => T): Promise<T> {
  return withHdf5(await fixture(name), name, false, new Budget(name), use);
}

describe("objects of Julia hold the same model as JSON", () => {
  it.each([
    ["a named tuple in another", "jld2-named-tuples.jld2", { prefix: "run.model" }],
    ["a dictionary", "jld2-named-tuples.jld2", { prefix: "dict", set: { kind: "PLRNN" } }],
    ["a ComponentArray of continuous-time-PLRNN", "jld2-components.jld2", { set: { kind: "PLRNN" } }],
  ])("%s", async (_, name, options: ReadOptions) => {
    const [raw, ...others] = await readModels(await fixture(name), name, { ...options });
    if ("error" in raw!) throw raw.error;
    expect(others).toEqual([]);
    const { sha256 } = await parseValue({ ...PLRNN, ...("dt" in (raw!.value as object) ? { dt: 0.5 } : {}) });
    expect((await parseValue(raw!.value)).sha256).toBe(sha256);
  });

  it("a ComponentArray has the parts that its axes name", async () => {
    expect(await inside("jld2-components.jld2", shapesOf)).toEqual({
      "p.cont_model.A": "3",
      "p.cont_model.W": "3×3",
      "p.cont_model.h": "3",
      "p.obs_model.B": "2×3",
    });
    const B = await inside("jld2-components.jld2", (entries) => entries.get("p.obs_model.B")?.read());
    expect(B).toEqual({ data: Float32Array.of(0, 1, 2, 3, 4, 5), shape: [2, 3] });
  });

  it("numbers, texts and items of a vector have names, too", async () => {
    await inside("jld2-named-tuples.jld2", (entries) => {
      expect(entries.get("run.loss")?.read()).toEqual({ data: Float32Array.of(0.25), shape: [] });
      expect(entries.get("list[1]")?.read()).toBe("text");
      expect(entries.get("kind")?.read()).toBe("PLRNN");
      expect(() => entries.get("packed.x")?.read()).toThrow(/packed\.x: is compressed.*jldsave/);
    });
  });
});

describe("what a file of Julia may do to a reader", () => {
  it("a vector that holds itself is entered once, and one on 3^16 ways is an error where it is used", async () => {
    await inside("jld2-hostile.jld2", (entries) => {
      expect(Object.keys(shapesOf(entries)).sort()).toEqual(["circle[1]", "ways"]);
      expect(() => entries.get("ways")?.read()).toThrow(/more than 100000 links/);
    });
  });

  it("axes that lie are an error where they are used", async () => {
    const bytes = await fixture("jld2-components.jld2");
    const text = new TextDecoder("latin1").decode(bytes);
    const view = new DataView(bytes.buffer);
    // h = 13:15 becomes 2^40:15
    let at = -1;
    for (let i = 0; i + 16 <= bytes.length; i++) {
      if (view.getBigInt64(i, true) === 13n && view.getBigInt64(i + 8, true) === 15n) at = i;
    }
    expect(at).toBeGreaterThan(0);
    view.setBigInt64(at, 2n ** 40n, true);
    await withHdf5(bytes, "m.jld2", false, new Budget("m.jld2"), (entries) => {
      expect(() => entries.get("p.cont_model.h")?.read()).toThrow(FileError);
      expect(entries.get("p.cont_model.A")?.shape()).toEqual([3]);
    });
    // an axis of a type that is not known
    const renamed = await fixture("jld2-components.jld2");
    renamed.set(new TextEncoder().encode("ShapedAxes"), text.indexOf("ShapedAxis"));
    await withHdf5(renamed, "m.jld2", false, new Budget("m.jld2"), (entries) => {
      expect(() => entries.get("p")?.read()).toThrow(/ComponentArray whose axes can't be read.*Save NamedTuple/);
    });
  });
});
