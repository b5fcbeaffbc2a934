import { readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { checkProof, type ProofFile } from "../../src/check/check.ts";
import { ARRAY_TYPES } from "../../src/check/proof.ts";
import { readProof } from "../../src/check/read-proof.ts";
import { npy } from "../../src/formats/write/npy.ts";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import { prove } from "../../src/prove/prove.ts";
import { corpus } from "../corpus/generate.ts";
import { falsified, MUTATIONS, mutated } from "../support/proofs.ts";
import { PythonChecker } from "../support/python-checker.ts";
import { Random } from "../support/random.ts";
import { lineWithEnd, parallelRay, SPECIAL_NETWORKS } from "../support/special-networks.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

const ARRAYS = {
  ...{ "|u1": Uint8Array, "|i1": Int8Array, "<i4": Int32Array, "<i2": Int16Array },
  ...{ "<u4": Uint32Array, "<f8": Float64Array },
} as const;

function bytesOf({ header, arrays }: ProofFile): Uint8Array {
  const text = new TextEncoder().encode(header);
  const files: Record<string, Uint8Array> = { "header.npy": npy("|u1", [text.length], text) };
  for (const [name, { data, shape }] of arrays) {
    const kind = ARRAY_TYPES[name as keyof typeof ARRAY_TYPES] as keyof typeof ARRAYS;
    files[`${name}.npy`] = npy(kind, shape, ARRAYS[kind].from(data));
  }
  return zipSync(files);
}

interface Case {
  readonly what: string;
  readonly mine: boolean;
}

describe("python/stillpoint/check_proof.py", () => {
  it("has at most 400 lines", async () => {
    const { file } = await PythonChecker.of("check_proof");
    expect(readFileSync(file, "utf8").split("\n").length - 1).toBeLessThanOrEqual(400);
  });

  it("and checker B agree on proofs of the corpus, on falsified results and on mutated proofs", {
    timeout: 600_000,
  }, async () => {
    const random = Random.of(3, "agree");
    const checker = await PythonChecker.of("check_proof");
    const cases: Case[] = [];
    const networks = [
      ...corpus().filter(({ name }) => FULL || name.endsWith("-01")),
      {
        name: "no rectified unit",
        model: {
          kind: "ALRNN",
          A: [0.5, 1],
          W: [
            [0.25, 0],
            [1, 0],
          ],
          h: [1, -4],
          P: 0,
        },
      },
    ];
    const special = [
      ...SPECIAL_NETWORKS.filter(({ name }, i) => FULL || i % 3 === 0 || name.endsWith("singular")),
      { name: "a line that ends in 15 hyperplanes", model: lineWithEnd(2, 16) },
      { name: "a ray to which 20 hyperplanes are parallel", model: parallelRay(2, 21) },
    ];
    for (const { name, model: raw } of [...networks, ...special]) {
      const isSpecial = !networks.some((network) => network.name === name);
      const model = await parseValue(raw);
      const result = await findFixedPoints(raw as ModelInput);
      const modelFile = await checker.write(JSON.stringify(raw));
      const resultFile = await checker.write(JSON.stringify(result));
      const add = async (what: string, claim: unknown, claimFile: string, proof: ProofFile): Promise<void> => {
        cases.push({ what: `${name} ${what}`, mine: checkProof(model, claim, proof).accepted });
        checker.add(modelFile, claimFile, await checker.write(bytesOf(proof)));
      };
      for (const trees of isSpecial ? [true] : [false, true]) {
        if (trees && name === "near-03") continue;
        const made = await prove(model, result, { trees });
        const proof = readProof(made.proof!, "proof");
        await add(trees ? "trees" : "patterns", result, resultFile, proof);
        const lacks = falsified(result);
        for (const { what, result: lacking } of [...lacks.slice(0, 2), ...lacks.slice(-1)]) {
          await add(`without ${what}`, lacking, await checker.write(JSON.stringify(lacking)), proof);
        }
        for (const kind of trees ? Object.keys(MUTATIONS) : []) {
          await add(kind, result, resultFile, mutated(proof, MUTATIONS[kind]!, random));
        }
      }
    }
    const theirs = await checker.verdicts();
    expect(theirs).toHaveLength(cases.length);
    const differ = cases.flatMap(({ what, mine }, i) =>
      theirs[i]!.said.startsWith("accepted") === mine ? [] : [`${what}: B ${mine}, A ${theirs[i]!.said}`],
    );
    expect(differ).toEqual([]);
    expect(cases.filter(({ mine }) => mine).length).toBeGreaterThan(50);
    expect(cases.filter(({ mine }) => !mine).length).toBeGreaterThan(100);
  });
});
