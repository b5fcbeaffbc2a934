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
    switch (op) {
      case 0x80: // PROTO
        this.#skip(1);
        break;
      case 0x95: // FRAME
        this.#skip(8);
        break;
      case 0x28: // MARK
        this.#below.push(this.#stack);
        this.#stack = [];
        break;
      case 0x30: // POP
        if (this.#stack.length > 0) this.#pop();
        else this.#toMark();
        break;
      case 0x31: // POP_MARK
        this.#toMark();
        break;
      case 0x32: // DUP
        this.#push(this.#top());
        break;

      case 0x4e: // NONE
        this.#push(null);
        break;
      case 0x88: // NEWTRUE
        this.#push(true);
        break;
      case 0x89: // NEWFALSE
        this.#push(false);
        break;
      case 0x4a: // BININT
        this.#push(this.#view.getInt32(this.#skip(4), true));
        break;
      case 0x4b: // BININT1
        this.#push(this.#u8());
        break;
      case 0x4d: // BININT2
        this.#push(this.#view.getUint16(this.#skip(2), true));
        break;
      case 0x8a: // LONG1
        this.#push(this.#long(this.#u8()));
        break;
      case 0x8b: // LONG4
        this.#push(this.#long(this.#u32()));
        break;
      case 0x47: // BINFLOAT
        this.#push(this.#view.getFloat64(this.#skip(8), false));
        break;
      case 0x58: // BINUNICODE
        this.#push(this.#text(this.#u32()));
        break;
      case 0x8c: // SHORT_BINUNICODE
        this.#push(this.#text(this.#u8()));
        break;
      case 0x8d: // BINUNICODE8
        this.#push(this.#text(this.#u64()));
        break;
      case 0x55: // SHORT_BINSTRING
        this.#push(this.#text(this.#u8()));
        break;
      case 0x54: // BINSTRING
        this.#push(this.#text(this.#u32()));
        break;
      case 0x42: // BINBYTES
        this.#push(this.#blob(this.#u32()));
        break;
      case 0x43: // SHORT_BINBYTES
        this.#push(this.#blob(this.#u8()));
        break;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        this.#push(this.#blob(this.#u64()));
        break;

      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
      case 0x8f: // EMPTY_SET
        this.#push(new PickleList([]));
        break;
      case 0x6c: // LIST
      case 0x74: // TUPLE
      case 0x91: // FROZENSET
        this.#push(new PickleList(this.#toMark()));
        break;
      case 0x85: // TUPLE1
        this.#push(new PickleList(this.#pops(1)));
        break;
      case 0x86: // TUPLE2
        this.#push(new PickleList(this.#pops(2)));
        break;
      case 0x87: // TUPLE3
        this.#push(new PickleList(this.#pops(3)));
        break;
      case 0x61: // APPEND
        this.#extend(this.#pops(1));
        break;
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        this.#extend(this.#toMark());
        break;
      case 0x7d: // EMPTY_DICT
        this.#push(new PickleDict());
        break;
      case 0x64: {
        // DICT
        const items = this.#toMark();
        this.#push(new PickleDict());
        this.#setItems(items);
        break;
      }
      case 0x73: // SETITEM
        this.#setItems(this.#pops(2));
        break;
      case 0x75: // SETITEMS
        this.#setItems(this.#toMark());
        break;

      case 0x68: // BINGET
        this.#push(this.#recall(this.#u8()));
        break;
      case 0x6a: // LONG_BINGET
        this.#push(this.#recall(this.#u32()));
        break;
      case 0x71: // BINPUT
        this.#memo.set(this.#u8(), this.#top());
        break;
      case 0x72: // LONG_BINPUT
        this.#memo.set(this.#u32(), this.#top());
        break;
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        break;

      case 0x63: // GLOBAL
        this.#global(this.#line(), this.#line());
        break;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#pops(2);
        if (typeof module !== "string" || typeof name !== "string") this.#fail("names something that is no text");
        this.#global(String(module), String(name));
        break;
      }
      case 0x81: // NEWOBJ
      case 0x52: // REDUCE
        this.#reduce();
        break;
      case 0x92: // NEWOBJ_EX
        this.#pop();
        this.#reduce();
        break;
      case 0x62: // BUILD
        this.#build();
        break;
      case 0x51: {
        // BINPERSID
        const value = this.#readers.persistent(this.#pop());
        this.#push(value === undefined ? this.#fail("refers to something outside that is no tensor storage") : value);
        break;
      }
      default:
        this.#fail(`uses the pickle opcode 0x${op.toString(16).padStart(2, "0")}, which is not data and is never run`);
    }
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
