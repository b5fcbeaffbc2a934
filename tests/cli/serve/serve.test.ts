import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Models } from "../../../src/cli/serve/many.ts";
import { REQUESTS } from "../../../src/cli/serve/requests.ts";
import { npy } from "../../../src/formats/write/npy.ts";
import { checkProofFile, findFixedPoints } from "../../../src/index.ts";
import type { ModelInput } from "../../../src/model/input.ts";
import { sealOf } from "../../../src/model/seal.ts";
import { type Json, lasting, randomModel } from "../models.ts";
import { folderWith } from "../run.ts";
import { Client } from "./client.ts";

/** Takes minutes by the regions method. */
const LONG = { model: randomModel(1, 200, 4), options: { method: "regions", threads: 1 } };
const SMALL = randomModel(2, 8, 2);

const array = (values: readonly number[], shape: readonly number[]): Json => ({
  base64: Buffer.from(Float64Array.from(values).buffer).toString("base64"),
  dtype: "f8",
  shape,
});

let client: Client;
let hello: Json;

beforeEach(async () => {
  client = new Client();
  hello = await client.next();
});
afterEach(() => client.close());

describe("stillpoint serve", () => {
  it("says first what it is, and what can be asked", () => {
    expect(hello).toMatchObject({ protocol: 1, runtime: expect.stringContaining("Node") });
    expect(hello.requests).toEqual([...Object.keys(REQUESTS), "solveMany"]);
    const page = readFileSync(new URL("../../../docs/serve.md", import.meta.url), "utf8");
    for (const name of hello.requests as string[]) expect(page).toContain(`| \`${name}\``);
  });

  it("solves what the API solves, arrays as lists or as bytes", async () => {
    const { fixedPoints, model } = await findFixedPoints(SMALL);
    const { U, A, hx } = SMALL;
    const bytes = { ...SMALL, U: array(U.flat(), [8, 2]), A: array(A, [2]), hx: array(hx, [8]) };
    for (const model_ of [SMALL, bytes]) {
      const { result } = (await client.ask({ id: 1, do: "solve", model: model_ })) as { result: Json };
      expect(result).toMatchObject({ complete: true, model });
      expect(result.fixedPoints).toEqual(fixedPoints);
    }
  });

  it("refuses what does not say what to do, and its own input as a file, and goes on", async () => {
    for (const request of [
      { id: 1 },
      { id: 2, Do: "solve", model: SMALL },
      { id: 3, model: SMALL },
      { id: 4, end: true },
    ])
      expect(await client.ask(request)).toMatchObject({ error: { code: "INVALID_OPTION", option: "do" } });
    for (const path of ["-", "/dev/stdin"])
      for (const request of [
        { do: "solve", file: path },
        { do: "solveMany", paths: [path] },
      ]) {
        const { error } = await client.ask({ id: 5, ...request });
        expect(error).toMatchObject({ code: "INVALID_FILE", problem: expect.stringContaining("holds the requests") });
      }
    const npz = { do: "solve", model: {}, npz: { path: "-" } };
    expect(await client.ask({ id: 6, ...npz })).toMatchObject({ error: { code: "INVALID_FILE" } });
    expect(await client.ask({ id: 7, do: "plot", sweep: {} })).toMatchObject({ error: { option: "sweep" } });
    expect(await client.ask({ id: 8, do: "solve", model: SMALL })).toMatchObject({ result: { complete: true } });
  });

  it("gives proof files beside results that are sealed without them, and says why there is none", async () => {
    const model: Json = { A: [0], U: [[1], [-1]], V: [[-2], [-2]], hx: [0, 0], hz: [-1] };
    for (const [request, more] of [
      ["solve", {}],
      ["cycles", { maxPeriod: 2 }],
    ] as const) {
      const ask = async (options: Json) =>
        (await client.ask({ id: 1, do: request, model, options: { ...more, ...options } })) as {
          result: Json;
          proofBytes?: string;
        };
      const { result, proofBytes } = await ask({ proof: true });
      expect(sealOf(result)).toBe("whole");
      const report = checkProofFile(model as object as ModelInput, result, Buffer.from(proofBytes!, "base64"));
      expect(report).toMatchObject({ accepted: true });
      expect(result.proofFile).toMatchObject({ bytes: Buffer.from(proofBytes!, "base64").length });
      expect(await ask({})).not.toHaveProperty("proofBytes");
      const late = await ask({ proof: true, maxSeconds: 1e-9 });
      expect(late).not.toHaveProperty("proofBytes");
      expect(late.result).toMatchObject({ proof: "none", noProofBecause: expect.any(String) });
    }
    expect(await client.ask({ id: 1, do: "solveMany", options: { proof: true } })).toMatchObject({
      error: { option: "proof" },
    });
  });

  it("takes large arrays from a file, which it removes, also where it can't be read", async () => {
    const { U, ...rest } = SMALL;
    const file = join(await folderWith({}), "U.npz");
    for (const bytes of [zipSync({ "U.npy": npy("<f8", [8, 2], Float64Array.from(U.flat())) }), Buffer.from("junk")]) {
      writeFileSync(file, bytes);
      const answer = await client.ask({ id: "a", do: "count", model: rest, npz: { path: file, remove: true } });
      if (bytes.length > 10) expect(answer).toMatchObject({ result: { regions: "37" } });
      else expect(answer).toMatchObject({ error: { code: "INVALID_FILE", file: "model" } });
      expect(existsSync(file)).toBe(false);
    }
  });

  it("finds arrays under other names, in one module among others", async () => {
    const { name: _, U, V, ...rest } = SMALL;
    const model = {
      ...Object.fromEntries(Object.entries(rest).map(([key, x]) => [`rnn.${key}`, x])),
      "rnn.u": U,
      "rnn.v": V,
    };
    const naming = { prefix: "rnn", map: { U: "u", V: "v" } };
    const answer = await client.ask({ id: 1, do: "solve", model, naming });
    expect(answer).toMatchObject({ result: { model: { sha256: (await findFixedPoints(SMALL)).model.sha256 } } });
    const wrong = await client.ask({ id: 2, do: "solve", model, naming: { map: { Z: "u" } } });
    expect(wrong).toMatchObject({ error: { code: "INVALID_OPTION", option: "naming" } });
  });

  it("reads a file of one model, and refuses one of several", async () => {
    const folder = await folderWith({
      "one.json": JSON.stringify(SMALL),
      "two.ndjson": `${JSON.stringify(SMALL)}\n${JSON.stringify(SMALL)}\n`,
    });
    expect(await client.ask({ id: 1, do: "count", file: join(folder, "one.json") })).toHaveProperty("result");
    const several = await client.ask({ id: 2, do: "count", file: join(folder, "two.ndjson") });
    expect(several).toMatchObject({ error: { problem: expect.stringContaining("holds 2 models") } });
    expect(await client.ask({ id: 3, do: "count", file: folder })).toMatchObject({ error: { code: "INVALID_FILE" } });
    expect(await client.ask({ id: 4, do: "count", file: 5 })).toMatchObject({ error: { option: "file" } });
  });

  it("answers a short request while a long one goes on, tells of its progress, and cancels it", async () => {
    client.send({ id: 1, do: "solve", progress: true, ...LONG });
    const told = await client.next(({ progress }) => progress !== undefined);
    expect(told).toMatchObject({ id: 1, progress: { phase: "regions", fraction: expect.any(Number) } });
    expect(await client.ask({ id: 2, do: "solve", model: SMALL })).toMatchObject({ result: { complete: true } });
    client.send({ cancel: 1 }, { cancel: 99 });
    const answer = await client.next(({ id, result }) => id === 1 && result !== undefined);
    expect(answer).toMatchObject({
      result: { complete: false, incompleteBecause: expect.stringContaining("cancelled") },
    });
  });

  it("ends when its input ends, and cancels what is not answered", async () => {
    client.send({ id: 1, do: "solve", progress: true, ...LONG });
    await client.next(({ progress }) => progress !== undefined);
    const { code, messages } = await client.close();
    expect(code).toBe(0);
    const answer = messages.find(({ result }) => result !== undefined);
    expect(answer).toMatchObject({ id: 1, result: { complete: false } });
  });

  it("lists the cycles of a map", async () => {
    // z' = 1 − 2 |z|: a tent
    const tent = { A: [0], U: [[1], [-1]], V: [[-2], [-2]], hx: [0, 0], hz: [-1] };
    const { result } = (await client.ask({ id: 1, do: "cycles", model: tent, options: { maxPeriod: 3 } })) as {
      result: Json;
    };
    expect(result).toMatchObject({ complete: true, completeUpTo: 3 });
    expect((result.cycles as { period: number }[]).map(({ period }) => period)).toEqual([1, 1, 2, 3, 3]);
    expect(await client.ask({ id: 2, do: "cycles", model: tent })).toMatchObject({ error: { option: "maxPeriod" } });
  });

  it("sweeps, verifies, draws and runs", async () => {
    const model = { ...SMALL, C: [[1], [0]] };
    const range = { parameter: "s0", from: -1, to: 1, samples: 3 };
    const { result: sweep } = (await client.ask({ id: 1, do: "sweep", model, range })) as { result: Json };
    expect(sweep).toMatchObject({ schema: "stillpoint/sweep@1", complete: true });
    const { result } = (await client.ask({ id: 2, do: "solve", model: SMALL })) as { result: Json };
    expect(await client.ask({ id: 3, do: "verify", model: SMALL, result })).toMatchObject({ result: { ok: true } });
    const other = await client.ask({ id: 4, do: "verify", model: randomModel(3, 8, 2), result });
    expect(other).toMatchObject({ result: { ok: false } });
    for (const request of [{ model: SMALL, result }, { sweep }])
      expect(await client.ask({ id: 5, do: "plot", ...request })).toMatchObject({
        result: expect.stringMatching(/^<svg/),
      });
    const wrong = await client.ask({ id: 6, do: "plot", model: randomModel(3, 8, 2), result });
    expect(wrong).toMatchObject({ error: { option: "result" } });
    const start = array([0, 0], [1, 2]);
    const run = await client.ask({ id: 7, do: "trajectory", model: SMALL, start, steps: 4 });
    expect(run).toMatchObject({ result: { dtype: "f8", shape: [1, 5, 2] } });
  });
});

describe("many models", () => {
  it("are answered in their order, bad ones by an error in their place", async () => {
    client.send({ id: 1, do: "solveMany", options: { threads: 1 } });
    const models = [randomModel(1, 5, 2), { A: ["x"] }, randomModel(2, 5, 2)];
    for (const model of models) client.send({ id: 1, model });
    client.send({ id: 1, end: true });
    for (const [index, model] of models.entries()) {
      const answer = await client.next();
      expect(answer).toMatchObject({ id: 1, index });
      if (index === 1) expect(answer).toMatchObject({ error: { code: "INVALID_MODEL" } });
      else
        expect(lasting(answer.result as Json)).toMatchObject({
          fixedPoints: (await findFixedPoints(model as ModelInput)).fixedPoints,
        });
    }
    expect(await client.next()).toEqual({ id: 1, end: true });
  });

  it("are answered one by one, where the next is sent after an answer", async () => {
    client.send({ id: 1, do: "solveMany", options: { threads: 2 } });
    for (let index = 0; index < 20; index++) {
      client.send({ id: 1, model: SMALL });
      expect(await client.next()).toMatchObject({ id: 1, index });
    }
  });

  it("hold back the lines after them, where too many wait", async () => {
    const models = new Models();
    const held: Json[] = [];
    let room: Promise<void> | undefined;
    for (let i = 0; room === undefined; i++) {
      let isRoom = false;
      const added = models.add({ i }).then(() => {
        isRoom = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      if (!isRoom) room = added;
    }
    for await (const model of models) {
      held.push(model);
      if (held.length === 1) continue;
      await room;
      models.end();
    }
    expect(held).toHaveLength(2048);
    expect(held.map(({ i }) => i)).toEqual(held.map((_, i) => i));
  });

  it("come from files, and end with a cancel", async () => {
    const folder = await folderWith({
      "a.json": JSON.stringify(SMALL),
      "b.json": "junk",
      "c.json": JSON.stringify(SMALL),
    });
    client.send({ id: 1, do: "solveMany", paths: [folder, join(folder, "none")] });
    expect(await client.next()).toMatchObject({ index: 0, result: { complete: true } });
    expect(await client.next()).toMatchObject({ index: 1, error: { code: "INVALID_FILE" } });
    expect(await client.next()).toMatchObject({ index: 2, result: { complete: true } });
    expect(await client.next()).toMatchObject({ index: 3, error: { code: "INVALID_FILE" } });
    expect(await client.next()).toEqual({ id: 1, end: true });
    client.send({ id: 2, do: "solveMany" }, { id: 2, model: SMALL });
    await client.next();
    client.send({ cancel: 2 });
    expect(await client.next()).toEqual({ id: 2, end: true });
  });
});

describe("a bad request is answered, and the next one too", () => {
  const good = { id: "good", do: "count", model: SMALL };

  it.each<[string, Json | string | Uint8Array, Json]>([
    ["no JSON", "nonsense\n", { id: null, error: { code: "INVALID_FILE" } }],
    ["half of it", '{"id": 5, "do"\n', { id: 5, error: { code: "INVALID_FILE" } }],
    ["a list", "[1, 2]\n", { id: null, error: { option: "id" } }],
    ["no UTF-8", Uint8Array.of(0x7b, 0xff, 0x0a), { id: null, error: { code: "INVALID_FILE" } }],
    ["nested too deep", `{"id":1,"model":${"[".repeat(2000)}${"]".repeat(2000)}}\n`, { id: 1, error: {} }],
    ["no id", { do: "count" }, { id: null, error: { option: "id" } }],
    ["no known request", { id: 1, do: "constructor" }, { id: 1, error: { option: "do" } }],
    ["no model", { id: 1, do: "solve" }, { id: 1, error: { field: "model" } }],
    ["a list of options", { ...good, id: 1, options: [] }, { id: 1, error: { option: "options" } }],
    ["an option of no use", { ...good, id: 1, options: { speed: 1 } }, { id: 1, error: { option: "speed" } }],
    [
      "an option as a text",
      { ...good, id: 1, do: "solve", options: { threads: "2" } },
      { id: 1, error: { option: "threads" } },
    ],
    ["a result of null", { ...good, id: 1, do: "verify", result: null }, { id: 1, result: { ok: false } }],
    [
      "a range without an end",
      { ...good, id: 1, do: "sweep", range: { parameter: "s0", from: 1 } },
      { id: 1, error: { option: "range" } },
    ],
    ["paths of numbers", { id: 1, do: "solveMany", paths: [1] }, { id: 1, error: { option: "paths" } }],
    ["an npz of nothing", { ...good, id: 1, npz: 3 }, { id: 1, error: { option: "npz" } }],
    [
      "a start of another size",
      { ...good, id: 1, do: "trajectory", steps: 1, start: array([1], [1, 1]) },
      { id: 1, error: { option: "start" } },
    ],
    [
      "too many steps",
      { ...good, id: 1, do: "trajectory", steps: 1e9, start: array([1, 1], [1, 2]) },
      { id: 1, error: { option: "steps" } },
    ],
    [
      "bytes that are too few",
      { id: 1, do: "count", model: { ...SMALL, A: { ...array([1, 2], [2]), shape: [3] } } },
      { id: 1, error: { field: "A" } },
    ],
    [
      "a shape of nonsense",
      { id: 1, do: "count", model: { ...SMALL, A: { ...array([1, 2], [2]), shape: [-1] } } },
      { id: 1, error: { field: "A" } },
    ],
    [
      "an unknown dtype",
      { id: 1, do: "count", model: { ...SMALL, A: { ...array([1, 2], [2]), dtype: "c8" } } },
      { id: 1, error: { field: "A" } },
    ],
    ["a model for nobody", { id: 7, model: SMALL }, { id: 7, error: { option: "do" } }],
    [
      "a plot of junk",
      { ...good, id: 1, do: "plot", sweep: { schema: "stillpoint/sweep@1" } },
      { id: 1, error: { code: "INTERNAL" } },
    ],
  ])("%s", async (_, request, answer) => {
    client.send(request, good);
    expect(await client.next(({ id }) => id === answer.id)).toMatchObject(answer);
    if (answer.id !== "good") expect(await client.next(({ id }) => id === "good")).toHaveProperty("result");
  });

  it("an id that is in use", async () => {
    client.send({ id: 1, do: "solve", ...LONG }, { id: 1, do: "solve", model: SMALL });
    expect(await client.next()).toMatchObject({ id: null, error: { option: "id" } });
  });
});
