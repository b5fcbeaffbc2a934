import {
  arrayKeys,
  FORMS,
  type Form,
  lettersOf,
  type Shape,
  type Sizes,
  shapeOf,
  shapeText,
  vectorLength,
  withArray,
} from "../../../model/forms.ts";

/** Why the arrays of a value are no model, as far as their names and sizes tell. */
export interface Misfit {
  readonly problem: string;
}

/** Unused arrays of the file that may be the bias of a key, given its length. */
export type Spare = (length: number) => string | undefined;

/**
 * Whether names and sizes of a value's arrays are those of a model of its kind; undefined if they are, or if what is
 * wrong is something else (a number, an activation, an unknown kind), which `parseModel` says.
 */
export function misfitOf(value: Readonly<Record<string, unknown>>, spare: Spare): Misfit | undefined {
  const forms = formsOf(value);
  const kind = kindOf(value);
  if (kind !== undefined && forms.length === 0) return undefined;
  const problems = forms.map((form) => problemOf(form, value, spare));
  if (kind !== undefined) {
    if (problems.includes(undefined)) return undefined;
    return { problem: problems[0]! };
  }
  return { problem: "does not say its kind" };
}

/** The kind of a value: as it says, or as its keys leave no doubt of. */
function kindOf({ kind, A, U, V, W1 }: Readonly<Record<string, unknown>>): unknown {
  return kind ?? (A !== undefined && U !== undefined && V !== undefined && W1 === undefined ? "shPLRNN" : undefined);
}

/** The forms of a value's kind; without a kind those that use most of its arrays. */
export function formsOf(value: Readonly<Record<string, unknown>>): Form[] {
  const kind = kindOf(value);
  if (kind !== undefined)
    return nearest(
      FORMS.filter((form) => form.kind === kind),
      value,
    );
  const whole = FORMS.filter((form) => Object.keys(form.arrays).every((key) => value[key] !== undefined));
  const used = (form: Form): number => {
    const keys = [...Object.keys(lettersOf(form)), ...Object.keys(form.numbers ?? {})];
    return keys.filter((key) => value[key] !== undefined).length;
  };
  const most = Math.max(...whole.map(used));
  return whole.filter((form) => used(form) === most);
}

/** Of a kind's forms the ones that have most of the value's arrays. */
function nearest(forms: readonly Form[], value: Readonly<Record<string, unknown>>): Form[] {
  const keys = new Set(arrayKeys(value));
  const shared = (form: Form): number => Object.keys(lettersOf(form)).filter((key) => keys.has(key)).length;
  const most = Math.max(...forms.map(shared));
  return forms.filter((form) => shared(form) === most);
}

export function missingNumbers(form: Form, value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(form.numbers ?? {}).filter((key) => value[key] === undefined);
}

/** What keeps a value from having a form; undefined if nothing does. */
function problemOf(form: Form, value: Readonly<Record<string, unknown>>, spare: Spare): string | undefined {
  const { kind, arrays, biases } = form;
  const missing = Object.keys(arrays).filter((key) => value[key] === undefined);
  if (missing.length > 0) return `is to be of kind ${kind} and has no ${missing.join(", no ")}`;
  let sizes: Sizes = {};
  for (const [key, letters] of Object.entries(lettersOf(form))) {
    if (value[key] === undefined || isZeroBias(form, key, value[key])) continue;
    const shape = shapeOf(value[key]);
    // what is no array at all is told with its value by parseModel
    if (shape === undefined) return undefined;
    const next = withArray(sizes, key, letters, shape);
    if (next === undefined)
      return `is to be of kind ${kind} (${formText(form)}), and ${wrongText(key, letters, shape, sizes)}`;
    sizes = next;
  }
  for (const [key, size] of Object.entries(biases)) {
    if (value[key] !== undefined) continue;
    if (form.needed?.includes(key)) return `is to be of kind ${kind} and has no ${key}`;
    const name = spare(sizes[size]!);
    if (name !== undefined) return `is to be of kind ${kind} and has no ${key}, which ${name} may be`;
  }
  const numbers = missingNumbers(form, value);
  return numbers.length > 0 ? `is to be of kind ${kind} and has no ${numbers.join(", no ")}` : undefined;
}

/** Whether a bias is given as the number 0: there is none, and no other array is it. */
function isZeroBias({ biases }: Form, key: string, value: unknown): boolean {
  return value === 0 && Object.hasOwn(biases, key);
}

/** `A R×R or R, W1 R×N, …` */
function formText(form: Form): string {
  const { arrays, biases } = form;
  return Object.entries({ ...arrays, ...biases })
    .map(([key, size]) => `${key} ${typeof size === "string" ? size : size.join("×")}${key === "A" ? " or R" : ""}`)
    .join(", ");
}

function wrongText(key: string, letters: readonly (keyof Sizes)[], shape: Shape, sizes: Sizes): string {
  if (key === "A" && sizes.R === undefined) return `A is ${shapeText(shape)}`;
  const wanted = letters.map((letter) => sizes[letter] ?? letter).join("×");
  const given = letters.length === 1 ? (vectorLength(shape) ?? shapeText(shape)) : shapeText(shape);
  return `${key} is ${given} where the arrays before it need ${wanted}`;
}
