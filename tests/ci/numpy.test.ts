import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ModelReader } from "../../src/cli/reading.ts";
import { readSource, resolveSources } from "../../src/cli/sources.ts";
import { readModels } from "../../src/formats/read/read.ts";
import { FileError } from "../../src/model/errors.ts";
import { parseModel, parseValue } from "../../src/model/parse.ts";

const folder = mkdtempSync(join(tmpdir(), "stillpoint-numpy-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs python3 with numpy as np and OUT, the path of the file it must write; returns what it printed. */
function python(file: string, code: string): string {
  const script = join(folder, "write.py");
  writeFileSync(script, `import json\nimport numpy as np\nOUT = ${JSON.stringify(join(folder, file))}\n${code}\n`);
  return execFileSync("/usr/bin/python3", [script], { encoding: "utf8" });
}

async function load(file: string) {
  const [raw] = await readModels(readFileSync(join(folder, file)), file);
  if (raw === undefined || "error" in raw) throw new Error("expected a model");
  return parseValue(raw.value, { name: raw.name });
}

const RANDOM = `
r = np.random.default_rng(7)
p = dict(A=r.normal(size=4), U=r.normal(size=(9, 4)), V=r.normal(size=(9, 4)), hx=r.normal(size=9), hz=r.normal(size=4))
`;

describe("files that numpy itself wrote", () => {
  it.each([
    ["savez", "np.savez(OUT, **p)"],
    ["savez_compressed", "np.savez_compressed(OUT, **p)"],
    ["Fortran order", "np.savez(OUT, **{k: np.asfortranarray(v) for k, v in p.items()})"],
    ["a strided view", "np.savez(OUT, **{k: np.stack([v, v], -1)[..., 0] for k, v in p.items()})"],
  ])("%s: the same model as its JSON, by hash", async (_, save) => {
    const json = python("model.npz", `${RANDOM}\n${save}\nprint(json.dumps({k: v.tolist() for k, v in p.items()}))`);
    expect((await load("model.npz")).sha256).toBe((await parseModel(JSON.parse(json))).sha256);
  });

  it("save, a file for each array: f8 and f4, C and Fortran order", async () => {
    const json = python(
      "",
      `import os\n${RANDOM}
q = {**p, 'U': np.asfortranarray(p['U']), 'V': np.asfortranarray(p['V'].astype('f4')), 'hx': p['hx'].astype('f4')}
os.makedirs(OUT + '/net')
for k, v in q.items(): np.save(OUT + f'/net/{k}.npy', v)
np.save(OUT + '/net/name.npy', 'ünïcode')
print(json.dumps({k: v.astype('f8').tolist() for k, v in q.items()}))`,
    );
    const [source] = await resolveSources([join(folder, "net")]);
    if ("error" in source!) throw source.error;
    const [raw] = await readSource(source!, { options: {}, reader: new ModelReader() });
    if ("error" in raw!) throw raw.error;
    const model = await parseValue(raw!.value);
    expect([model.name, model.sha256]).toEqual(["ünïcode", (await parseModel(JSON.parse(json))).sha256]);
  });

  it("single precision is taken as the exact values stored", async () => {
    const json = python(
      "single.npz",
      `${RANDOM}\nq = {k: v.astype('f4') for k, v in p.items()}\nnp.savez(OUT, **q)
print(json.dumps({k: v.astype('f8').tolist() for k, v in q.items()}))`,
    );
    expect((await load("single.npz")).sha256).toBe((await parseModel(JSON.parse(json))).sha256);
  });

  it("strings, scalars and integers", async () => {
    python(
      "alrnn.npz",
      "np.savez(OUT, kind='ALRNN', name='ünïcode', A=np.eye(3) / 2, W=np.arange(9).reshape(3, 3), h=np.zeros(3), P=2, dt=0.1)",
    );
    expect(await load("alrnn.npz")).toMatchObject({ kind: "ALRNN", name: "ünïcode", units: 2, dt: 0.1 });
  });

  it("arrays of Python objects are refused where they matter", async () => {
    python("object.npz", "np.savez(OUT, A=np.array([{'a': 1}], dtype=object))");
    const bytes = readFileSync(join(folder, "object.npz"));
    await expect(readModels(bytes, "object.npz")).rejects.toThrow(FileError);
  });
});
