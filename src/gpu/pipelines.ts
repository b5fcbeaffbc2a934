import type { Gpu } from "./device.ts";
import { GpuError } from "./errors.ts";
import { groupLayoutOf, layouts, type StageName } from "./layouts.ts";
import { type Shape, stageSource } from "./specialise.ts";

/** Entry points in the order of a batch; dedup takes two dispatches. */
export const entryPoints = {
  intersect: "intersect",
  reintersect: "reintersect",
  expand: "expand",
  dedup: "dedup",
  compact: "dedup",
  solve: "solve",
  refine: "refine",
} as const satisfies Record<string, StageName>;

export type EntryPoint = keyof typeof entryPoints;

/** The part of the shape that a stage's source depends on. */
const shapeKeys: Record<StageName, (shape: Shape) => string> = {
  intersect: ({ rank, words }) => `ρ=${rank} words=${words}`,
  reintersect: ({ rank, latentDim, words }) => `ρ=${rank} R=${latentDim} words=${words}`,
  expand: ({ rank, words }) => `ρ=${rank} words=${words}`,
  dedup: ({ words }) => `words=${words}`,
  solve: ({ rank, latentDim, words }) => `ρ=${rank} R=${latentDim} words=${words}`,
  refine: ({ rank, latentDim, words }) => `ρ=${rank} R=${latentDim} words=${words}`,
};

const pipelinesOfDevices = new WeakMap<GPUDevice, Map<number, Pipelines>>();

/** Pipelines of one device and workgroup size, compiled once per (stage, ρ, R, words). */
export class Pipelines {
  readonly #gpu: Gpu;
  readonly #workgroup: number;
  readonly #groupLayouts = new Map<StageName, GPUBindGroupLayout>();
  readonly #modules = new Map<string, Promise<GPUShaderModule>>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  /** The pipelines of a device, kept as long as the device: compiling takes longer than most runs. */
  static of(gpu: Gpu, workgroup: number): Pipelines {
    let byWorkgroup = pipelinesOfDevices.get(gpu.device);
    if (byWorkgroup === undefined) {
      byWorkgroup = new Map();
      pipelinesOfDevices.set(gpu.device, byWorkgroup);
    }
    let pipelines = byWorkgroup.get(workgroup);
    if (pipelines === undefined) {
      pipelines = new Pipelines(gpu, workgroup);
      byWorkgroup.set(workgroup, pipelines);
    }
    return pipelines;
  }

  private constructor(gpu: Gpu, workgroup: number) {
    this.#gpu = gpu;
    this.#workgroup = workgroup;
  }

  /** Bindings of a stage, in the order of its typed layout. */
  groupLayout(stage: StageName): GPUBindGroupLayout {
    let layout = this.#groupLayouts.get(stage);
    if (layout === undefined) {
      layout = groupLayoutOf(this.#gpu.device, `stillpoint ${stage}`, layouts[stage]);
      this.#groupLayouts.set(stage, layout);
    }
    return layout;
  }

  /**
   * The pipeline of an entry point. @throws GpuError "shader" with stage, line, column and source line if the source
   * does not compile.
   */
  get(entryPoint: EntryPoint, shape: Shape): Promise<GPUComputePipeline> {
    const key = `${entryPoint} ${shapeKeys[entryPoints[entryPoint]](shape)}`;
    let pipeline = this.#pipelines.get(key);
    if (pipeline === undefined) {
      pipeline = this.#create(entryPoint, shape, `stillpoint ${key}`);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  async #create(entryPoint: EntryPoint, shape: Shape, label: string): Promise<GPUComputePipeline> {
    const stage = entryPoints[entryPoint];
    const module = await this.#module(stage, shape);
    const { device } = this.#gpu;
    return this.#gpu.scoped(`pipeline ${label}`, () =>
      device.createComputePipeline({
        label,
        layout: device.createPipelineLayout({ label, bindGroupLayouts: [this.groupLayout(stage)] }),
        compute: { module, entryPoint },
      }),
    );
  }

  #module(stage: StageName, shape: Shape): Promise<GPUShaderModule> {
    const key = `${stage} ${shapeKeys[stage](shape)}`;
    let module = this.#modules.get(key);
    if (module === undefined) {
      module = compile(this.#gpu, stage, stageSource(stage, shape, this.#workgroup));
      this.#modules.set(key, module);
    }
    return module;
  }
}

/** Compiles WGSL. @throws GpuError "shader" */
export async function compile(gpu: Gpu, stage: string, code: string): Promise<GPUShaderModule> {
  const label = `stillpoint ${stage}`;
  let module: GPUShaderModule | undefined;
  let failed: unknown;
  try {
    await gpu.scoped(`shader ${stage}`, () => {
      module = gpu.device.createShaderModule({ label, code });
    });
  } catch (error) {
    failed = error;
  }
  const info = await module?.getCompilationInfo();
  const errors = info?.messages.filter(({ type }) => type === "error") ?? [];
  if (errors.length > 0) {
    const lines = code.split("\n");
    const text = errors.map(({ lineNum, linePos, message }) => {
      const source = lines[lineNum - 1] ?? "";
      return `shaders/${stage}.wgsl (specialised) line ${lineNum}, column ${linePos}: ${message}\n  ${source.trim()}`;
    });
    throw new GpuError("shader", gpu.name, text.join("\n"), { cause: failed ?? errors[0] });
  }
  if (module === undefined || failed !== undefined) throw failed;
  return module;
}
