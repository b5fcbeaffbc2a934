/**
 * Reads mutated files, one after the other, on a thread of its own: a reader that never ends can be stopped and named.
 */
import { parentPort, workerData } from "node:worker_threads";
import { strToU8 } from "fflate";
import { isStillpointError } from "../../src/model/errors.ts";
import { parseValue } from "../../src/model/parse.ts";
import { Random } from "../support/random.ts";
import { SEEDS } from "./fuzz-seeds.ts";

export interface FuzzJob {
  readonly seed: string;
  readonly count: number;
}

export interface FuzzReport {
  readonly models: number;
  /** By code. */
  readonly errors: Readonly<Record<string, number>>;
  readonly slowestMilliseconds: number;
  /** What was thrown that is no StillpointError, or a model that is none. */
  readonly failure?: string;
}

/** Values that sizes and offsets are likely to be checked badly for. */
const EXTREMES = [0, 1, 0x7f, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** One to four changes: bytes, bits, a cut, a gap, extreme integers, a number too large, a block twice. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  let out: Uint8Array = bytes.slice();
  for (let i = random.integer(1, 4); i > 0 && out.length > 0; i--) {
    const at = random.integer(0, out.length - 1);
    const end = Math.min(out.length, at + random.integer(1, 20));
    switch (random.integer(0, 7)) {
      case 0:
        out[at] = random.integer(0, 255);
        break;
      case 1:
        out[at]! ^= 1 << random.integer(0, 7);
        break;
      case 2:
        out = out.slice(0, at + 1);
        break;
      case 3:
        out = joined(out.subarray(0, at), out.subarray(end));
        break;
      case 4:
        out.fill(0xff, at, at + 4);
        break;
      case 5:
        out = joined(out.subarray(0, at), strToU8("-1e999"), out.subarray(at));
        break;
      case 6: {
        const value = random.pick(EXTREMES);
        for (let k = 0; k < 4 && at + k < out.length; k++) out[at + k] = value >>> (8 * k);
        break;
      }
      default:
        out = joined(out.subarray(0, end), out.subarray(at));
    }
  }
  return out;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

async function fuzz({ seed, count }: FuzzJob, progress: Int32Array): Promise<FuzzReport> {
  const random = Random.of(1, seed);
  const errors: Record<string, number> = {};
  let models = 0;
  let slowestMilliseconds = 0;
  for (let i = 0; i < count; i++) {
    Atomics.store(progress, 0, i);
    const started = performance.now();
    try {
      for (const raw of await SEEDS[seed]!.read((bytes) => mutated(bytes, random))) {
        if ("error" in raw) throw raw.error;
        const { system } = await parseValue(raw.value);
        if (!system.h.rounded.every(Number.isFinite)) throw new Error("a model that is not finite");
      }
      models++;
    } catch (error) {
      if (!isStillpointError(error)) {
        const failure = `mutation ${i}: ${error instanceof Error ? error.stack : error}`;
        return { models, errors, slowestMilliseconds, failure };
      }
      errors[error.code] = (errors[error.code] ?? 0) + 1;
    }
    slowestMilliseconds = Math.max(slowestMilliseconds, performance.now() - started);
  }
  const sound = await SEEDS[seed]!.read((bytes) => bytes);
  if (sound.every((raw) => "value" in raw)) return { models, errors, slowestMilliseconds };
  return { models, errors, slowestMilliseconds, failure: "after all mutations the sound file can't be read any more" };
}

parentPort?.on("message", async (job: FuzzJob) => {
  parentPort?.postMessage(await fuzz(job, new Int32Array(workerData as SharedArrayBuffer)));
});
