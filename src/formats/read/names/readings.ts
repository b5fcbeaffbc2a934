import { type Form, type Sizes, transposedShape, vectorLength, withArray } from "../../../model/forms.ts";
import type { Holding } from "./holdings.ts";

/** One array of a file in the place of one key of a model. */
export interface Taken {
  readonly name: string;
  readonly transpose: boolean;
}

/** Arrays of a file that together are a model of one form. */
export interface FormReading {
  readonly form: Form;
  readonly taken: ReadonlyMap<string, Taken>;
  /** Biases that the file has no array for. */
  readonly absent: readonly string[];
}

/** Steps after which a file is too ambiguous to be guessed at. */
const MAX_STEPS = 20_000;

interface Draft {
  readonly sizes: Sizes;
  readonly taken: ReadonlyMap<string, Taken>;
  readonly absent: readonly string[];
  readonly transposes: number;
  readonly renames: number;
}

/**
 * Every way in which arrays of a file, by their shapes and what their names say, are a model of one form; of these the
 * ones than which no other has both fewer transposes and fewer names that are not the keys' own. Empty where there are
 * too many ways.
 *
 * @param own the name under which a key's array stands now, if it does
 */
export function readingsOf(
  form: Form,
  holdings: readonly Holding[],
  own: (key: string) => string | undefined,
): FormReading[] {
  let steps = 0;
  const found: Draft[] = [];
  const keys = Object.keys(form.arrays);
  const vectors = Object.keys(form.biases);

  const place = (draft: Draft, k: number): void => {
    if (++steps > MAX_STEPS) return;
    if (k === keys.length) {
      placeBias(draft, 0);
      return;
    }
    const key = keys[k]!;
    for (const holding of holdings) {
      if (isTakenIn(draft, holding.name) || (isBias(holding.name) && vectorLength(holding.shape) !== undefined))
        continue;
      for (const next of withHolding(draft, key, form.arrays[key]!, holding, own)) place(next, k + 1);
    }
  };

  const placeBias = (draft: Draft, k: number): void => {
    if (++steps > MAX_STEPS) return;
    if (k === vectors.length) {
      found.push(draft);
      return;
    }
    const key = vectors[k]!;
    const size = form.biases[key]!;
    const free = holdings.filter(
      ({ name, shape }) => vectorLength(shape) === draft.sizes[size] && !isTakenIn(draft, name) && !isWeight(name),
    );
    const chosen = likeliest(free, key, draft, own);
    if (chosen.length === 0 && !form.needed?.includes(key))
      placeBias({ ...draft, absent: [...draft.absent, key] }, k + 1);
    for (const holding of chosen)
      for (const next of withHolding(draft, key, [size], holding, own)) placeBias(next, k + 1);
  };

  place({ sizes: {}, taken: new Map(), absent: [], transposes: 0, renames: 0 }, 0);
  if (steps > MAX_STEPS) return [];
  return found
    .filter((draft) => !found.some((other) => isBetter(other, draft)))
    .map(({ taken, absent }) => ({ form, taken, absent }));
}

/** A draft with an array in the place of a key, as it is and transposed, where the sizes fit. */
function withHolding(
  draft: Draft,
  key: string,
  letters: Form["arrays"][string],
  { name, shape }: Holding,
  own: (key: string) => string | undefined,
): Draft[] {
  const renames = draft.renames + (own(key) === name ? 0 : lastPart(name) === key ? 0.25 : 1);
  const turned = transposedShape(shape);
  const isSquare = shape.extents[0] === shape.extents[1];
  const ways = [
    { shape, transpose: false },
    ...(turned === undefined || isSquare || letters.length === 1 || key === "A"
      ? []
      : [{ shape: turned, transpose: true }]),
  ];
  return ways.flatMap(({ shape: way, transpose }) => {
    const sizes = withArray(draft.sizes, key, letters, way);
    if (sizes === undefined) return [];
    const taken = new Map(draft.taken).set(key, { name, transpose });
    return [{ ...draft, sizes, taken, renames, transposes: draft.transposes + (transpose ? 1 : 0) }];
  });
}

function isBetter(a: Draft, b: Draft): boolean {
  const order = [a.absent.length - b.absent.length, a.transposes - b.transposes, a.renames - b.renames];
  return order.every((difference) => difference <= 0) && order.some((difference) => difference < 0);
}

/**
 * Of the vectors that may be a bias: the key's own, else that of the layer of its matrix, else those named as biases.
 */
function likeliest(
  free: readonly Holding[],
  key: string,
  { taken }: Draft,
  own: (key: string) => string | undefined,
): readonly Holding[] {
  const matrix = taken.get(MATRIX_OF[key] ?? "")?.name;
  const tests: ((name: string) => boolean)[] = [
    (name) => own(key) === name,
    (name) => matrix?.includes(".") === true && isBias(name) && moduleOf(name) === moduleOf(matrix),
    (name) => lastPart(name) === key,
    isBias,
    () => true,
  ];
  for (const test of tests) {
    const chosen = free.filter(({ name }) => test(name));
    if (chosen.length > 0) return chosen;
  }
  return [];
}

/** The matrix in whose layer a bias stands, where a layer is one of `torch.nn.Linear`. */
const MATRIX_OF: Readonly<Record<string, string>> = { h1: "W1", h2: "W2", hx: "U", hz: "V", h: "W", b: "W" };

function isTakenIn({ taken }: Draft, name: string): boolean {
  for (const each of taken.values()) if (each.name === name) return true;
  return false;
}

function isBias(name: string): boolean {
  return /(?:^|[._])(?:bias|b)\d*(?:_\w+)?$/i.test(name) || /^(?:h|h1|h2|hx|hz)$/.test(lastPart(name));
}

function isWeight(name: string): boolean {
  return /weight/i.test(lastPart(name));
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function moduleOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}
