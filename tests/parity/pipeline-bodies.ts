import { CpuBackend } from "../../src/cpu/backend.ts";
import { parseValue } from "../../src/model/parse.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { runRegions } from "../../src/regions/run.ts";
import type { StageBackend } from "../../src/stages/backend.ts";
import type { ExpandMode } from "../../src/stages/batch.ts";
import { corpus } from "../corpus/generate.ts";
import { maskOfWords } from "../oracle/masks.ts";
import { ARRANGEMENT_KINDS, allCandidates, arrangementOf, random } from "../regions/arrangements.ts";
import { type Answer, answersOf, differing } from "./answers.ts";
import { assert, type Body, same } from "./assert.ts";

const modes = ["owned", "branch"] as const;
const reference = new CpuBackend();

type PipelineBody = Body<StageBackend>;

function sink() {
  const masks: bigint[] = [];
  return { masks, found: 0, add: (mask: Uint32Array) => void masks.push(maskOfWords(mask)) };
}

/** Every region's mask, visited, and "p" where it may be a phantom. */
async function visited(system: PiecewiseLinearSystem, backend: StageBackend, expand: ExpandMode): Promise<string[]> {
  const masks: string[] = [];
  const visit = (mask: Uint32Array, perturbed: boolean) => masks.push(`${maskOfWords(mask)}${perturbed ? "p" : ""}`);
  await runRegions(system, sink(), {}, backend, { expand, visit });
  return masks.sort();
}

/** Runs systems on a backend and on the CPU in float64, in both modes: equal answers, exactly. */
export async function sameAnswers(
  systems: readonly PiecewiseLinearSystem[],
  backend: StageBackend,
  names?: readonly string[],
): Promise<Record<ExpandMode, Answer[]>> {
  const found: Partial<Record<ExpandMode, Answer[]>> = {};
  for (const mode of modes) {
    const answers = await answersOf(systems, backend, mode);
    const expected = await answersOf(systems, reference, mode);
    same(
      differing(answers, expected).map((i) => names?.[i] ?? i),
      [],
      `systems whose answers differ in ${mode} mode`,
    );
    found[mode] = answers;
  }
  return found as Record<ExpandMode, Answer[]>;
}

const byKind: PipelineBody[] = ARRANGEMENT_KINDS.map((kind) => ({
  name: `${kind}: the same fixed points, continua and regions as float64`,
  async run(backend) {
    for (const [N, R] of [
      [8, 2],
      [7, 3],
    ]) {
      const systems = [5, 6].map((seed) => arrangementOf(kind, N!, R!, seed));
      await sameAnswers(systems, backend);
      same(await visited(systems[0]!, backend, "owned"), await visited(systems[0]!, reference, "owned"));
      // which of several subsets is first, and so whether it was a perturbed one, differs in branch mode
      const plain = (masks: string[]) => [...new Set(masks.map((mask) => mask.replace("p", "")))].sort();
      const inBranch = new Set(plain(await visited(systems[0]!, backend, "branch")));
      const missing = plain(await visited(systems[0]!, reference, "branch")).filter((mask) => !inBranch.has(mask));
      same(missing, [], "regions missed in branch mode");
    }
  },
}));

const superset: PipelineBody = {
  name: "hands over a superset of the exact masks",
  async run(backend) {
    for (const kind of ["generic", "clipped", "small"] as const) {
      for (const expand of modes) {
        const system = allCandidates(arrangementOf(kind, 8, 2, 7));
        const exact = sink();
        await runRegions(system, exact, {}, reference, { expand });
        const found = sink();
        await runRegions(system, found, {}, backend, { expand });
        const masks = new Set(found.masks);
        assert(exact.masks.length > 10, "too few masks to compare");
        same(
          exact.masks.filter((mask) => !masks.has(mask)),
          [],
          "masks missed",
        );
      }
    }
  },
};

/** The parity tests of the whole pipeline that any sizes of batches must pass. */
export const pipelineBodies: readonly PipelineBody[] = [...byKind, superset];

/**
 * A small system that float32 reads wrongly: hyperplanes that nearly meet in a point near a fixed point, nearly
 * singular regions.
 */
export function f32Hostile(seed: number): PiecewiseLinearSystem {
  const next = random(seed);
  const R = 2 + (seed % 2);
  const N = R + 3;
  const between = (a: number, b: number) => a + (b - a) * next();
  const relative = 10 ** between(-9, -6);
  const condition = 10 ** between(0, 7);
  const z = Array.from({ length: R }, () => between(-1, 1));
  const U = Array.from({ length: N * R }, () => between(-1, 1));
  // near-ties of hyperplanes with the point z, and of the last hyperplane's normal with the first's
  for (let k = 0; k < R; k++) U[(N - 1) * R + k] = U[k]! * (1 + relative * between(-1, 1)) + relative * between(-1, 1);
  const h = Array.from({ length: N }, (_, j) => {
    const at = z.reduce((sum, x, k) => sum + U[j * R + k]! * x, 0);
    return at + relative * between(-1, 1) * (j < R + 1 || j === N - 1 ? 1 : 1e6);
  });
  const V = Array.from({ length: N * R }, () => between(-1, 1) / N);
  const M = Array.from({ length: R * R }, (_, at) => (at % (R + 1) === 0 ? -1 : between(-0.2, 0.2)));
  // the matrix of z's own region gets a singular value of 1/condition: its first row is nearly the second
  const inside = Array.from({ length: N }, (_, j) => z.reduce((sum, x, k) => sum + U[j * R + k]! * x, -h[j]!) > 0);
  const J = M.map((m, at) => {
    const i = Math.floor(at / R);
    return inside.reduce((sum, on, j) => sum + (on ? V[j * R + i]! * U[j * R + (at % R)]! : 0), m);
  });
  for (let k = 0; k < R; k++) M[k]! += J[R + k]! * (1 + between(-1, 1) / condition) - J[k]!;
  const g = Array.from({ length: R }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < R; k++) sum += M[i * R + k]! * z[k]!;
    for (let j = 0; j < N; j++) {
      const x = z.reduce((total, y, k) => total + U[j * R + k]! * y, -h[j]!);
      if (x > 0) sum += V[j * R + i]! * x;
    }
    return sum;
  });
  return {
    latentDim: R,
    hyperplanes: N,
    time: "discrete",
    M: ExactArray.ofNumbers(M),
    g: ExactArray.ofNumbers(g),
    U: Float64Array.from(U),
    V: ExactArray.ofNumbers(V),
    h: ExactArray.ofNumbers(h),
  };
}

const hostileSystems: PipelineBody = {
  name: "1,000 hostile systems have the fixed points that float64 finds",
  async run(backend) {
    const systems = Array.from({ length: 1000 }, (_, seed) => f32Hostile(seed + 1));
    const { owned } = await sameAnswers(systems, backend);
    const total = owned.reduce((sum, { fixedPoints }) => sum + fixedPoints, 0);
    assert(total > 900, `only ${total} fixed points`);
    // they bite: a fair share of signs or candidates was not decided in float32
    const doubts = owned.filter(({ outcome: { counts } }) => counts.undecided! + counts.f64Decisions! > 3);
    assert(doubts.length > 300, `only ${doubts.length} systems left anything undecided`);
  },
};

export const WHOLE_CORPUS = /^the whole corpus /;

const wholeCorpus: PipelineBody = {
  name: "the whole corpus gives the same answers, in owned and in branch mode",
  async run(backend) {
    const cases = corpus();
    const systems = await Promise.all(cases.map(async ({ model }) => (await parseValue(model)).system));
    const names = cases.map(({ name }) => name);
    const { owned } = await sameAnswers(systems, backend, names);
    const refused = owned.filter(({ outcome }) => outcome.backend?.name !== backend.name);
    assert(refused.length < 0.05 * cases.length, `${refused.length} cases were not taken`);
    for (const { outcome } of refused)
      assert(/^solved on the CPU: /.test(outcome.backend?.note ?? ""), "no reason given");
  },
};

const largeShapes: PipelineBody[] = (
  [
    ["1024 hyperplanes on a line", 1024, 1],
    ["65 in the plane, three words", 65, 2],
    ["16 dimensions, rank 9", 9, 16],
    ["10 dimensions of rank 10", 10, 10],
  ] as const
).map(([name, N, R]) => ({
  name,
  async run(backend) {
    await sameAnswers([arrangementOf("generic", N, R, 5), arrangementOf("clipped", N, R, 6)], backend);
  },
}));

/** Those that are for batches of the usual size. */
export const longBodies: readonly PipelineBody[] = [hostileSystems, wholeCorpus, ...largeShapes];
