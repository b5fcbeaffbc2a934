import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { solve } from "../../src/cli/solve.ts";
import { type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { parseValue } from "../../src/model/parse.ts";
import { ndjson, randomModel } from "../cli/models.ts";
import { folderWith } from "../cli/run.ts";

/** Debian's, which has the packages that scripts/test-ci.sh installs. */
const PYTHON = "/usr/bin/python3";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const python = (args: readonly string[], env: Record<string, string> = {}): string =>
  execFileSync(PYTHON, args, { encoding: "utf8", env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });

const has = (module: string): boolean => {
  try {
    python(["-c", `import ${module}`]);
    return true;
  } catch {
    return false;
  }
};

describe("files that NumPy, h5py and PyTorch write today", () => {
  const fixtures = join(ROOT, "tests/formats/fixtures");
  let fresh: string;
  beforeAll(async () => {
    fresh = await folderWith({});
    python([join(fixtures, "make_fixtures.py"), fresh]);
  });

  const OPTIONS: Readonly<Record<string, ReadOptions>> = {
    "torch-alrnn": { layout: "AL-RNN", set: { P: 2 } },
    "smc_state_dict_rnn.pkl": { layout: "smc_rnns-clipped" },
    "julia-hdf5.h5": { columnMajor: true },
  };

  /** The fixtures of a writer, but for those whose packages are not installed: these are named. */
  function fixturesOf(writer: string, names: readonly string[]): string[] {
    let left = names.filter((name) => name.startsWith(writer));
    const needs = { torch: /^(torch|smc)|\.onnx$/, onnx: /\.onnx$/ };
    for (const [module, pattern] of Object.entries(needs)) {
      const files = left.filter((name) => pattern.test(name));
      if (files.length === 0 || has(module)) continue;
      console.warn(`SKIPPED: ${files.join(", ")}: python3-${module} is not installed`);
      left = left.filter((name) => !pattern.test(name));
    }
    return left;
  }

  /** The digests of the models in a file, or how it was refused. */
  async function contentOf(folder: string, name: string): Promise<string[]> {
    try {
      const raws = await readModels(await readFile(join(folder, name)), name, OPTIONS[name]);
      const models = raws.map((raw) => ("error" in raw ? Promise.reject(raw.error) : parseValue(raw.value)));
      return (await Promise.all(models)).map(({ sha256 }) => sha256);
    } catch (error) {
      return [String(error)];
    }
  }

  it.each(["numpy", "h5py", "julia", "matlab", "torch", "typed", "smc", "plain"])(
    "%s: as the files kept for npm test",
    async (writer) => {
      const names = await readdir(fixtures);
      expect(names.some((name) => name.startsWith(writer))).toBe(true);
      for (const name of fixturesOf(writer, names))
        expect([name, await contentOf(fresh, name)]).toEqual([name, await contentOf(fixtures, name)]);
    },
  );
});

describe("results read by another program", () => {
  const script = `
import csv, json, sys
import numpy as np
folder = sys.argv[1] + "/"
whole = json.load(open(folder + "out.json"))
lines = [json.loads(line) for line in open(folder + "out.ndjson")]
strip = lambda r: {k: v for k, v in r.items() if k not in ("seconds", "provenance", "digest")}
assert [strip(r) for r in lines] == [strip(r) for r in whole]
rows = list(csv.DictReader(open(folder + "out.csv", newline="")))
data = np.load(folder + "out.npz", allow_pickle=False)
n, R = data["z"].shape
assert len(rows) == n == sum(len(r["fixedPoints"]) for r in whole) > 20, n
assert data["name"].tolist() == [r["model"]["name"] for r in whole]
assert data["sha256"].tolist() == [r["model"]["sha256"] for r in whole]
assert data["complete"].all() and data["complete"].dtype == bool
i = 0
for k, r in enumerate(whole):
    dim, planes = r["model"]["latentDim"], r["model"]["hyperplanes"]
    assert (data["latent_dim"][k], data["hyperplanes"][k]) == (dim, planes)
    assert (data["first"][k], data["first"][k + 1]) == (i, i + len(r["fixedPoints"]))
    for j, p in enumerate(r["fixedPoints"]):
        row = rows[i]
        assert (row["model"], row["index"], row["stability"]) == (r["model"]["name"], str(j), p["stability"])
        assert [float(row[f"z{c}"]) for c in range(dim)] == p["z"] == data["z"][i, :dim].tolist()
        assert [row[f"z{c}"] for c in range(dim, R)] == [""] * (R - dim) and np.isnan(data["z"][i, dim:]).all()
        assert float(row["spectral"]) == p["spectralRadius"] == data["spectral"][i]
        assert data["eigenvalues"][i, :dim].tolist() == [complex(*e) for e in p["eigenvalues"]]
        assert np.flatnonzero(data["active"][i]).tolist() == p["active"]
        assert np.flatnonzero(data["ties"][i]).tolist() == p["ties"] == [int(t) for t in row["ties"].split()]
        assert data["error"][i] == p["error"] and data["stability"][i] == p["stability"]
        i += 1
m = 0
for k, r in enumerate(whole):
    for c in r["continua"]:
        dim, D = len(c["point"]), c["dimension"]
        assert data["continuum_dimension"][m] == D
        assert data["continuum_point"][m, :dim].tolist() == c["point"]
        assert data["continuum_basis"][m, :D, :dim].tolist() == c["basis"]
        assert data["continuum_bounded"][m] == c["bounded"] and data["continuum_bounded"].dtype == bool
        assert (data["continuum_set"][m], data["continuum_pieces"][m]) == (c["connectedSet"], c["pieceCount"])
        assert data["piece_first"][m + 1] - data["piece_first"][m] == len(c["pieces"])
        for p, piece in enumerate(c["pieces"], data["piece_first"][m]):
            for kind in ("vertices", "rays", "lines"):
                first = data[f"piece_{kind}_first"]
                assert data[f"piece_{kind}"][first[p] : first[p + 1], :dim].tolist() == piece[kind]
        m += 1
    assert data["continuum_first"][k + 1] == m
assert m > 0
print(n, m)
`;

  it("json, ndjson, csv and npz say the same", async () => {
    const line = { name: 'a "line", of fixed points', A: [1, 0.5], U: [[1, 0]], V: [[0, 0]], hx: [0], hz: [0, 0] };
    const tie = { name: "tïe", A: [0.5], U: [[1], [-1]], V: [[0.25], [0.25]], hx: [0, 0], hz: [0] };
    const corner = {
      name: "corner",
      A: [1, 1],
      U: [
        [1, 0],
        [0, 3],
      ],
      V: [
        [-0.5, 0],
        [0, -0.5],
      ],
      hx: [0.1, 1],
      hz: [0, 0],
    };
    const few = [line, corner, tie];
    const models = [...Array.from({ length: 30 }, (_, i) => randomModel(i + 1, 10 + (i % 5), 1 + (i % 4))), ...few];
    const folder = await folderWith({ "m.ndjson": ndjson(models), "read.py": script });
    for (const format of ["json", "ndjson", "csv", "npz"]) {
      await solve([join(folder, "m.ndjson")], { output: join(folder, `out.${format}`) });
    }
    expect(python([join(folder, "read.py"), folder])).toMatch(/^\d+ 2\n$/);
  });

  it("and the check itself notices one wrong digit", async () => {
    const folder = await folderWith({ "m.ndjson": ndjson([randomModel(1), randomModel(2)]), "read.py": script });
    for (const format of ["json", "ndjson", "csv", "npz"]) {
      await solve([join(folder, "m.ndjson")], { output: join(folder, `out.${format}`), method: "regions" });
    }
    const text = readFileSync(join(folder, "out.csv"), "utf8");
    const wrong = await folderWith({ "out.csv": text.replace(/(\d)(,[^,\n]*\n)/, (_, d, rest) => `${9 - d}${rest}`) });
    execFileSync("cp", ["-n", ...["json", "ndjson", "npz"].map((f) => join(folder, `out.${f}`)), wrong]);
    expect(() => python([join(folder, "read.py"), wrong])).toThrow(/AssertionError/);
  });
});
