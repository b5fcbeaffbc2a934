import { FileError } from "../../model/errors.ts";
import { MAX_NAME_LENGTH } from "../../model/name.ts";

/** The largest file that is read as a whole: 1 GiB. */
export const MAX_FILE_BYTES = 2 ** 30;

/** Memory that the models of one file may take, in bytes, unless the caller says otherwise. */
export const DEFAULT_MEMORY = 2 ** 30;

/** What an entry of an array takes until it is a model: as it is read, as it is validated, and in the system. */
const BYTES_PER_ENTRY = 32;

/** What an object, an array or a text in a file's own tables takes, roughly. */
const BYTES_PER_OBJECT = 160;

/** Named values of one file. */
export const MAX_ENTRIES_PER_FILE = 100_000;

/** Links that are followed in one file: a file of links may lead to one object on 2^n ways. */
export const MAX_LINKS = 100_000;

/** Times that groups are entered again, on other ways than the first. */
const MAX_DETOURS = 256;

/** Deepest nesting of groups, modules or dictionaries. */
export const MAX_DEPTH = 16;

/** Dimensions of an array; NumPy allows 64, HDF5 32. */
export const MAX_DIMENSIONS = 32;

/** The longest text that is a value: a kind, an activation, the name of a model. */
export const MAX_TEXT_BYTES = 65_536;

const SPLIT = "Split the file, or allow more with --max-memory.";

/**
 * What reading one file may take. All readers share it, and ask before they allocate: a file is refused for what it
 * claims, not for what it has already taken. All methods throw FileError.
 */
export class Budget {
  readonly #file: string;
  readonly #memory: number;
  readonly #deadline: number;
  readonly #seconds: number;
  readonly #counted = new Set<string>();
  #bytes = 0;
  #entries = 0;
  #links = 0;
  #detours = 0;

  /** @param memory bytes @param seconds the time that there is, looked at whenever something is asked for */
  constructor(file: string, memory = DEFAULT_MEMORY, seconds = Number.POSITIVE_INFINITY) {
    this.#file = file;
    this.#memory = memory;
    this.#seconds = seconds;
    this.#deadline = performance.now() + 1000 * seconds;
  }

  /** Whether there is room for so many bytes. */
  has(bytes: number): boolean {
    this.#look();
    return this.#bytes + bytes <= this.#memory;
  }

  /** Numbers of arrays that will be kept. */
  numbers(count: number): void {
    this.#take(count * BYTES_PER_ENTRY, () => `${count} numbers`);
  }

  /** The numbers of one named array, which count once, however often a reading of the file is tried. */
  numbersOf(name: string, count: number): void {
    if (this.#counted.has(name)) return;
    this.numbers(count);
    this.#counted.add(name);
  }

  /** Objects, arrays and texts in a file's own tables. */
  objects(count: number): void {
    this.#take(count * BYTES_PER_OBJECT, () => `${count} objects`);
  }

  /** Bytes that are needed for a while: what is unpacked, before its numbers are. */
  passing(bytes: number): void {
    this.#look();
    // negated: a claim may be NaN
    if (!(this.#bytes + bytes <= this.#memory)) this.#refuse(`${bytes} bytes unpacked`);
  }

  /** One more named value. @param name with the names of all groups around it */
  entry(name: string): void {
    this.#look();
    if (name.length > MAX_NAME_LENGTH) {
      throw new FileError(
        this.#file,
        `holds a name of ${name.length} characters; the limit is ${MAX_NAME_LENGTH}`,
        "Give shorter names.",
      );
    }
    if (++this.#entries > MAX_ENTRIES_PER_FILE) {
      throw new FileError(
        this.#file,
        `holds more than ${MAX_ENTRIES_PER_FILE} named values`,
        "Save the model's arrays alone.",
      );
    }
  }

  link(): void {
    this.#look();
    if (++this.#links <= MAX_LINKS) return;
    throw new FileError(this.#file, `leads over more than ${MAX_LINKS} links`, "Save the model's arrays alone.");
  }

  /** A group that was entered before is entered on another way. */
  detour(): void {
    if (++this.#detours <= MAX_DETOURS) return;
    throw new FileError(
      this.#file,
      `leads to the same groups on more than ${MAX_DETOURS} ways`,
      "Save the model's arrays alone.",
    );
  }

  #take(bytes: number, what: () => string): void {
    this.#look();
    if (!(this.#bytes + bytes <= this.#memory)) this.#refuse(what());
    this.#bytes += bytes;
  }

  #look(): void {
    if (performance.now() < this.#deadline) return;
    throw new FileError(this.#file, `takes more than ${this.#seconds} s to read`, "Save the arrays as .npz.");
  }

  #refuse(what: string): never {
    const before = this.#bytes === 0 ? "" : ` beside ${megabytes(this.#bytes)} for what stands before them`;
    throw new FileError(
      this.#file,
      `claims ${what}${before}; the limit is ${megabytes(this.#memory)} of memory for a file`,
      SPLIT,
    );
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

/** The number of entries of a shape that a file claims; undefined unless it is a list of few whole numbers ≥ 0. */
export function entriesOfShape(shape: readonly number[]): number | undefined {
  if (shape.length > MAX_DIMENSIONS) return undefined;
  let count = 1;
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) return undefined;
    count *= extent;
  }
  return count;
}
