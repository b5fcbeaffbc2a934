import { runtimeName } from "../../src/base/runtime.ts";
import { type FindOptions, findFixedPointsOfMany } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { corpus } from "../corpus/generate.ts";

/** What the public API found in one runtime; plain data, so that it can leave a page or a process. */
export interface PublicAnswers {
  readonly runtime: string;
  /** Adapters named by the results, each once. */
  readonly adapters: readonly string[];
  /**
   * `fixedPoints`, `continua` and `complete` of the corpus and of the models given, by name, as the JSON text that they
   * are compared by.
   */
  readonly answers: Record<string, string>;
  /** Models that the GPU took, all of them but those that float32 has no room for. */
  readonly onGpu: number;
  readonly failed: readonly string[];
}

/** The corpus, and `models` (parsed JSON), through the public API by the regions method. */
export async function publicAnswers(
  models: readonly unknown[],
  options: FindOptions = { backend: "webgpu" },
  log: (line: string) => void = () => {},
): Promise<PublicAnswers> {
  const answers: Record<string, string> = {};
  const adapters = new Set<string>();
  const failed: string[] = [];
  let onGpu = 0;
  const given = [...corpus().map(({ model }) => model), ...models];
  for await (const outcome of findFixedPointsOfMany(given as ModelInput[], { ...options, method: "regions" })) {
    if (!("result" in outcome)) {
      failed.push(`${outcome.name}: ${outcome.error.message}`);
      continue;
    }
    const { fixedPoints, continua, complete, backend, adapter } = outcome.result;
    answers[outcome.name] = JSON.stringify({ fixedPoints, continua, complete });
    if (backend === "webgpu") onGpu++;
    if (adapter !== null) adapters.add(adapter);
    log(`${outcome.name}: ${fixedPoints.length} fixed points on ${adapter ?? backend}`);
  }
  return { runtime: runtimeName(), adapters: [...adapters], answers, onGpu, failed };
}
