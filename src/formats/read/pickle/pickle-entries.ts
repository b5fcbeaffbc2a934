import { FileError } from "../../../model/errors.ts";
import { ABSENT_MEANS_ZERO } from "../../../model/forms.ts";
import { MAX_ENTRIES, type NumericArray } from "../../../model/matrix.ts";
import { type Budget, MAX_DEPTH, MAX_TEXT_BYTES } from "../budget.ts";
import { type Entries, type Entry, EntryTable, refusedEntry, valueEntry } from "../entries.ts";
import { NumpyArray, numpyEntry } from "./pickle-numpy.ts";
import { PickleDict, PickleInstance, PickleList, type PickleValue } from "./pickle-values.ts";
import { type Blocks, Tensor, tensorEntry } from "./torch-tensors.ts";

type Container = PickleDict | PickleList | PickleInstance;

interface PickleOptions {
  /** Whether lists of numbers are arrays, or settings that say nothing of a model but for its biases. */
  readonly lists?: boolean;
}

/**
 * The tensors, arrays, texts and numbers in a pickle, in dictionaries, lists and objects of whatever class. Parameters
 * of a module of PyTorch have the names that its state_dict gives them. Throws FileError.
 *
 * @param blocks the storages of tensors.
 */
export function entriesOfPickle(
  value: PickleValue,
  blocks: Blocks,
  file: string,
  budget: Budget,
  { lists = false }: PickleOptions = {},
): Entries {
  const table = new EntryTable(file, budget);
  const walker = new PickleWalker(lists, (name, item) => {
    const place = `${file}, ${name}`;
    if (item instanceof Tensor) table.add(name, tensorEntry(item, blocks, place));
    else if (item instanceof NumpyArray) table.add(name, numpyEntry(item, place));
    else if (item instanceof PickleList) table.add(name, listEntry(item, place));
    else if (item instanceof Unreadable) table.add(name, refusedEntry(place, NO_NUMBERS, ARRAY_REMEDY));
    else if (typeof item === "number" || item.length <= MAX_TEXT_BYTES) table.add(name, valueEntry(item));
  });
  if (isContainer(value)) walker.walk(value, "", 0);
  return table.entries;
}

function isContainer(value: PickleValue | undefined): value is Container {
  return value instanceof PickleDict || value instanceof PickleList || value instanceof PickleInstance;
}

/** What stands under the name of an array and is none. */
class Unreadable {}

type Leaf = Tensor | NumpyArray | PickleList | Unreadable | string | number;

const NO_NUMBERS = "is no array of numbers that can be read";

const ARRAY_REMEDY = "Save it as a tensor or an array of NumPy.";

/** Lists of tensors that PyTorch keeps beside the parameters that they are. */
const COPIES: ReadonlySet<PickleValue> = new Set(["_flat_weights"]);

class PickleWalker {
  readonly #lists: boolean;
  readonly #add: (name: string, item: Leaf) => void;
  /** Each container is walked once, however often it occurs. */
  readonly #visited = new Set<PickleValue>();
  #arrays = 0;

  constructor(lists: boolean, add: (name: string, item: Leaf) => void) {
    this.#lists = lists;
    this.#add = add;
  }

  walk(value: Container, prefix: string, depth: number): void {
    if (this.#visited.has(value)) return;
    this.#visited.add(value);
    if (value instanceof PickleDict) this.#dictionary(value, prefix, depth);
    else if (value instanceof PickleList) {
      value.items.forEach((item, i) => {
        // single values of a list are settings or results
        if (typeof item === "object") this.#member(i, item, prefix, depth);
      });
    } else this.#instance(value, prefix, depth);
  }

  #dictionary({ items }: PickleDict, prefix: string, depth: number): void {
    // of equal keys the last one counts
    const members = new Map<PickleValue, PickleValue>();
    for (let i = 0; i + 1 < items.length; i += 2) members.set(items[i]!, items[i + 1]!);
    for (const [key, item] of members) this.#member(key, item, prefix, depth);
  }

  #member(key: PickleValue, item: PickleValue, prefix: string, depth: number): void {
    if (typeof key !== "string" && typeof key !== "number") return;
    const name = `${prefix}${key}`;
    const isBias = ABSENT_MEANS_ZERO.has(`${key}`);
    if (item instanceof Tensor || item instanceof NumpyArray) {
      this.#arrays++;
      this.#add(name, item);
    } else if (typeof item === "string" || typeof item === "number") this.#add(name, item);
    else if ((this.#lists || isBias) && item instanceof PickleList && isNumeric(item)) this.#add(name, item);
    else {
      const before = this.#arrays;
      if (isContainer(item) && depth < MAX_DEPTH) this.walk(item, `${name}.`, depth + 1);
      // None and flags say that there is none; a module or dictionary of arrays may have any name
      const saysNothing = item === null || typeof item === "boolean" || this.#arrays > before;
      if (isBias && !saysNothing) this.#add(name, new Unreadable());
    }
  }

  #instance(value: PickleInstance, prefix: string, depth: number): void {
    const { attributes } = value;
    if (attributes !== undefined) {
      const parts = ["_parameters", "_buffers", "_modules"].map((part) => attributes.get(part));
      const isModule = parts.some((part) => part instanceof PickleDict);
      const own = new PickleDict();
      for (let i = 0; i + 1 < attributes.items.length; i += 2) {
        const [key, item] = [attributes.items[i]!, attributes.items[i + 1]!];
        // a module's other attributes are settings, and PyTorch's own begin so
        const isSetting = typeof item !== "object" && !(typeof key === "string" && key.startsWith("_"));
        if (isModule ? isSetting : !COPIES.has(key)) own.items.push(key, item);
      }
      this.#dictionary(own, prefix, depth);
      for (const part of parts) if (part instanceof PickleDict) this.walk(part, prefix, depth);
    }
    this.walk(value.dict, prefix, depth);
    this.walk(value.list, prefix, depth);
  }
}

/** Whether a list is of numbers, or of lists of numbers, by its first item. */
function isNumeric({ items }: PickleList, depth = 0): boolean {
  const [first] = items;
  return typeof first === "number" || (depth < 2 && first instanceof PickleList && isNumeric(first, depth + 1));
}

function listEntry(list: PickleList, file: string): Entry {
  const shape: number[] = [];
  for (let item: PickleValue = list; item instanceof PickleList && shape.length < 3; item = item.items[0]!) {
    shape.push(item.items.length);
  }
  const claims = (): number => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    if (count <= MAX_ENTRIES) return count;
    throw new FileError(file, `has ${count} entries; the limit is ${MAX_ENTRIES}`, "Use a smaller model.");
  };
  const read = (): NumericArray => {
    const data = new Float64Array(claims());
    let at = 0;
    const fill = (items: readonly PickleValue[], depth: number): void => {
      if (items.length !== shape[depth]) throw notRectangular(file);
      for (const item of items) {
        const isInner = depth + 1 < shape.length;
        if (isInner && item instanceof PickleList) fill(item.items, depth + 1);
        else if (!isInner && typeof item === "number") data[at++] = item;
        else throw notRectangular(file);
      }
    };
    fill(list.items, 0);
    return { data, shape };
  };
  return { shape: () => shape, claims, read };
}

function notRectangular(file: string): FileError {
  return new FileError(file, "is a list that is no array of numbers", "Pickle an array of NumPy.");
}
