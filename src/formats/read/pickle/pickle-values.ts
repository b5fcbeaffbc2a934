import { MAX_DIMENSIONS } from "../budget.ts";

/**
 * The values that a pickle may hold here: plain values, containers, and inert descriptions of the objects that Python
 * would build. Nothing is executed and no name is looked up.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleObject;

/** A list, tuple or set. */
export class PickleList {
  readonly items: PickleValue[];
  constructor(items: PickleValue[]) {
    this.items = items;
  }
}

/** A dict or OrderedDict: key, value, key, value, … in order of insertion; of equal keys the last one counts. */
export class PickleDict {
  readonly items: PickleValue[] = [];

  /** The value of a key that is a text. */
  get(key: string): PickleValue | undefined {
    const { items } = this;
    for (let i = items.length - (items.length % 2) - 2; i >= 0; i -= 2) if (items[i] === key) return items[i + 1];
    return undefined;
  }
}

/** A name such as `torch.FloatStorage`; the name is never looked up. */
export class PickleGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** The base class of objects that the caller's table makes: a storage, a tensor. */
export class PickleObject {}

/**
 * What Python would make by calling a name that the reader does not know: a module of a network, an object with
 * settings. The call is not made; what would be put into the object is kept.
 */
export class PickleInstance extends PickleObject {
  readonly name: string;
  state: PickleValue = null;
  #dict: PickleDict | undefined;
  #list: PickleList | undefined;
  constructor(name: string) {
    super();
    this.name = name;
  }

  /** What would be put into it as into a dictionary. */
  get dict(): PickleDict {
    this.#dict ??= new PickleDict();
    return this.#dict;
  }

  /** What would be put into it as into a list. */
  get list(): PickleList {
    this.#list ??= new PickleList([]);
    return this.#list;
  }

  /** Its attributes: the state, or the first part of one in two (with slots). */
  get attributes(): PickleDict | undefined {
    const { state } = this;
    if (state instanceof PickleDict) return state;
    return state instanceof PickleList && state.items[0] instanceof PickleDict ? state.items[0] : undefined;
  }
}

export interface PickleReaders {
  /** Names whose calls are understood. */
  readonly globals: ReadonlySet<string>;
  /**
   * The object that a call of such a name with arguments stands for; undefined if it is called in a way that is not
   * known. Must not execute anything.
   */
  call(name: string, args: readonly PickleValue[]): PickleValue | undefined;
  /** The object that a persistent id stands for; undefined if the id is not allowed. */
  persistent(id: PickleValue): PickleValue | undefined;
  /** Sets the state of an object of the caller's. False if that is not known. */
  build(object: PickleObject, state: PickleValue): boolean;
}

export function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** A shape or strides; undefined if it is no list of few whole numbers ≥ 0. */
export function countsOf(value: PickleValue | undefined): number[] | undefined {
  if (!(value instanceof PickleList) || value.items.length > MAX_DIMENSIONS) return undefined;
  // a copy: later opcodes may still change the list
  return value.items.every(isCount) ? value.items.slice() : undefined;
}
