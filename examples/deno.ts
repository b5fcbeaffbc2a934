/**
 * Fixed points in Deno, nothing installed or built: `deno run --allow-read --allow-env=NODE_ENV examples/deno.ts
 * [MODEL.json] [--gpu]`. With --gpu on the GPU, through the WebGPU that Deno has built in. In a project of your own,
 * import from "npm:stillpoint" instead.
 */

import { findFixedPoints } from "../src/index.ts";
import type { ModelInput } from "../src/model/input.ts";

declare const Deno: {
  readonly args: readonly string[];
  readonly exit: (code: number) => never;
  readonly readTextFile: (path: string | URL) => Promise<string>;
};

const gpu = Deno.args.includes("--gpu");
const [path = new URL("lorenz63.json", import.meta.url)] = Deno.args.filter((arg) => arg !== "--gpu");
try {
  const model: unknown = JSON.parse(await Deno.readTextFile(path));
  const result = await findFixedPoints(model as ModelInput, gpu ? { backend: "webgpu", method: "regions" } : {});
  for (const { z, stability } of result.fixedPoints) console.log(z.map((x) => x.toFixed(5)).join("  "), stability);
  const { complete, incompleteBecause, method, backend, adapter, seconds } = result;
  console.log(complete ? "Complete: there are no others." : `Incomplete: ${incompleteBecause}.`);
  console.log(`${method} on ${adapter ?? backend}, ${seconds.total.toFixed(2)} s`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
