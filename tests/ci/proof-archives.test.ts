import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { checkProofFile, readProof } from "../../src/check/read-proof.ts";
import { proveCycles } from "../../src/cycles/proof/prove-cycles.ts";
import { findCycles, findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { Model } from "../../src/model/types.ts";
import { prove } from "../../src/prove/prove.ts";
import { corpus } from "../corpus/generate.ts";
import { CONTENT, DAMAGE } from "../support/archives.ts";
import { falsifiedCycles, mapsToProve } from "../support/cycle-proofs.ts";
import { falsified } from "../support/proofs.ts";
import { PYTHON, PythonChecker } from "../support/python-checker.ts";
import { Random } from "../support/random.ts";

const FULL = process.env.STILLPOINT_FULL === "1";
/** Damaged archives of each kind, of each proof. */
const ROUNDS = FULL ? 50 : 2;

/** By patterns, and by trees with units of all sorts, continua and points on hyperplanes. */
const PROOFS = [
  { name: "generic-01", trees: false },
  { name: "generic-09", trees: true },
  { name: "clipped-06", trees: true },
  { name: "continua-01", trees: true },
  { name: "onAll-06", trees: true },
  { name: "thresholdLinear-03", trees: true },
];

interface Subject {
  readonly name: string;
  readonly raw: unknown;
  readonly model: Model;
  readonly result: unknown;
  /** A result that lacks something, of which there is no proof. */
  readonly lacking: unknown;
  readonly bytes: Uint8Array;
}

const subjects: Subject[] = [];
/** Proofs of cycles, which have the same container and a checker of their own. */
const cycles: Subject[] = [];
beforeAll(async () => {
  for (const { name, trees } of PROOFS) {
    const raw = corpus().find((network) => network.name === name)!.model;
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw as ModelInput);
    const { proof } = await prove(model, result, { trees });
    const lacking = falsified(result).at(-1)!.result;
    subjects.push({ name, raw, model, result, lacking, bytes: proof! });
  }
  for (const { name, raw, maxPeriod } of mapsToProve(0)) {
    const model = parseValue(raw, { name });
    const result = await findCycles(model, { maxPeriod });
    const { proof } = await proveCycles(model, result);
    cycles.push({ name, raw, model, result, lacking: falsifiedCycles(result).at(-1)!.result, bytes: proof! });
  }
}, 120_000);

/** Rules of checker A, each with what would hold without it. */
const RULES: readonly (readonly [string, string])[] = [
  ["(flags & ~6, none, place) == (0, bytes(6), at)", "(none, place) == (bytes(6), at)"],
  ["(flags & ~6, none, place) == (0, bytes(6), at)", "(flags & ~6, place) == (0, at)"],
  [" and local[26:28] + data[at + 30:at + 30 + n] == head[28:30] + name", ""],
  ['same &= local[18:26] in (head[20:28], b"\\xff" * 8)', "pass"],
  [" and not inflate.unused_data", ""],
  ["inflate.eof == (method > 0) and ", ""],
  [" and zlib.crc32(text) == crc", ""],
  [" == size - array.nbytes", ""],
  [" and len(arrays) == count", ""],
  ['data[-22:] == struct.pack("<4s4HIIH", b"PK\\5\\6", 0, 0, count, count, length, at, 0)', "True"],
  [' == {**forms, "scale": f"i2({R},)"}', " is not None"],
];

interface Case {
  readonly what: string;
  readonly subject: Subject;
  readonly damaged: Uint8Array;
  /** Whether an accepted one may hold another proof. */
  readonly mayDiffer: boolean;
  readonly mine: boolean;
}

/** Damaged archives, and what checker B says of them. */
function casesOf(subjects: readonly Subject[], rounds: number): Case[] {
  return subjects.flatMap((subject) =>
    Object.entries(DAMAGE).flatMap(([kind, damage]) => {
      const random = Random.of(5, subject.name + kind);
      return Array.from({ length: rounds }, (_, round) => {
        const damaged = damage(subject.bytes, random);
        const mine = checkProofFile(subject.model, subject.result, damaged).accepted;
        const what = `${subject.name}: ${kind}, ${round}`;
        return { what, subject, damaged, mayDiffer: CONTENT.has(kind), mine };
      });
    }),
  );
}

/** A checker in Python with the files of cases. */
async function checkerOf(cases: readonly Case[], name = "check_proof"): Promise<PythonChecker> {
  const checker = await PythonChecker.of(name);
  const files = new Map<Subject, [string, string]>();
  for (const { subject, damaged } of cases) {
    const { raw, result } = subject;
    if (!files.has(subject)) {
      files.set(subject, [await checker.write(JSON.stringify(raw)), await checker.write(JSON.stringify(result))]);
    }
    checker.add(...files.get(subject)!, await checker.write(damaged));
  }
  return checker;
}

async function differences(
  cases: readonly Case[],
  checker: PythonChecker,
  rule?: readonly [string, string],
): Promise<string[]> {
  const theirs = await checker.verdicts(rule);
  expect(theirs).toHaveLength(cases.length);
  return cases.flatMap(({ what, mine }, i) =>
    theirs[i]!.said.startsWith("accepted") === mine ? [] : [`${what}: B ${mine}, A ${theirs[i]!.said}`],
  );
}

/** Whether what B reads from two files is the same, to the last bit. */
function areSame(a: Uint8Array, b: Uint8Array): boolean {
  const [one, other] = [readProof(a, "a"), readProof(b, "b")];
  const equal = [...one.arrays].every(([name, { data, shape }]) => {
    const { data: numbers, shape: extents } = other.arrays.get(name)!;
    return shape.join() === extents.join() && Array.from(data).every((x, i) => Object.is(x, numbers[i]));
  });
  return one.header === other.header && one.arrays.size === other.arrays.size && equal;
}

describe("the archive of a proof to which something has happened", () => {
  it("is accepted by both checkers or refused by both, and accepted only if it holds what it did", {
    timeout: 3_600_000,
  }, async () => {
    const ofCycles = casesOf(cycles, ROUNDS);
    const ofPoints = casesOf(subjects, ROUNDS);
    expect(await differences(ofPoints, await checkerOf(ofPoints))).toEqual([]);
    expect(await differences(ofCycles, await checkerOf(ofCycles, "check_cycles_proof"))).toEqual([]);
    const cases = [...ofPoints, ...ofCycles];
    const accepted = cases.filter(({ mine }) => mine);
    const wrong = accepted.flatMap(({ what, subject: { model, lacking, bytes }, damaged, mayDiffer }) => [
      ...(mayDiffer || areSame(bytes, damaged) ? [] : [`${what}: holds something else`]),
      ...(checkProofFile(model, lacking, damaged).accepted ? [`${what}: proves what is false`] : []),
    ]);
    expect(wrong).toEqual([]);
    console.log(`${cases.length} damaged archives, of which both checkers accept ${accepted.length}`);
    expect(accepted.length).toBeGreaterThan(cases.length / 20);
    expect(accepted.length).toBeLessThan(cases.length / 2);
  });

  it("would be noticed if one checker did not have a rule", { timeout: 600_000 }, async () => {
    const cases = casesOf(
      subjects.filter(({ name }) => name === "continua-01"),
      20,
    );
    const checker = await checkerOf(cases);
    for (const rule of RULES) expect(await differences(cases, checker, rule), rule[0]).not.toEqual([]);
  });

  it("is accepted as NumPy writes it", async () => {
    const checker = await PythonChecker.of("check_proof");
    for (const { name, model, result, bytes } of [...subjects, ...cycles]) {
      for (const save of ["savez", "savez_compressed"]) {
        const [from, to] = [await checker.write(bytes), await checker.write(new Uint8Array(0))];
        execFileSync(PYTHON, ["-c", `import sys, numpy as n; n.${save}(sys.argv[2], **n.load(sys.argv[1]))`, from, to]);
        expect(checkProofFile(model, result, readFileSync(to)), `${name} ${save}`).toMatchObject({ accepted: true });
      }
    }
  });
});
