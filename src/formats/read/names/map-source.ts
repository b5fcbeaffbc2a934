import { FileError } from "../../../model/errors.ts";
import { isNumericArray } from "../../../model/matrix.ts";
import { transposed } from "../elements.ts";
import type { Entries } from "../entries.ts";
import { heldText } from "./holdings.ts";
import { mapNumbers, numbersOf } from "./layout.ts";
import { entryOfName } from "./places.ts";

/** One array that a source of --map names: `name`, `-name`, `name^T` or `-name^T`. */
interface Term {
  readonly minus: boolean;
  readonly name: string;
  readonly transpose: boolean;
  /** The entry: below the model's place, or from the top of the file. */
  readonly entry: string | undefined;
}

/** The entries that a source of --map names. */
export function namesOfSource(entries: Entries, place: string, source: string): string[] {
  return termsOf(entries, place, source).flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
}

/**
 * The value of a source of --map: one array, or the sum of several (`bias_ih+bias_hh`). Throws FileError for a name
 * that is not there, and for a sum that is no float64.
 *
 * @param file the file and the key, for messages
 */
export function valueOfSource(entries: Entries, place: string, source: string, file: string): unknown {
  const [first, ...others] = termsOf(entries, place, source).map((term) => valueOfTerm(entries, term, source, file));
  return others.reduce((total, each) => sumOf(total, each, file), first);
}

function termsOf(entries: Entries, place: string, source: string): Term[] {
  // a name may have a plus in it
  const whole = termOf(entries, place, source);
  if (whole.entry !== undefined || !source.includes("+")) return [whole];
  return source.split("+").map((part) => termOf(entries, place, part.trim()));
}

function termOf(entries: Entries, place: string, source: string): Term {
  const [, minus, name = "", transpose] = /^(-?)(.*?)(\^T)?$/su.exec(source) ?? ["", "", source, undefined];
  const entry = entries.has(source) ? source : entryOfName(entries, place, name);
  return { minus: minus === "-", name, transpose: transpose !== undefined, entry };
}

function valueOfTerm(entries: Entries, { minus, name, transpose, entry }: Term, source: string, file: string): unknown {
  const read = entry === undefined ? undefined : entries.get(entry);
  if (read === undefined) {
    throw new FileError(file, `there is no ${JSON.stringify(name)}; it holds ${heldText(entries)}`, "Correct --map.");
  }
  const value = read.read();
  if (entry === source) return value;
  const turned = transpose ? transposedArray(value, file) : value;
  return minus ? mapNumbers(turned, (x) => -x) : turned;
}

function transposedArray(value: unknown, file: string): unknown {
  if (isNumericArray(value) && value.shape.length === 2) {
    const [rows, cols] = value.shape as [number, number];
    return { data: transposed(value.data, rows, cols), shape: [cols, rows] };
  }
  if (Array.isArray(value) && value.every(Array.isArray) && value.every((row) => row.length === value[0]!.length)) {
    return Array.from({ length: value[0]?.length ?? 0 }, (_, k) => value.map((row) => row[k]));
  }
  throw new FileError(file, "is no matrix that could be transposed", "Leave out the ^T.");
}

/** The exact sum of two vectors: a rounded one would be another network's. Throws FileError. */
function sumOf(a: unknown, b: unknown, file: string): unknown {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (left.length === 0 || left.length !== right.length) {
    throw new FileError(
      file,
      `has ${left.length} and ${right.length} numbers to be summed`,
      "Name arrays of one size.",
    );
  }
  const data = Float64Array.from(left, (x, i) => {
    const y = right[i]!;
    const sum = x + y;
    // the rounding error of a sum, exactly (Knuth, The Art of Computer Programming 2, 4.2.2, theorem B)
    const part = sum - x;
    if (x - (sum - part) + (y - part) === 0) return sum;
    throw new FileError(
      file,
      `has a sum that is no float64, ${x} + ${y}`,
      "A model of kind RNN or leakyRNN takes both: --map h=ONE,b=OTHER.",
    );
  });
  return { data, shape: isNumericArray(a) ? a.shape : [data.length] };
}
