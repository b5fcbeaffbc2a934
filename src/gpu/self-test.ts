import tgpu from "typegpu";
import { arrayOf, u32, vec2f } from "typegpu/data";
import { F32, gamma } from "../float/precision.ts";
import { BufferUsage, type Gpu } from "./device.ts";
import { GpuError } from "./errors.ts";
import { groupLayoutOf } from "./layouts.ts";
import { compile } from "./pipelines.ts";
import { shaders } from "./shaders.ts";

const layout = tgpu.bindGroupLayout({
  pairs: { storage: arrayOf(vec2f), access: "readonly" },
  results: { storage: arrayOf(u32), access: "mutable" },
});

const PAIRS = 1024;
const TERMS = 16;
const RESULTS = 6;
const WORKGROUP = 64;
/** WGSL, section 15.7.4: x / y is good to 2.5 ulp. */
const DIVISION_ULPS = 2.5;

/**
 * Pairs of float32 numbers: near each other, far apart, cancelling, small and large. They are fixed, so that a failure
 * can be repeated.
 */
export function testPairs(): Float32Array<ArrayBuffer> {
  const pairs = new Float32Array(2 * PAIRS);
  let state = 0x2545f491;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < PAIRS; i++) {
    const x = (next() + 0.5) * 2 ** Math.floor(80 * next() - 40) * (next() < 0.5 ? -1 : 1);
    pairs[2 * i] = x;
    const near = x * (1 + Math.floor(8 * next() - 4) * 2 ** -23);
    const far = (next() + 0.5) * 2 ** Math.floor(80 * next() - 40);
    pairs[2 * i + 1] = i % 4 === 0 ? near : i % 4 === 1 ? -near : i % 4 === 2 ? far : x * (next() + 0.5);
  }
  return pairs;
}

/**
 * The faults of an adapter's results, measured against the bounds of src/float: empty if the results keep the bounds.
 * @param results RESULTS words per pair, as selftest.wgsl writes them.
 */
export function judgeArithmetic(pairs: Float32Array, results: Uint32Array): string[] {
  const floats = new Float32Array(results.buffer, results.byteOffset, results.length);
  const complaints: string[] = [];
  const check = (what: string, x: number, y: number, got: number, exact: number, bound: number) => {
    if (!(Math.abs(got - exact) <= bound + F32.tiny)) {
      complaints.push(`${what} of ${x} and ${y} is ${got}; ${exact} was to be met to ${bound}`);
    }
  };
  const count = pairs.length / 2;
  for (let i = 0; i < count; i++) {
    const [x, y] = [pairs[2 * i]!, pairs[2 * i + 1]!];
    const at = i * RESULTS;
    check("the sum", x, y, floats[at]!, x + y, F32.unit * Math.abs(x + y));
    check("the difference", x, y, floats[at + 1]!, x - y, F32.unit * Math.abs(x - y));
    check("the product", x, y, floats[at + 2]!, x * y, F32.unit * Math.abs(x * y));
    check("the quotient", x, y, floats[at + 3]!, x / y, DIVISION_ULPS * F32.unit * Math.abs(x / y));
    let sum = 0;
    let magnitude = 0;
    for (let t = 0; t < TERMS; t++) {
      const at = 2 * ((i + t) % count);
      sum += pairs[at]! * pairs[at + 1]!;
      magnitude += Math.abs(pairs[at]! * pairs[at + 1]!);
    }
    check(`a sum of ${TERMS} products`, x, y, floats[at + 4]!, sum, gamma(TERMS + 1, F32) * magnitude);
    const order = (x < y ? 1 : 0) | (x <= y ? 2 : 0) | (Math.abs(x) > Math.abs(y) ? 4 : 0);
    if (results[at + 5] !== order) complaints.push(`comparing ${x} and ${y} gives ${results[at + 5]}, not ${order}`);
  }
  return complaints;
}

/**
 * Runs the self-test on a device.
 * @throws GpuError "untrusted" if its arithmetic breaks the bounds that the proof rests on.
 */
export async function selfTest(gpu: Gpu): Promise<void> {
  const prelude = `const WORKGROUP = ${WORKGROUP}u;\nconst TERMS = ${TERMS}u;\nconst TEST_RESULTS = ${RESULTS}u;\n`;
  const code = tgpu.resolve({ template: prelude + shaders.selftest, externals: { layout }, names: "strict" });
  const module = await compile(gpu, "selftest", code);
  const pairs = testPairs();
  const size = 4 * RESULTS * PAIRS;
  const label = "stillpoint selftest";
  const buffers: GPUBuffer[] = [];
  let bytes: Promise<ArrayBuffer> | undefined;
  try {
    await gpu.scoped("the self-test", () => {
      const { device } = gpu;
      const groupLayout = groupLayoutOf(device, label, layout);
      const pipeline = device.createComputePipeline({
        label,
        layout: device.createPipelineLayout({ label, bindGroupLayouts: [groupLayout] }),
        compute: { module, entryPoint: "selftest" },
      });
      const input = gpu.upload(`${label} pairs`, pairs);
      const output = gpu.storage(`${label} results`, size);
      const readback = gpu.buffer(`${label} readback`, size, BufferUsage.mapRead | BufferUsage.copyTarget);
      buffers.push(input, output, readback);
      const encoder = device.createCommandEncoder({ label });
      const pass = encoder.beginComputePass({ label });
      pass.setPipeline(pipeline);
      const entries = [input, output].map((buffer, binding) => ({ binding, resource: { buffer } }));
      pass.setBindGroup(0, device.createBindGroup({ label, layout: groupLayout, entries }));
      pass.dispatchWorkgroups(PAIRS / WORKGROUP);
      pass.end();
      encoder.copyBufferToBuffer(output, 0, readback, 0, size);
      gpu.submit(encoder);
      bytes = gpu.read(readback, size);
      bytes.catch(() => {});
    });
    const complaints = judgeArithmetic(pairs, new Uint32Array(await bytes!));
    if (complaints.length > 0) {
      throw new GpuError(
        "untrusted",
        gpu.name,
        `the adapter's arithmetic is worse than WGSL allows (${complaints.length} of ${6 * PAIRS} checks failed; ${complaints[0]}), ` +
          'so nothing could be proved with it. Use backend "cpu"',
      );
    }
  } finally {
    gpu.release(...buffers);
  }
}
