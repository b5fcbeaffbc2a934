import { runtimeName } from "../../src/base/runtime.ts";
import { GpuBackend } from "../../src/gpu/backend.ts";
import { GpuStacks, type StackKnobs } from "../../src/gpu/box-stack.ts";
import type { GpuSource } from "../../src/gpu/device.ts";
import { DEFAULT_KNOBS } from "../../src/gpu/plan.ts";
import { parseValue } from "../../src/model/parse.ts";
import { corpus } from "../corpus/generate.ts";
import { answersOf } from "./answers.ts";
import { gpuImplementation, TINY } from "./implementations.ts";
import { longBodies, pipelineBodies, WHOLE_CORPUS } from "./pipeline-bodies.ts";
import { stackBodies } from "./stack-bodies.ts";
import { LOOKS, LOOKS_AT_KINDS, OF_INTEGERS, stageBodies } from "./stage-bodies.ts";

/** What a runtime's parity run came to; plain data, so that it can leave a page or a process. */
export interface ParityReport {
  readonly runtime: string;
  readonly adapter: string;
  readonly passed: number;
  readonly failed: readonly string[];
  /** Exact fixed points and continua of the corpus and of the models given, by name, as text. */
  readonly answers: Record<string, string>;
  readonly buffersLeft: number;
}

/**
 * The parity suite without a test runner: for Deno, a page, or any adapter.
 * @param models further models, as parsed JSON.
 * @param short leaves out tiny batches and the long bodies, on software also seven of eight models of the corpus: to see
 *   that a driver works at all.
 */
export async function runParity(
  models: readonly Readonly<Record<string, unknown>>[],
  source: GpuSource = {},
  log: (line: string) => void = () => {},
  short = false,
): Promise<ParityReport> {
  const { gpu } = await GpuBackend.open(source);
  const failed: string[] = [];
  let passed = 0;
  const attempt = async (name: string, body: () => Promise<void>) => {
    try {
      await body();
      passed++;
    } catch (error) {
      failed.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
    log(`${failed.at(-1)?.startsWith(name) ? "FAILED" : "passed"} ${name}`);
  };
  const isSlow = /llvmpipe/i.test(gpu.name);
  const sizesOfBatches = [
    ["", {}],
    ["tiny: ", TINY],
  ] as const;
  for (const [sizes, knobs] of short ? sizesOfBatches.slice(0, 1) : sizesOfBatches) {
    // a single stage is fed whole, so only the sizes of its dispatch matter
    const { workgroup, workgroups } = { ...DEFAULT_KNOBS, ...knobs };
    const implementation = gpuImplementation(gpu, { workgroup, workgroups });
    for (const body of stageBodies) {
      // on software seconds to compile for each shape, which Node's tests do: here in one size, on generic systems
      const isOfFurtherKind = LOOKS_AT_KINDS.test(body.name) && !body.name.includes("generic");
      if (sizes === "" ? gpu.software && isOfFurtherKind : LOOKS.test(body.name)) continue;
      // it is about integers, in which adapters do not differ: a minute on llvmpipe
      if (isSlow && body.name.includes("C(1024, 16)")) continue;
      if (gpu.software && sizes !== "" && OF_INTEGERS.test(body.name)) continue;
      await attempt(sizes + body.name, () => body.run(implementation));
    }
    // a stack takes long to compile: one here, the others in Node, and none where that takes minutes
    if (sizes === "" && !isSlow) {
      const stacks = { open: (wanted: Partial<StackKnobs>) => new GpuStacks(gpu, wanted), exact: gpu.software };
      for (const body of stackBodies.slice(1, 2)) await attempt(body.name, () => body.run(stacks));
    }
    for (const body of pipelineBodies) {
      // on software Node's tests do tiny batches of the whole method, and branch mode of the corpus, whose answers in
      // owned mode come below; here stages have tiny batches
      if (gpu.software && (sizes !== "" || WHOLE_CORPUS.test(body.name))) continue;
      const backend = new GpuBackend(gpu, { knobs });
      await attempt(sizes + body.name, () => body.run(backend));
      backend.freeBatches();
    }
  }
  const backend = new GpuBackend(gpu);
  for (const body of short ? [] : longBodies) {
    // more than a minute on llvmpipe, which is given models of up to ten dimensions
    if (!(isSlow && body.name.startsWith("16 dimensions"))) await attempt(body.name, () => body.run(backend));
  }
  const cases = short && gpu.software ? corpus().filter((_, i) => i % 8 === 0) : corpus();
  const parsed = await Promise.all([...cases.map(({ model }) => model), ...models].map((model) => parseValue(model)));
  const answers = await answersOf(
    parsed.map(({ system }) => system),
    backend,
    "owned",
  );
  backend.freeBatches();
  const buffersLeft = gpu.bufferCount;
  const adapter = gpu.name;
  gpu.destroy();
  return {
    runtime: runtimeName(),
    adapter,
    passed,
    failed,
    answers: Object.fromEntries(answers.map(({ text }, i) => [parsed[i]!.name, text])),
    buffersLeft,
  };
}
