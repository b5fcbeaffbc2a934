import type { File } from "h5wasm";

export type Hdf5Module = typeof import("h5wasm");

type WasmModule = Awaited<Hdf5Module["ready"]>;

/** The part of the library's file system that its type declarations leave out. */
interface Streams {
  readonly streams: readonly (object | null)[];
  getStream(descriptor: number): { stream_ops: object };
}

export interface Library {
  readonly h5: Hdf5Module;
  readonly wasm: WasmModule;
  readonly fileSystem: WasmModule["FS"] & Streams;
  /** The library's memory before it reads a file, up to the zeros at its end. */
  readonly image: Uint8Array;
  readonly memoryBytes: number;
}

/** What a read throws whose data the library can't decode. */
const FAILED_READ = "its data are damaged or not there";

const STANDARD_STREAMS = 3;

/** The path of a file in the library's own file system. */
const PLACE = "file.h5";

let loading: Promise<Library> | undefined;

/** Loads the HDF5 library, compiled to WebAssembly, when the first such file is read. */
export async function loadHdf5(): Promise<Library> {
  loading ??= load();
  try {
    return await loading;
  } catch (cause) {
    // a web page may be online again at the next call
    loading = undefined;
    throw cause;
  }
}

async function load(): Promise<Library> {
  const h5 = await import("h5wasm");
  const wasm = await h5.ready;
  const fileSystem = wasm.FS as Library["fileSystem"];
  silenceErrors(fileSystem);
  throwWhereReadsFail(wasm);
  warmUp(h5);
  fileSystem.unlink(PLACE);
  const { HEAPU8: memory } = wasm;
  const image = memory.slice(0, memory.findLastIndex((byte) => byte !== 0) + 1);
  return { h5, wasm, fileSystem, image, memoryBytes: memory.length };
}

/** Drops what the library writes to its stderr: every error is thrown as well. */
function silenceErrors(fileSystem: Streams): void {
  const stderr = fileSystem.getStream(2);
  const write = (_stream: unknown, _buffer: unknown, _offset: number, length: number): number => length;
  stderr.stream_ops = { ...stderr.stream_ops, write };
}

/**
 * The classes of the library ignore the status of a read, and would give whatever was in its memory as the numbers of a
 * dataset that is damaged, or compressed by a filter that the library does not have.
 */
function throwWhereReadsFail(wasm: WasmModule): void {
  const { get_dataset_data: readDataset, get_attribute_data: readAttribute } = wasm;
  const checked = (status: number): number => {
    if (status < 0) throw new Error(FAILED_READ);
    return status;
  };
  wasm.get_dataset_data = (...of) => checked(readDataset(...of));
  wasm.get_attribute_data = (...of) => checked(readAttribute(...of));
}

/**
 * Writes and reads a file once. The library then registers objects on the JavaScript side, which it would otherwise
 * register again after each reset.
 */
function warmUp(h5: Hdf5Module): void {
  const written = new h5.File(PLACE, "w");
  written.create_attribute("text", "text");
  written.create_dataset({ name: "numbers", data: Float64Array.of(0) });
  written.close();
  const read = new h5.File(PLACE, "r");
  const entries = [read.attrs.text, ...read.keys().map((key) => read.get(key))];
  for (const entry of entries) if (entry !== null && "value" in entry!) void entry.value;
  read.close();
}

/**
 * Hands an HDF5 file to `use`, and then restores the state of the library. A damaged file may leave the library
 * damaged, with or without an error. The library would then misread the next file, or never return from it.
 */
export function withOpenFile<T>(library: Library, bytes: Uint8Array, use: (file: File) => T): T {
  const { h5, wasm, fileSystem } = library;
  try {
    fileSystem.writeFile(PLACE, bytes);
    return keepingStack(wasm, () => use(new h5.File(PLACE, "r")));
  } finally {
    reset(library);
  }
}

/**
 * Calls a function inside `ccall`, which restores the stack pointer if one of its arguments is a text. A fault in
 * WebAssembly would otherwise leave the pointer where it was.
 */
function keepingStack<T>(wasm: WasmModule, call: () => T): T {
  let outcome!: () => T;
  const _guarded = (): void => {
    try {
      const value = call();
      outcome = () => value;
    } catch (error) {
      outcome = () => {
        throw error;
      };
    }
  };
  Object.assign(wasm, { _guarded });
  wasm.ccall("guarded", null, ["string"], [""]);
  return outcome();
}

function reset({ wasm, fileSystem, image, memoryBytes }: Library): void {
  for (const stream of fileSystem.streams.slice(STANDARD_STREAMS)) {
    if (stream) fileSystem.close(stream);
  }
  fileSystem.unlink(PLACE);
  wasm.HEAPU8.set(image);
  // memory beyond the image belongs to the allocator, which does not assume that it holds zeros
  wasm.HEAPU8.fill(0, image.length, memoryBytes);
}
