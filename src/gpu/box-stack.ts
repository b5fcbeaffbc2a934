import {
  Answer,
  COUNT_WORDS,
  type DeviceStack,
  type DeviceStacks,
  foldStride,
  joinSystems,
  type LaunchReport,
  MOST_STACK_PARTS,
  type RecordLayout,
  recordLayout,
  STATE_WORDS,
  type StackSystem,
  State,
  unitStride,
  unitsOfEach,
} from "../stages/box-stack.ts";
import { BufferUsage, type Gpu } from "./device.ts";
import { encode, wordsOf } from "./encode.ts";
import { groupLayoutOf, StackParams, type StackShader, stackLayouts } from "./layouts.ts";
import { compile } from "./pipelines.ts";
import { stackSource } from "./specialise.ts";

/** Sizes of a stack that tests and benches may set. */
export interface StackKnobs {
  /** Boxes of a round. */
  readonly slab: number;
  /** Rounds of a launch. */
  readonly rounds: number;
  /** Most records of the stack, and of the boxes kept in one launch. */
  readonly capacity: number;
  readonly kept: number;
  /** Invocations of a workgroup, for a box and for the plan. */
  readonly lanes: number;
  readonly planLanes: number;
}

/** A round of so many workgroups fills a large GPU; a launch of so many rounds takes some hundredths of a second. */
const HARDWARE: StackKnobs = {
  slab: 2 ** 13,
  rounds: 32,
  capacity: 2 ** 21,
  kept: 2 ** 15,
  lanes: 32,
  planLanes: 128,
};
/**
 * On an adapter that computes on the CPU barriers cost much. A launch can't be cancelled, and some hundred boxes take a
 * second there.
 */
const SOFTWARE: StackKnobs = { slab: 2 ** 6, rounds: 2, capacity: 2 ** 14, kept: 2 ** 11, lanes: 1, planLanes: 1 };
/** Most bytes of the stack. */
const STACK_BYTES = 2 ** 28;
/** Launches under way: the host looks at one while the device does the next. */
const LAUNCHES = 2;

type EntryPoint = "begin" | "step_box" | "plan" | "scatter";

const shaderOf: Readonly<Record<EntryPoint, StackShader>> = {
  begin: "box_plan",
  step_box: "box_step",
  plan: "box_plan",
  scatter: "box_scatter",
};

interface StackPipelines {
  readonly groups: Readonly<Record<StackShader, GPUBindGroupLayout>>;
  readonly entries: Readonly<Record<EntryPoint, GPUComputePipeline>>;
}

/** Compiled once for each device and shape. */
const pipelinesOfDevices = new WeakMap<GPUDevice, Map<string, Promise<StackPipelines>>>();

/** Stacks of boxes on a GPU. */
export class GpuStacks implements DeviceStacks {
  readonly #gpu: Gpu;
  readonly #knobs: StackKnobs;

  constructor(gpu: Gpu, knobs: Partial<StackKnobs> = {}) {
    this.#gpu = gpu;
    this.#knobs = { ...(gpu.software ? SOFTWARE : HARDWARE), ...knobs };
  }

  get rounds(): number {
    return this.#knobs.rounds;
  }

  get #mostBytes(): number {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#gpu.limits;
    return Math.min(maxStorageBufferBindingSize, maxBufferSize);
  }

  fit(systems: readonly StackSystem[]): boolean {
    const { dim } = systems[0]!;
    const units = unitsOfEach(systems);
    if (workgroupBytes(recordLayout(dim, units)) > this.#gpu.limits.maxComputeWorkgroupStorageSize) return false;
    // the base of a system is shorter than its rows of folds
    return 4 * systems.length * units * Math.max(foldStride(dim), unitStride(dim)) <= this.#mostBytes;
  }

  async open(systems: readonly StackSystem[]): Promise<DeviceStack | undefined> {
    if (!this.fit(systems)) return undefined;
    const gpu = this.#gpu;
    const joined = joinSystems(systems);
    const layout = recordLayout(systems[0]!.dim, joined.units);
    const { limits } = gpu;
    const most = Math.floor(Math.min(this.#mostBytes, STACK_BYTES) / (4 * layout.stride));
    const lanes = Math.min(this.#knobs.lanes, limits.maxComputeInvocationsPerWorkgroup);
    const planLanes = Math.min(this.#knobs.planLanes, limits.maxComputeInvocationsPerWorkgroup);
    const capacity = Math.min(this.#knobs.capacity, most);
    const slab = Math.min(this.#knobs.slab, Math.max(1, capacity >> 5), limits.maxComputeWorkgroupsPerDimension);
    const knobs = { ...this.#knobs, capacity, slab, kept: Math.min(this.#knobs.kept, most), lanes, planLanes };
    const pipelines = await this.#pipelines(layout, knobs);
    return gpu.scoped("a stack of boxes", () => new GpuStack(gpu, pipelines, joined, layout, knobs));
  }

  #pipelines(layout: RecordLayout, knobs: StackKnobs): Promise<StackPipelines> {
    const { device } = this.#gpu;
    let pipelines = pipelinesOfDevices.get(device);
    if (pipelines === undefined) {
      pipelines = new Map();
      pipelinesOfDevices.set(device, pipelines);
    }
    const key = `R=${layout.dim} words=${layout.words} lanes=${knobs.lanes},${knobs.planLanes}`;
    let made = pipelines.get(key);
    if (made === undefined) {
      made = this.#compile(layout, knobs, key);
      pipelines.set(key, made);
    }
    return made;
  }

  async #compile(layout: RecordLayout, { lanes, planLanes }: StackKnobs, key: string): Promise<StackPipelines> {
    const gpu = this.#gpu;
    const { device } = gpu;
    const names = Object.keys(stackLayouts) as StackShader[];
    const modules = new Map<StackShader, GPUShaderModule>();
    for (const name of names) {
      const source = stackSource(name, layout, name === "box_plan" ? planLanes : lanes);
      modules.set(name, await compile(gpu, name, source));
    }
    return gpu.scoped(`pipelines of boxes ${key}`, () => {
      const groups = fromNames(names, (name) => groupLayoutOf(device, `stillpoint ${name}`, stackLayouts[name]));
      const entries = fromNames(Object.keys(shaderOf) as EntryPoint[], (entryPoint) => {
        const label = `stillpoint ${entryPoint} ${key}`;
        const name = shaderOf[entryPoint];
        const layout = device.createPipelineLayout({ label, bindGroupLayouts: [groups[name]] });
        return device.createComputePipeline({ label, layout, compute: { module: modules.get(name)!, entryPoint } });
      });
      return { groups, entries };
    });
  }
}

function fromNames<K extends string, T>(names: readonly K[], make: (name: K) => T): Record<K, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<K, T>;
}

/** Workgroup memory of box_step.wgsl, at most. */
function workgroupBytes({ dim: R, words }: RecordLayout): number {
  const parts = MOST_STACK_PARTS;
  return 4 * (4 * (parts + 1) * R + 6 * R * R + 14 * R + 2 * 32 * words + words + 32 * 7 + parts * 4 * (3 + R) + 64);
}

type BufferName = "params" | "rows" | "folds" | "base" | "stack" | "answers" | "state" | "places" | "groups";

class GpuStack implements DeviceStack {
  readonly layout: RecordLayout;
  readonly capacity: number;
  readonly launchesInFlight = LAUNCHES;
  readonly #gpu: Gpu;
  readonly #pipelines: StackPipelines;
  readonly #knobs: StackKnobs;
  readonly #buffers: Readonly<Record<BufferName, GPUBuffer>>;
  /** Of each launch under way: the boxes that it keeps, its state for reading, and its bind group. */
  readonly #slots: readonly { readonly kept: GPUBuffer; readonly state: GPUBuffer; readonly scatter: GPUBindGroup }[];
  readonly #step: GPUBindGroup;
  readonly #plan: GPUBindGroup;
  /** Words of the state and of the counts of all systems; a record follows. */
  readonly #recordAt: number;
  readonly #stateBytes: number;
  #reading: GPUBuffer | undefined;
  #launches = 0;
  /** Reads come one after the other, as they share a buffer. */
  #lastRead: Promise<unknown> = Promise.resolve();

  constructor(
    gpu: Gpu,
    pipelines: StackPipelines,
    tables: ReturnType<typeof joinSystems>,
    layout: RecordLayout,
    knobs: StackKnobs,
  ) {
    this.#gpu = gpu;
    this.#pipelines = pipelines;
    this.#knobs = knobs;
    this.layout = layout;
    this.capacity = knobs.capacity;
    const { slab, capacity, kept } = knobs;
    const { uniform, copyTarget, mapRead, storage, indirect } = BufferUsage;
    const label = (name: string): string => `stillpoint boxes ${name}`;
    const { systems } = tables;
    this.#recordAt = STATE_WORDS + COUNT_WORDS * systems;
    this.#stateBytes = 4 * (this.#recordAt + layout.stride);
    this.#buffers = {
      params: gpu.buffer(label("params"), 4 * wordsOf(StackParams), uniform | copyTarget),
      rows: gpu.upload(label("rows"), tables.rows),
      folds: gpu.upload(label("folds"), tables.folds),
      base: gpu.upload(label("base"), tables.base),
      stack: gpu.storage(label("stack"), 4 * layout.stride * capacity),
      answers: gpu.storage(label("answers"), 4 * (Answer.record + layout.stride) * slab),
      state: gpu.storage(label("state"), this.#stateBytes),
      places: gpu.storage(label("places"), 4 * slab),
      groups: gpu.buffer(label("groups"), 24, storage | indirect | copyTarget),
    };
    gpu.write(this.#buffers.params, encode(StackParams, [{ capacity, slab, kept, systems, zero: 0 }]));
    gpu.write(this.#buffers.groups, Uint32Array.of(0, 1, 1, 0, 1, 1));
    this.#step = this.#bind("box_step", this.#buffers);
    this.#plan = this.#bind("box_plan", this.#buffers);
    this.#slots = Array.from({ length: LAUNCHES }, (_, slot) => {
      const keptBoxes = gpu.storage(label(`kept ${slot}`), 4 * layout.stride * kept);
      return {
        kept: keptBoxes,
        state: gpu.buffer(label(`state readback ${slot}`), this.#stateBytes, mapRead | copyTarget),
        scatter: this.#bind("box_scatter", { ...this.#buffers, kept: keptBoxes }),
      };
    });
  }

  #bind(name: StackShader, buffers: Readonly<Record<string, GPUBuffer>>): GPUBindGroup {
    return this.#gpu.device.createBindGroup({
      label: `stillpoint ${name}`,
      layout: this.#pipelines.groups[name],
      entries: Object.keys(stackLayouts[name].entries).map((member, binding) => ({
        binding,
        resource: { buffer: buffers[member]! },
      })),
    });
  }

  write(records: Uint32Array<ArrayBuffer>, at: number): void {
    const { stride } = this.layout;
    this.#gpu.write(this.#buffers.stack, records, 4 * stride * at);
    this.#gpu.write(this.#buffers.state, Uint32Array.of(at + records.length / stride), 4 * State.top);
  }

  async launch(rounds: number): Promise<LaunchReport> {
    const gpu = this.#gpu;
    const slot = this.#slots[this.#launches++ % LAUNCHES]!;
    let bytes: Promise<ArrayBuffer> | undefined;
    await gpu.scoped("rounds of boxes", () => {
      const label = "stillpoint boxes";
      const encoder = gpu.device.createCommandEncoder({ label });
      const pass = encoder.beginComputePass({ label });
      const { begin, step_box, plan, scatter } = this.#pipelines.entries;
      pass.setPipeline(begin);
      pass.setBindGroup(0, this.#plan);
      pass.dispatchWorkgroups(1);
      for (let round = 0; round < rounds; round++) {
        pass.setPipeline(step_box);
        pass.setBindGroup(0, this.#step);
        pass.dispatchWorkgroupsIndirect(this.#buffers.groups, 0);
        pass.setPipeline(plan);
        pass.setBindGroup(0, this.#plan);
        pass.dispatchWorkgroups(1);
        pass.setPipeline(scatter);
        pass.setBindGroup(0, slot.scatter);
        pass.dispatchWorkgroupsIndirect(this.#buffers.groups, 12);
      }
      pass.end();
      encoder.copyBufferToBuffer(this.#buffers.state, 0, slot.state, 0, this.#stateBytes);
      gpu.submit(encoder);
      bytes = gpu.read(slot.state, this.#stateBytes);
      // awaited below; if the error scopes report first, the rejection must not count as unhandled
      bytes.catch(() => {});
    });
    const all = new Uint32Array(await bytes!);
    const state = all.slice(0, STATE_WORDS);
    return {
      state,
      counts: all.slice(STATE_WORDS, this.#recordAt),
      discarded: state[State.audit] === 0 ? undefined : all.slice(this.#recordAt),
      kept: await this.#fetch(slot.kept, 0, state[State.kept]!),
    };
  }

  read(from: number, to: number): Promise<Uint32Array<ArrayBuffer>> {
    return this.#fetch(this.#buffers.stack, from, to - from);
  }

  /** Records of a buffer, as they are before anything that is submitted later. */
  #fetch(buffer: GPUBuffer, from: number, count: number): Promise<Uint32Array<ArrayBuffer>> {
    const read = this.#lastRead.then(() => this.#readRecords(buffer, from, count));
    this.#lastRead = read.catch(() => {});
    return read;
  }

  async #readRecords(buffer: GPUBuffer, from: number, count: number): Promise<Uint32Array<ArrayBuffer>> {
    if (count === 0) return new Uint32Array(0);
    const gpu = this.#gpu;
    const size = 4 * this.layout.stride * count;
    let bytes: Promise<ArrayBuffer> | undefined;
    await gpu.scoped(`reading ${count} boxes`, () => {
      if (this.#reading === undefined || this.#reading.size < size) {
        if (this.#reading !== undefined) gpu.release(this.#reading);
        this.#reading = gpu.buffer("stillpoint boxes readback", size, BufferUsage.mapRead | BufferUsage.copyTarget);
      }
      const encoder = gpu.device.createCommandEncoder({ label: "stillpoint boxes readback" });
      encoder.copyBufferToBuffer(buffer, 4 * this.layout.stride * from, this.#reading, 0, size);
      gpu.submit(encoder);
      bytes = gpu.read(this.#reading, size);
      bytes.catch(() => {});
    });
    return new Uint32Array(await bytes!);
  }

  async dropLowest(count: number, top: number): Promise<void> {
    const gpu = this.#gpu;
    const { stride } = this.layout;
    await gpu.scoped("moving boxes down", () => {
      const encoder = gpu.device.createCommandEncoder({ label: "stillpoint boxes down" });
      // a copy within one buffer must not be, so boxes go by way of those kept in a launch
      const { kept } = this.#slots[0]!;
      const room = this.#knobs.kept;
      for (let at = count; at < top; at += room) {
        const size = 4 * stride * Math.min(room, top - at);
        encoder.copyBufferToBuffer(this.#buffers.stack, 4 * stride * at, kept, 0, size);
        encoder.copyBufferToBuffer(kept, 0, this.#buffers.stack, 4 * stride * (at - count), size);
      }
      gpu.submit(encoder);
      gpu.write(this.#buffers.state, Uint32Array.of(top - count), 4 * State.top);
    });
  }

  release(): void {
    this.#gpu.release(...Object.values(this.#buffers));
    for (const { kept, state } of this.#slots) this.#gpu.release(kept, state);
    if (this.#reading !== undefined) this.#gpu.release(this.#reading);
    this.#reading = undefined;
  }
}
