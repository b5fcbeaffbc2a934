import { StillpointError } from "../model/errors.ts";
import { loadDawn } from "./dawn.ts";
import { GpuError, type GpuFailure } from "./errors.ts";

/**
 * Where to take a device from. Without either field it comes from the runtime: `navigator.gpu`, or the optional npm
 * package `webgpu` in Node.
 */
export interface GpuSource {
  readonly gpu?: Pick<GPU, "requestAdapter"> | undefined;
  readonly device?: GPUDevice | undefined;
  readonly powerPreference?: GPUPowerPreference | undefined;
}

/** WebGPU's usage flags by value: Node has no globals for them. */
export const BufferUsage = {
  mapRead: 1,
  copySource: 4,
  copyTarget: 8,
  uniform: 64,
  storage: 128,
  indirect: 256,
} as const;
const MAP_READ = 1;

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bcpu\b/i;

/** The name that an adapter gives, in one line. */
export function adapterName(info: GPUAdapterInfo | undefined): string {
  const parts = [info?.vendor, info?.architecture, info?.device, info?.description].filter((part) => part);
  return parts.length > 0 ? parts.join(" ") : "unnamed adapter";
}

/** Whether an adapter computes on the CPU: its answers are right, but come no faster. */
export function isSoftware(info: GPUAdapterInfo | undefined): boolean {
  return info?.isFallbackAdapter === true || SOFTWARE.test(adapterName(info));
}

/** The instance of Dawn, kept here because its adapters and devices do not keep it alive. */
let dawnInstance: GPU | undefined;

/**
 * The runtime's GPU object.
 * @throws StillpointError NO_GPU where there is none.
 */
export async function runtimeGpu(): Promise<GPU> {
  const { navigator } = globalThis as { navigator?: { gpu?: GPU } };
  if (navigator?.gpu) return navigator.gpu;
  if (dawnInstance !== undefined) return dawnInstance;
  try {
    dawnInstance = await loadDawn();
    return dawnInstance;
  } catch (cause) {
    throw new StillpointError(
      "NO_GPU",
      "this runtime has no WebGPU: no navigator.gpu, and the npm package webgpu can't be loaded. " +
        'In Node and Bun, install it (npm install webgpu), or use backend "cpu"',
      { cause },
    );
  }
}

/** An adapter, asked for without a device. @throws StillpointError NO_GPU */
export async function requestAdapter(source: GpuSource = {}): Promise<GPUAdapter> {
  const gpu = source.gpu ?? (await runtimeGpu());
  const adapter = await gpu.requestAdapter({ powerPreference: source.powerPreference ?? "high-performance" });
  if (adapter === null) {
    throw new StillpointError(
      "NO_GPU",
      'WebGPU is here but offers no adapter: no GPU, no driver, or (in Node on Linux) no Vulkan. Use backend "cpu", or see stillpoint doctor',
    );
  }
  return adapter;
}

/** Limits that are raised beyond the guaranteed ones where the adapter allows it, for larger batches. */
const WANTED_LIMITS = ["maxStorageBufferBindingSize", "maxBufferSize"] as const;
const MOST_WANTED = 2 ** 30;

/**
 * A device that counts its buffers and types its errors. Everything that is made through it carries a label.
 *
 * Errors of WebGPU calls surface in error scopes. `scoped` wraps each group of calls, and throws the errors that its
 * scopes caught as a GpuError that names the calls.
 */
export class Gpu {
  readonly device: GPUDevice;
  readonly name: string;
  readonly software: boolean;
  readonly #owned: boolean;
  readonly #buffers = new Set<GPUBuffer>();
  #lost: GPUDeviceLostInfo | undefined;
  #destroyed = false;

  /** @param owned whether `destroy` ends the device too: not if it is the caller's. */
  constructor(device: GPUDevice, info: GPUAdapterInfo | undefined, owned: boolean) {
    this.device = device;
    this.name = adapterName(info);
    this.software = isSoftware(info);
    this.#owned = owned;
    void device.lost.then((info) => {
      this.#lost = info;
    });
  }

  /** Opens a device. @throws StillpointError NO_GPU, GpuError */
  static async open(source: GpuSource = {}): Promise<Gpu> {
    if (source.device !== undefined) return new Gpu(source.device, source.device.adapterInfo, false);
    const adapter = await requestAdapter(source);
    const requiredLimits: Record<string, number> = {};
    for (const limit of WANTED_LIMITS) requiredLimits[limit] = Math.min(adapter.limits[limit], MOST_WANTED);
    const requiredFeatures: GPUFeatureName[] = adapter.features.has("timestamp-query") ? ["timestamp-query"] : [];
    try {
      const device = await adapter.requestDevice({ label: "stillpoint", requiredLimits, requiredFeatures });
      return new Gpu(device, adapter.info, true);
    } catch (cause) {
      throw new GpuError("internal", adapterName(adapter.info), `the adapter gave no device: ${reason(cause)}`, {
        cause,
      });
    }
  }

  get limits(): GPUSupportedLimits {
    return this.device.limits;
  }

  /** Buffers made and not yet destroyed. */
  get bufferCount(): number {
    return this.#buffers.size;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  buffer(label: string, size: number, usage: number): GPUBuffer {
    this.#checkLost(label);
    // a batch that is under way when its device is given up must make no buffers, as nobody would free them
    if (this.#destroyed) throw new GpuError("lost", this.name, `${label}: the device was given up`);
    // WebGPU wants copies in multiples of 4 and bindings that are not empty
    const buffer = this.device.createBuffer({ label, size: Math.max(16, Math.ceil(size / 4) * 4), usage });
    this.#buffers.add(buffer);
    return buffer;
  }

  /** A storage buffer that copies may read and write. */
  storage(label: string, size: number): GPUBuffer {
    return this.buffer(label, size, BufferUsage.storage | BufferUsage.copySource | BufferUsage.copyTarget);
  }

  /** A storage buffer with these contents. */
  upload(label: string, data: ArrayBufferView<ArrayBuffer>): GPUBuffer {
    const buffer = this.storage(label, data.byteLength);
    this.write(buffer, data);
    return buffer;
  }

  write(buffer: GPUBuffer, data: ArrayBufferView<ArrayBuffer>, offset = 0): void {
    if (data.byteLength > 0) this.device.queue.writeBuffer(buffer, offset, data);
  }

  release(...buffers: readonly GPUBuffer[]): void {
    for (const buffer of buffers) {
      this.#buffers.delete(buffer);
      buffer.destroy();
    }
  }

  submit(commands: GPUCommandEncoder): void {
    this.device.queue.submit([commands.finish()]);
  }

  /** The contents of a mappable buffer, after the work that writes it. @throws GpuError */
  read(buffer: GPUBuffer, size: number): Promise<ArrayBuffer> {
    return this.readPart(buffer, size, (bytes) => bytes.slice(0));
  }

  /**
   * What `take` takes of a mappable buffer, after the work that writes it: of a large readback the few records that are
   * there, copied, as the bytes are gone afterwards. @throws GpuError
   */
  async readPart<T>(buffer: GPUBuffer, size: number, take: (bytes: ArrayBuffer) => T): Promise<T> {
    try {
      await buffer.mapAsync(MAP_READ, 0, size);
      const taken = take(buffer.getMappedRange(0, size));
      buffer.unmap();
      return taken;
    } catch (cause) {
      this.#checkLost(buffer.label);
      throw new GpuError("map", this.name, `reading ${buffer.label} back failed: ${reason(cause)}`, { cause });
    }
  }

  /** Reads 32-bit words of a storage buffer. @throws GpuError */
  async fetch(buffer: GPUBuffer, from: number, length: number): Promise<Uint32Array> {
    if (length === 0) return new Uint32Array(0);
    let bytes: Promise<ArrayBuffer> | undefined;
    let target: GPUBuffer | undefined;
    try {
      await this.scoped(`reading ${buffer.label}`, () => {
        target = this.buffer(`${buffer.label} readback`, 4 * length, BufferUsage.mapRead | BufferUsage.copyTarget);
        const encoder = this.device.createCommandEncoder({ label: "stillpoint readback" });
        encoder.copyBufferToBuffer(buffer, 4 * from, target, 0, 4 * length);
        this.submit(encoder);
        bytes = this.read(target, 4 * length);
        bytes.catch(() => {});
      });
      return new Uint32Array(await bytes!);
    } finally {
      if (target !== undefined) this.release(target);
    }
  }

  /**
   * Runs `calls` in error scopes.
   * @throws GpuError with the errors that the scopes caught, or because the device is lost.
   */
  async scoped<T>(what: string, calls: () => T): Promise<T> {
    this.#checkLost(what);
    const filters = ["internal", "out-of-memory", "validation"] as const;
    for (const filter of filters) this.device.pushErrorScope(filter);
    let result: T | undefined;
    let thrown: unknown;
    try {
      result = calls();
    } catch (error) {
      thrown = error;
    }
    const pops = [...filters].reverse().map((filter) => ({ filter, error: this.device.popErrorScope() }));
    for (const { filter, error } of pops) {
      let caught: GPUError | null;
      try {
        caught = await error;
      } catch (cause) {
        this.#checkLost(what);
        throw new GpuError("internal", this.name, `${what}: ${reason(cause)}`, { cause });
      }
      if (caught !== null) throw this.#failure(filter, what, caught);
    }
    if (thrown !== undefined) {
      if (thrown instanceof StillpointError) throw thrown;
      throw new GpuError("internal", this.name, `${what}: ${reason(thrown)}`, { cause: thrown });
    }
    this.#checkLost(what);
    return result as T;
  }

  #failure(failure: GpuFailure, what: string, cause: { message: string }): GpuError {
    const memory = failure === "out-of-memory" ? "; a smaller batch size needs less memory" : "";
    return new GpuError(failure, this.name, `${what}: ${failure} error: ${cause.message}${memory}`, { cause });
  }

  #checkLost(what: string): void {
    if (this.#lost === undefined) return;
    const { reason: why, message } = this.#lost;
    throw new GpuError("lost", this.name, `${what}: the device was lost (${why || "unknown"}): ${message}`, {
      cause: this.#lost,
    });
  }

  /** Frees all buffers, and the device unless it is the caller's. */
  destroy(): void {
    this.#destroyed = true;
    this.release(...this.#buffers);
    if (this.#owned) this.device.destroy();
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
