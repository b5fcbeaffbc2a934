import type { BoxFilter, BoxUnits, FilteredBoxes } from "../stages/box-filter.ts";
import { BufferUsage, type Gpu } from "./device.ts";
import { encode } from "./encode.ts";
import { BoxParams, boxLayout, groupLayoutOf } from "./layouts.ts";
import { compile } from "./pipelines.ts";
import { BATCH_WORK, type Knobs, SOFTWARE_BATCH_WORK } from "./plan.ts";
import { boxSource } from "./specialise.ts";

/** Most boxes of a batch: more boxes would not make a GPU busier. */
const MOST_BOXES = 2 ** 17;

interface BoxPipeline {
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

/** Compiled once for each device, workgroup size and R. */
const pipelinesOfDevices = new WeakMap<GPUDevice, Map<string, Promise<BoxPipeline>>>();

/** The buffers of a batch, large enough for the largest batch so far. */
type BatchName = "boxes" | "results" | "readback" | "params";

/** The box filter on a GPU: a batch of boxes is uploaded, and its verdicts come back in one readback. */
export class GpuBoxFilter implements BoxFilter {
  readonly #gpu: Gpu;
  readonly #knobs: Pick<Knobs, "workgroup" | "workgroups" | "batchItems">;
  readonly #buffers = new Map<BatchName, GPUBuffer>();
  readonly #units = new Map<BoxUnits, { readonly rows: GPUBuffer; readonly base: GPUBuffer }>();

  constructor(gpu: Gpu, knobs: Pick<Knobs, "workgroup" | "workgroups" | "batchItems">) {
    this.#gpu = gpu;
    this.#knobs = knobs;
  }

  batchSize({ dim: R, count }: BoxUnits): number {
    const work = this.#gpu.software ? SOFTWARE_BATCH_WORK : BATCH_WORK;
    // both loops over the units
    const multiplications = Math.max(1, count) * (2 * R * R + 16 * R + 16) + 4 * R ** 3;
    return Math.max(1, Math.min(MOST_BOXES, this.#knobs.batchItems, Math.floor(work / multiplications)));
  }

  async filter(units: BoxUnits, boxes: Float32Array<ArrayBuffer>): Promise<FilteredBoxes> {
    const gpu = this.#gpu;
    const { dim: R } = units;
    const count = boxes.length / (2 * R);
    const stride = R + 3;
    const { group, pipeline } = await this.#pipeline(R);
    let bytes: Promise<ArrayBuffer> | undefined;
    await gpu.scoped(`batch of ${count} boxes, R = ${R}`, () => {
      const { rows, base } = this.#upload(units);
      const { storage, copySource, copyTarget, mapRead, uniform } = BufferUsage;
      const params = this.#fit("params", 16, uniform | copyTarget);
      const input = this.#fit("boxes", boxes.byteLength, storage | copyTarget);
      const results = this.#fit("results", 4 * stride * count, storage | copySource);
      const readback = this.#fit("readback", 4 * stride * count, mapRead | copyTarget);
      gpu.write(params, encode(BoxParams, [{ boxes: count, units: units.count, zero: 0 }]));
      gpu.write(input, boxes);
      const label = "stillpoint boxes";
      const encoder = gpu.device.createCommandEncoder({ label });
      const pass = encoder.beginComputePass({ label });
      pass.setPipeline(pipeline);
      const entries = [params, rows, base, input, results].map((buffer, binding) => ({
        binding,
        resource: { buffer },
      }));
      pass.setBindGroup(0, gpu.device.createBindGroup({ label, layout: group, entries }));
      const groups = Math.ceil(count / this.#knobs.workgroup);
      const x = Math.min(groups, this.#knobs.workgroups);
      pass.dispatchWorkgroups(x, Math.ceil(groups / x));
      pass.end();
      encoder.copyBufferToBuffer(results, 0, readback, 0, 4 * stride * count);
      gpu.submit(encoder);
      bytes = gpu.read(readback, 4 * stride * count);
      // awaited below; if the error scopes report first, the rejection must not count as unhandled
      bytes.catch(() => {});
    });
    return unpack(new Uint32Array(await bytes!), count, R);
  }

  /** A buffer of a batch, made anew if the old one is too small. */
  #fit(name: BatchName, bytes: number, usage: number): GPUBuffer {
    const old = this.#buffers.get(name);
    if (old !== undefined && old.size >= bytes) return old;
    if (old !== undefined) this.#gpu.release(old);
    const buffer = this.#gpu.buffer(`stillpoint boxes ${name}`, bytes, usage);
    this.#buffers.set(name, buffer);
    return buffer;
  }

  #upload(units: BoxUnits): { readonly rows: GPUBuffer; readonly base: GPUBuffer } {
    let buffers = this.#units.get(units);
    if (buffers === undefined) {
      buffers = {
        rows: this.#gpu.upload("stillpoint boxes rows", units.rows),
        base: this.#gpu.upload("stillpoint boxes base", units.base),
      };
      this.#units.set(units, buffers);
    }
    return buffers;
  }

  #pipeline(dim: number): Promise<BoxPipeline> {
    const { device } = this.#gpu;
    let pipelines = pipelinesOfDevices.get(device);
    if (pipelines === undefined) {
      pipelines = new Map();
      pipelinesOfDevices.set(device, pipelines);
    }
    const key = `boxes R=${dim} workgroup=${this.#knobs.workgroup}`;
    let pipeline = pipelines.get(key);
    if (pipeline === undefined) {
      pipeline = this.#compile(dim, `stillpoint ${key}`);
      pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  async #compile(dim: number, label: string): Promise<BoxPipeline> {
    const { device } = this.#gpu;
    const module = await compile(this.#gpu, "boxes", boxSource(dim, this.#knobs.workgroup));
    return this.#gpu.scoped(`pipeline ${label}`, () => {
      const group = groupLayoutOf(device, label, boxLayout);
      const layout = device.createPipelineLayout({ label, bindGroupLayouts: [group] });
      const compute = { module, entryPoint: "filter_boxes" };
      return { group, pipeline: device.createComputePipeline({ label, layout, compute }) };
    });
  }

  release(units: BoxUnits): void {
    const buffers = this.#units.get(units);
    if (buffers !== undefined) this.#gpu.release(buffers.rows, buffers.base);
    this.#units.delete(units);
  }

  /** Frees the buffers that batches use again. */
  freeBatches(): void {
    this.#gpu.release(...this.#buffers.values());
    this.#buffers.clear();
  }
}

/** Unpacks records as boxes.wgsl writes them. */
function unpack(words: Uint32Array, count: number, R: number): FilteredBoxes {
  const floats = new Float32Array(words.buffer);
  const stride = R + 3;
  const out = {
    verdicts: new Uint32Array(count),
    undecided: new Uint32Array(count),
    nearness: new Float32Array(count),
    spread: new Float32Array(count * R),
  };
  for (let i = 0; i < count; i++) {
    const at = i * stride;
    out.verdicts[i] = words[at];
    out.undecided[i] = words[at + 1];
    out.nearness[i] = floats[at + 2];
    for (let k = 0; k < R; k++) out.spread[i * R + k] = floats[at + 3 + k];
  }
  return out;
}
