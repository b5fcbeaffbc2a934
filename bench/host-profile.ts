/** Where the CPU time of this thread goes, by V8's profiler. */
import { Session } from "node:inspector/promises";

/** Milliseconds of this thread. */
export interface HostTime {
  /** In Stillpoint's own code, by file. */
  readonly own: ReadonlyMap<string, number>;
  /** In Stillpoint's own code, by function and line. */
  readonly functions: ReadonlyMap<string, number>;
  readonly packages: number;
  readonly node: number;
  readonly garbage: number;
  /** In native functions and outside JavaScript: mostly the driver's. */
  readonly native: number;
}

/** Between two samples. */
const MICROSECONDS = 50;

/** Runs some work under the profiler. */
export async function profiled(work: () => Promise<void>): Promise<HostTime> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: MICROSECONDS });
  await session.post("Profiler.start");
  await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  const byId = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const own = new Map<string, number>();
  const functions = new Map<string, number>();
  let [packages, node, garbage, native] = [0, 0, 0, 0];
  const deltas = profile.timeDeltas ?? [];
  const add = (map: Map<string, number>, key: string, time: number) => map.set(key, (map.get(key) ?? 0) + time);
  profile.samples?.forEach((id, i) => {
    // a sample stands for the time up to the next one; a longer time is one in which the thread had no processor
    const time = Math.min(Math.max(0, deltas[i + 1] ?? 0), 2 * MICROSECONDS) / 1000;
    const { functionName, url, lineNumber } = byId.get(id)!;
    const file = /\/src\/(.*)$/.exec(url)?.[1];
    if (functionName === "(garbage collector)") garbage += time;
    else if (url.startsWith("node:")) node += time;
    else if (url.includes("/node_modules/")) packages += time;
    else if (file !== undefined || url.startsWith("wasm:")) {
      const name = file ?? "written kernels";
      add(own, name, time);
      add(functions, `${functionName || "(anonymous)"} ${name}:${lineNumber + 1}`, time);
    } else if (functionName !== "(idle)") native += time;
  });
  return { own, functions, packages, node, garbage, native };
}
