import { FileError } from "../../../model/errors.ts";
import { escaped } from "../printable.ts";
import {
  PickleDict,
  PickleGlobal,
  PickleInstance,
  PickleList,
  PickleObject,
  type PickleReaders,
  type PickleValue,
} from "./pickle-values.ts";

/** The largest number of opcodes of one pickle, and so of values; a tensor takes some forty. */
const MAX_OPCODES = 1_000_000;

/** The longest text, in bytes: older protocols write an array's bytes as a text. */
const MAX_PICKLED_TEXT_BYTES = 2 ** 26;

/** The longest integer, in bytes. */
const MAX_LONG_BYTES = 256;

/** The longest name of a module or class. */
const MAX_NAME_BYTES = 4096;

const REMEDY = "Save only a state_dict of tensors: torch.save(model.state_dict(), file).";

/**
 * Names that no model has a use for, and whose mention is likely to be an attack. Others may be mentioned: they are not
 * looked up either.
 */
const HARMFUL =
  /^(?:os|posix|nt|subprocess|pty|sys|shutil|socket|runpy|importlib|ctypes|code|webbrowser|multiprocessing|asyncio)\.|^(?:__builtin__|builtins)\.(?:eval|exec|execfile|compile|open|__import__|input|breakpoint|getattr|setattr|delattr|globals|locals|vars)$/;

/**
 * Reads a pickle of protocol 2 to 5 (Python's pickletools.py documents the opcodes). Nothing that it names is looked up
 * or run: the objects of unknown classes are kept as what would be put into them. Throws FileError for what would run
 * commands, and for truncated or contradictory input.
 */
export function readPickle(bytes: Uint8Array, file: string, readers: PickleReaders): PickleValue {
  return readPickleAt(bytes, 0, file, readers).value;
}

/** The pickle that begins at a byte, and the byte behind its end. Throws FileError. */
export function readPickleAt(
  bytes: Uint8Array,
  start: number,
  file: string,
  readers: PickleReaders,
): { readonly value: PickleValue; readonly end: number } {
  const machine = new PickleMachine(bytes, start, file, readers);
  return { value: machine.run(), end: machine.end };
}

class PickleMachine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  readonly #readers: PickleReaders;
  readonly #memo = new Map<number, PickleValue>();
  #at = 0;
  #stack: PickleValue[] = [];
  /** Stacks below each open MARK. */
  readonly #below: PickleValue[][] = [];

  constructor(bytes: Uint8Array, start: number, file: string, readers: PickleReaders) {
    this.#bytes = bytes;
    this.#at = start;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
    this.#readers = readers;
  }

  get end(): number {
    return this.#at;
  }

  run(): PickleValue {
    for (let count = 0; count < MAX_OPCODES; count++) {
      const op = this.#u8();
      if (op === STOP) return this.#pop();
      this.#step(op);
    }
    return this.#fail(`has more than ${MAX_OPCODES} opcodes`);
  }

  #step(op: number): void {
    const step = PickleMachine.#STEPS.get(op);
    if (step === undefined) {
      this.#fail(`uses the pickle opcode 0x${op.toString(16).padStart(2, "0")}, which is not data and is never run`);
    }
    step(this);
  }

  /** What each opcode does, by its byte. */
  static readonly #STEPS = new Map<number, (machine: PickleMachine) => unknown>([
    [0x80, (m) => m.#skip(1)], // PROTO
    [0x95, (m) => m.#skip(8)], // FRAME
    [0x28, (m) => m.#mark()], // MARK
    [0x30, (m) => (m.#stack.length > 0 ? m.#pop() : m.#toMark())], // POP
    [0x31, (m) => m.#toMark()], // POP_MARK
    [0x32, (m) => m.#push(m.#top())], // DUP

    [0x4e, (m) => m.#push(null)], // NONE
    [0x88, (m) => m.#push(true)], // NEWTRUE
    [0x89, (m) => m.#push(false)], // NEWFALSE
    [0x4a, (m) => m.#push(m.#view.getInt32(m.#skip(4), true))], // BININT
    [0x4b, (m) => m.#push(m.#u8())], // BININT1
    [0x4d, (m) => m.#push(m.#view.getUint16(m.#skip(2), true))], // BININT2
    [0x8a, (m) => m.#push(m.#long(m.#u8()))], // LONG1
    [0x8b, (m) => m.#push(m.#long(m.#u32()))], // LONG4
    [0x47, (m) => m.#push(m.#view.getFloat64(m.#skip(8), false))], // BINFLOAT
    [0x58, (m) => m.#push(m.#text(m.#u32()))], // BINUNICODE
    [0x8c, (m) => m.#push(m.#text(m.#u8()))], // SHORT_BINUNICODE
    [0x8d, (m) => m.#push(m.#text(m.#u64()))], // BINUNICODE8
    [0x55, (m) => m.#push(m.#text(m.#u8()))], // SHORT_BINSTRING
    [0x54, (m) => m.#push(m.#text(m.#u32()))], // BINSTRING
    [0x42, (m) => m.#push(m.#blob(m.#u32()))], // BINBYTES
    [0x43, (m) => m.#push(m.#blob(m.#u8()))], // SHORT_BINBYTES
    [0x8e, (m) => m.#push(m.#blob(m.#u64()))], // BINBYTES8
    [0x96, (m) => m.#push(m.#blob(m.#u64()))], // BYTEARRAY8

    [0x5d, (m) => m.#push(new PickleList([]))], // EMPTY_LIST
    [0x29, (m) => m.#push(new PickleList([]))], // EMPTY_TUPLE
    [0x8f, (m) => m.#push(new PickleList([]))], // EMPTY_SET
    [0x6c, (m) => m.#push(new PickleList(m.#toMark()))], // LIST
    [0x74, (m) => m.#push(new PickleList(m.#toMark()))], // TUPLE
    [0x91, (m) => m.#push(new PickleList(m.#toMark()))], // FROZENSET
    [0x85, (m) => m.#push(new PickleList(m.#pops(1)))], // TUPLE1
    [0x86, (m) => m.#push(new PickleList(m.#pops(2)))], // TUPLE2
    [0x87, (m) => m.#push(new PickleList(m.#pops(3)))], // TUPLE3
    [0x61, (m) => m.#extend(m.#pops(1))], // APPEND
    [0x65, (m) => m.#extend(m.#toMark())], // APPENDS
    [0x90, (m) => m.#extend(m.#toMark())], // ADDITEMS
    [0x7d, (m) => m.#push(new PickleDict())], // EMPTY_DICT
    [0x64, (m) => m.#dict(m.#toMark())], // DICT
    [0x73, (m) => m.#setItems(m.#pops(2))], // SETITEM
    [0x75, (m) => m.#setItems(m.#toMark())], // SETITEMS

    [0x68, (m) => m.#push(m.#recall(m.#u8()))], // BINGET
    [0x6a, (m) => m.#push(m.#recall(m.#u32()))], // LONG_BINGET
    [0x71, (m) => m.#memo.set(m.#u8(), m.#top())], // BINPUT
    [0x72, (m) => m.#memo.set(m.#u32(), m.#top())], // LONG_BINPUT
    [0x94, (m) => m.#memo.set(m.#memo.size, m.#top())], // MEMOIZE

    [0x63, (m) => m.#global(m.#line(), m.#line())], // GLOBAL
    [0x93, (m) => m.#global(...m.#names())], // STACK_GLOBAL
    [0x81, (m) => m.#reduce()], // NEWOBJ
    [0x52, (m) => m.#reduce()], // REDUCE
    // its keyword arguments are dropped
    [0x92, (m) => [m.#pop(), m.#reduce()]], // NEWOBJ_EX
    [0x62, (m) => m.#build()], // BUILD
    [0x51, (m) => m.#persistent()], // BINPERSID
  ]);

  #mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  #dict(items: readonly PickleValue[]): void {
    this.#push(new PickleDict());
    this.#setItems(items);
  }

  #names(): [module: string, name: string] {
    const [module, name] = this.#pops(2);
    if (typeof module !== "string" || typeof name !== "string") this.#fail("names something that is no text");
    return [module, name];
  }

  #persistent(): void {
    const value = this.#readers.persistent(this.#pop());
    this.#push(value === undefined ? this.#fail("refers to something outside that is no tensor storage") : value);
  }

  #global(module: string, name: string): void {
    if (module.length + name.length > MAX_NAME_BYTES)
      this.#fail(`mentions a name of ${module.length + name.length} bytes`);
    const full = `${module}.${name}`;
    if (HARMFUL.test(full)) {
      this.#fail(
        `mentions ${shown(full)}, which no model has a use for and which is never run; do not load it elsewhere`,
      );
    }
    this.#push(new PickleGlobal(full));
  }

  #reduce(): void {
    const [callable, args] = this.#pops(2);
    if (!(callable instanceof PickleGlobal) || !(args instanceof PickleList)) {
      this.#fail("calls something without a name");
    } else if (!this.#readers.globals.has(callable.name)) this.#push(new PickleInstance(callable.name));
    else {
      const value = this.#readers.call(callable.name, args.items);
      this.#push(value === undefined ? this.#fail(`calls ${callable.name} in a way that is not known`) : value);
    }
  }

  #build(): void {
    const state = this.#pop();
    const object = this.#top();
    if (object instanceof PickleInstance) object.state = state;
    // attributes of a dictionary (a state_dict has its `_metadata`) say nothing about tensors and are dropped
    else if (object instanceof PickleObject ? !this.#readers.build(object, state) : !(object instanceof PickleDict)) {
      this.#fail("sets the state of an object that has none");
    }
  }

  #extend(items: readonly PickleValue[]): void {
    const top = this.#top();
    const list = top instanceof PickleInstance ? top.list : top;
    if (!(list instanceof PickleList)) this.#fail("appends to something that is no list");
    else for (const item of items) list.items.push(item);
  }

  #setItems(items: readonly PickleValue[]): void {
    const top = this.#top();
    const dict = top instanceof PickleInstance ? top.dict : top;
    if (!(dict instanceof PickleDict) || items.length % 2 !== 0) this.#fail("fills something that is no dictionary");
    else for (const item of items) dict.items.push(item);
  }

  #recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    return value === undefined ? this.#fail("recalls a value that it never stored") : value;
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #top(): PickleValue {
    const { length } = this.#stack;
    return length === 0 ? this.#fail("takes a value from an empty stack") : this.#stack[length - 1]!;
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #pops(count: number): PickleValue[] {
    if (this.#stack.length < count) this.#fail("takes a value from an empty stack");
    return this.#stack.splice(this.#stack.length - count);
  }

  #toMark(): PickleValue[] {
    const items = this.#stack;
    this.#stack = this.#below.pop() ?? this.#fail("closes a group that it never opened");
    return items;
  }

  #skip(length: number): number {
    const from = this.#at;
    if (!(length >= 0) || from + length > this.#bytes.length) this.#fail("is truncated");
    this.#at = from + length;
    return from;
  }

  #u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  #u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  #u64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  #blob(length: number): Uint8Array {
    const from = this.#skip(length);
    return this.#bytes.subarray(from, from + length);
  }

  #text(length: number): string {
    if (length > MAX_PICKLED_TEXT_BYTES) {
      this.#fail(`holds a text of ${length} bytes; the limit is ${MAX_PICKLED_TEXT_BYTES}`);
    }
    // surrogates that Python passes through become replacement characters: names only need to be told apart
    return new TextDecoder().decode(this.#blob(length));
  }

  #line(): string {
    const from = this.#at;
    const end = this.#bytes.indexOf(0x0a, from);
    if (end < 0) this.#fail("is truncated");
    if (end - from > MAX_NAME_BYTES) this.#fail(`mentions a name of ${end - from} bytes`);
    this.#at = end + 1;
    return new TextDecoder().decode(this.#bytes.subarray(from, end));
  }

  /** A little-endian two's complement integer: a number if its value fits, else a bigint. */
  #long(length: number): number | bigint {
    if (length > MAX_LONG_BYTES) this.#fail(`holds an integer of ${length} bytes; the limit is ${MAX_LONG_BYTES}`);
    const bytes = this.#blob(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    if (length > 0 && bytes[length - 1]! >= 0x80) value -= 1n << BigInt(8 * length);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #fail(problem: string): never {
    throw new FileError(this.#file, `${problem} (byte ${this.#at} of the pickle)`, REMEDY);
  }
}

const STOP = 0x2e;

function shown(text: string): string {
  return escaped(text.slice(0, 80));
}
