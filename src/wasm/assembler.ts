/**
 * The part of the WebAssembly binary format that kernels need which are written at run time: functions from i32s to an
 * i32 over one imported memory. Opcodes and encodings are those of the WebAssembly Core Specification 2.0, section 5.
 */

/**
 * Bytes of instructions, each as the character of its code: engines join texts without copying them, and a kernel is
 * some ten thousand small parts.
 */
export type Code = string;

const bytes = (...values: readonly number[]): Code => String.fromCharCode(...values);

const I32 = bytes(0x7f);
const F64 = bytes(0x7c);
const V128 = bytes(0x7b);

/** Unsigned LEB128. */
function unsigned(value: number): Code {
  let code = "";
  let rest = value;
  do {
    code += bytes((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return code;
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): Code {
  let code = "";
  let rest = value;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) return code + bytes(byte);
    code += bytes(byte | 0x80);
  }
}

/** The code of an operation on vectors. */
const simd = (opcode: number): Code => bytes(0xfd) + unsigned(opcode);

const unary =
  (opcode: Code) =>
  (a: Code): Code =>
    a + opcode;

const binary =
  (opcode: Code) =>
  (a: Code, b: Code): Code =>
    a + b + opcode;

/** Loads and stores take an address and a constant byte offset. `log2` is the logarithm of the size in bytes. */
const load =
  (opcode: Code, log2: number) =>
  (address: Code, offset: number): Code =>
    address + opcode + bytes(log2) + unsigned(offset);

const store =
  (opcode: Code, log2: number) =>
  (address: Code, offset: number, value: Code): Code =>
    address + value + opcode + bytes(log2) + unsigned(offset);

export const i32 = {
  const: (value: number): Code => bytes(0x41) + signed(value),
  load: load(bytes(0x28), 2),
  store: store(bytes(0x36), 2),
  add: binary(bytes(0x6a)),
  sub: binary(bytes(0x6b)),
  mul: binary(bytes(0x6c)),
  and: binary(bytes(0x71)),
  or: binary(bytes(0x72)),
  shl: binary(bytes(0x74)),
  shiftRight: binary(bytes(0x76)),
  trailingZeros: unary(bytes(0x68)),
  equal: binary(bytes(0x46)),
  notEqual: binary(bytes(0x47)),
  lessSigned: binary(bytes(0x48)),
  lessUnsigned: binary(bytes(0x49)),
  isZero: unary(bytes(0x45)),
  /** Of a float64, towards zero. A number that does not fit becomes the nearest one that does, NaN becomes 0. */
  truncate: unary(bytes(0xfc, 0x02)),
};

const i64 = {
  const: (value: number): Code => bytes(0x42) + signed(value),
};

export const f64 = {
  const: (value: number): Code => bytes(0x44, ...new Uint8Array(Float64Array.of(value).buffer)),
  load: load(bytes(0x2b), 3),
  store: store(bytes(0x39), 3),
  lessEqual: binary(bytes(0x65)),
  greaterEqual: binary(bytes(0x66)),
  greater: binary(bytes(0x64)),
  less: binary(bytes(0x63)),
  notEqual: binary(bytes(0x62)),
  abs: unary(bytes(0x99)),
  neg: unary(bytes(0x9a)),
  sqrt: unary(bytes(0x9f)),
  add: binary(bytes(0xa0)),
  sub: binary(bytes(0xa1)),
  mul: binary(bytes(0xa2)),
  div: binary(bytes(0xa3)),
  min: binary(bytes(0xa4)),
  max: binary(bytes(0xa5)),
  /** From the left. */
  sum: (terms: readonly Code[]): Code => terms.reduce((a, b) => f64.add(a, b)),
  /** The float64 of a signed i32. */
  convert: unary(bytes(0xb7)),
};

/** Operations on the bits of vectors. */
export const v128 = {
  and: binary(simd(0x4e)),
  /** a & ~b. */
  andNot: binary(simd(0x4f)),
  or: binary(simd(0x50)),
  xor: binary(simd(0x51)),
  /** The same 64 bits in both lanes. */
  bits: (value: number): Code => i64.const(value) + simd(0x12),
  /** The lower 64 bits. */
  storeHalf: (address: Code, offset: number, value: Code): Code =>
    address + value + simd(0x5b) + bytes(3) + unsigned(offset) + bytes(0),
  /** The sign bits of the two lanes; that of lane 0 is bit 0. */
  signs: unary(simd(0xc4)),
};

/** Four i32, of which only the first two are used, one for each of two float64. */
export const i32x2 = {
  splat: unary(simd(0x11)),
  min: binary(simd(0xb6)),
  /** Rounds towards zero. A number that does not fit becomes the nearest one that does, NaN becomes 0. */
  truncate: unary(simd(0xfc)),
};

/** Two float64 side by side. */
export const f64x2 = {
  load: load(simd(0x00), 3),
  store: store(simd(0x0b), 3),
  /** Two float64 from two addresses. */
  gather: (even: Code, odd: Code, offset: number): Code => {
    const place = bytes(3) + unsigned(offset);
    return odd + even + simd(0x5d) + place + simd(0x57) + place + bytes(1);
  },
  splat: unary(simd(0x14)),
  /** One float64 from memory, in both lanes. */
  loadSplat: load(simd(0x0a), 3),
  /** The same lane of a and of b. */
  zip: (a: Code, b: Code, lane: 0 | 1): Code =>
    a + b + simd(0x0d) + bytes(...[0, 16].flatMap((from) => range8(from + 8 * lane))),
  lane: (a: Code, lane: 0 | 1): Code => a + simd(0x21) + bytes(lane),
  less: binary(simd(0x49)),
  greater: binary(simd(0x4a)),
  lessEqual: binary(simd(0x4b)),
  greaterEqual: binary(simd(0x4c)),
  abs: unary(simd(0xec)),
  neg: unary(simd(0xed)),
  add: binary(simd(0xf0)),
  sub: binary(simd(0xf1)),
  mul: binary(simd(0xf2)),
  div: binary(simd(0xf3)),
  /** `min` is b < a ? b : a, `max` is a < b ? b : a: one instruction each, without regard to NaN and −0. */
  min: binary(simd(0xf6)),
  max: binary(simd(0xf7)),
  /** From the left. */
  sum: (terms: readonly Code[]): Code => terms.reduce((a, b) => f64x2.add(a, b)),
  /** Lane by lane: a where the mask is set, else b. */
  select: (mask: Code, a: Code, b: Code): Code => a + b + mask + simd(0x52),
};

function range8(from: number): number[] {
  return Array.from({ length: 8 }, (_, i) => from + i);
}

export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

/** N values of one type, as a tuple where N is a literal. */
type Tuple<T, N extends number, Made extends readonly T[] = readonly []> = number extends N
  ? readonly T[]
  : Made["length"] extends N
    ? Made
    : Tuple<T, N, readonly [...Made, T]>;

/** As many values as are asked for, made one after another: a tuple, so that each can be given a name. */
export function several<T, N extends number>(count: N, make: () => T): Tuple<T, N> {
  return Array.from({ length: count }, make) as readonly T[] as Tuple<T, N>;
}

/** The body of a function that takes i32s and returns one. */
export class FunctionBuilder {
  readonly #parameters: readonly Local[];
  readonly #types: Code[] = [];
  readonly #code: Code[] = [];

  constructor(parameters: number) {
    this.#parameters = Array.from({ length: parameters }, (_, i) => local(i));
  }

  /** All parameters of the function, of which there are `count`: a tuple, so that each can be given a name. */
  parameters<N extends number>(count: N): Tuple<Local, N> {
    return this.#parameters.slice(0, count) as readonly Local[] as Tuple<Local, N>;
  }

  /** The function's type: i32s in, one i32 out. */
  type(): Code {
    return bytes(0x60) + list(this.#parameters.map(() => I32)) + list([I32]);
  }

  i32(initial?: Code): Local {
    return this.#local(I32, initial);
  }

  f64(initial?: Code): Local {
    return this.#local(F64, initial);
  }

  f64x2(initial?: Code): Local {
    return this.#local(V128, initial);
  }

  #local(type: Code, initial?: Code): Local {
    const made = local(this.#parameters.length + this.#types.length);
    this.#types.push(type);
    if (initial !== undefined) this.add(made.set(initial));
    return made;
  }

  add(...code: Code[]): void {
    this.#code.push(...code);
  }

  /** Runs the code that `write` adds while `condition` holds. */
  while(condition: Code, write: () => void): void {
    const body = this.#capture(write);
    // if the condition holds; loop; body; again if the condition holds. With the condition in front, engines would
    // compute in each turn what stays the same
    this.add(condition + bytes(0x04, 0x40, 0x03, 0x40) + body + condition + bytes(0x0d, 0, 0x0b, 0x0b));
  }

  if(condition: Code, write: () => void, otherwise?: () => void): void {
    const body = this.#capture(write);
    const other = otherwise === undefined ? "" : bytes(0x05) + this.#capture(otherwise);
    this.add(condition + bytes(0x04, 0x40) + body + other + bytes(0x0b));
  }

  return(value: Code): void {
    this.add(value + bytes(0x0f));
  }

  #capture(write: () => void): Code {
    const from = this.#code.length;
    write();
    return this.#code.splice(from).join("");
  }

  /** The function's body: locals, then code. The code must return on every path. */
  body(): Code {
    const locals = unsigned(this.#types.length) + this.#types.map((type) => bytes(1) + type).join("");
    // ends with `unreachable`, so that no value is needed there
    return locals + this.#code.join("") + bytes(0x00, 0x0b);
  }
}

/** A vector of the binary format: its length, then its parts. */
function list(parts: readonly Code[]): Code {
  return unsigned(parts.length) + parts.join("");
}

/** A module in its binary form. The type alone carries the names of the functions that it exports. */
export type ModuleBytes<Name extends string> = Uint8Array<ArrayBuffer> & { readonly exports?: Name };

/** A module that imports the memory "env.memory" and exports functions under their names. */
export function moduleOf<Name extends string>(functions: Readonly<Record<Name, FunctionBuilder>>): ModuleBytes<Name> {
  const sized = (content: Code): Code => unsigned(content.length) + content;
  const name = (text: string): Code => sized(bytes(...new TextEncoder().encode(text)));
  const section = (id: number, content: Code): Code => bytes(id) + sized(content);
  const builders = Object.values<FunctionBuilder>(functions);
  const types = builders.map((builder) => builder.type());
  const exported = Object.keys(functions).map((key, index) => name(key) + bytes(0x00) + unsigned(index));
  const code = [
    bytes(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00),
    section(1, list(types)),
    section(2, list([name("env") + name("memory") + bytes(0x02, 0x00, 1)])),
    section(3, list(builders.map((_, index) => unsigned(index)))),
    section(7, list(exported)),
    section(10, list(builders.map((builder) => sized(builder.body())))),
  ].join("");
  return Uint8Array.from({ length: code.length }, (_, i) => code.charCodeAt(i));
}

function local(index: number): Local {
  return {
    get: bytes(0x20) + unsigned(index),
    set: (value) => value + bytes(0x21) + unsigned(index),
  };
}
