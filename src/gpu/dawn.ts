/** WebGPU of the optional npm package `webgpu`, for Node. The build leaves it out of what is for browsers. */
export async function loadDawn(): Promise<GPU> {
  // an optional peer dependency, which bundlers must not resolve
  const name = "webgpu";
  const dawn = (await import(/* @vite-ignore */ name)) as { create(options: string[]): GPU };
  return dawn.create([]);
}
