import { describe, expect, expectTypeOf, it } from "vitest";
import type * as z from "zod/mini";
import type { FormTable } from "../../src/model/forms.ts";
import type { CommonInput, ModelInput } from "../../src/model/input.ts";
import { parseModel, toModel } from "../../src/model/parse.ts";
import type { ENVELOPE, ModelKey } from "../../src/model/schema.ts";
import type { ModelKind } from "../../src/model/types.ts";

/* The types of models against what the program reads, so that neither can change alone. */

type KeysOfAll<T> = T extends unknown ? keyof T : never;
type RequiredKeys<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? never : K }[keyof T];

/** One form, so that two unions of forms are the same type only if each form is. */
type Form<Kind, Needed, Optional> = (form: { kind: Kind; needed: Needed; optional: Optional }) => {
  kind: Kind;
  needed: Needed;
  optional: Optional;
};

/** The forms of the types: without `kind` and what models of all kinds may have. */
type Own<T> = Exclude<keyof T, keyof CommonInput | "kind">;
type Typed<M extends ModelInput> = M extends unknown
  ? NonNullable<M["kind"]> extends infer Kind
    ? Kind extends unknown
      ? Form<Kind, RequiredKeys<M> & Own<M>, Exclude<Own<M>, RequiredKeys<M>>>
      : never
    : never
  : never;

/** The forms of the table. Layers of units may have a second bias, which the table does not guess at. */
type SecondBias<Kind> = Kind extends "RNN" | "leakyRNN" | "leakyPLRNN" ? "b" : never;
type Part<F, Key extends string> = Key extends keyof F ? keyof F[Key] : never;
type Needed<F> = F extends { needed: readonly (infer K)[] } ? K : never;
type Tabled<F> = F extends { kind: infer Kind }
  ? Form<
      Kind,
      Part<F, "arrays"> | Part<F, "numbers"> | Needed<F>,
      Exclude<Part<F, "biases">, Needed<F>> | Part<F, "optional"> | SecondBias<Kind>
    >
  : never;

const A = [0.5, 0.25];
const W = [
  [0, -0.5],
  [0.5, 0],
];
const h = [1, 1];
const second = { A, W1: W, W2: W, h1: h, h2: h };

/** One of each form: arrays, arrays of float64 and float32, and flat data with its shape. */
const EACH: readonly ModelInput[] = [
  { A, U: W, V: W, hx: h, hz: h },
  { kind: "shPLRNN", A: Float64Array.from(A), U: W.map((row) => Float32Array.from(row)), V: W, hx: 0 },
  { kind: "shPLRNN", ...second, A: W },
  { kind: "clippedShPLRNN", ...second },
  { kind: "continuousClippedShPLRNN", ...second },
  { kind: "PLRNN", A, W: { data: Float64Array.from(W.flat()), shape: [2, 2] }, h: Float32Array.from(h) },
  { kind: "ALRNN", A, W, h, P: 1, activation: { leaky: 0.1 } },
  { kind: "continuousALRNN", A, W, h, P: { data: Float64Array.of(1), shape: [] } },
  { kind: "dendPLRNN", A, W, alpha: [1], H: [[1], [0]], activation: { breakpoints: [0], slopes: [0, 1] } },
  { kind: "RNN", W, h, b: h, A },
  { kind: "leakyRNN", W, h, alpha: 0.5 },
  { kind: "leakyPLRNN", W, h, b: h, alpha: [0.5, 0.25] },
  { kind: "continuous", U: W, V: W, name: "with an input", C: [[1], [0]], Wu: [[0], [1]], s: [1], dt: 0.1 },
  { kind: "TLN", W, b: h, activation: "hardtanh" },
];

describe("the types of models", () => {
  it("are those of the table of forms, kind by kind and key by key", () => {
    expectTypeOf<Typed<ModelInput>>().toEqualTypeOf<Tabled<FormTable[number]>>();
    expectTypeOf<NonNullable<ModelInput["kind"]>>().toEqualTypeOf<ModelKind>();
    expectTypeOf<KeysOfAll<ModelInput>>().toEqualTypeOf<ModelKey>();
  });

  it("allow what the schema reads", () => {
    type Envelope = z.input<typeof ENVELOPE>;
    expectTypeOf<NonNullable<Envelope["kind"]>>().toEqualTypeOf<ModelKind>();
    expectTypeOf<Envelope["name"]>().toEqualTypeOf<ModelInput["name"]>();
    expectTypeOf<NonNullable<Envelope["activation"]>>().toExtend<NonNullable<ModelInput["activation"]>>();
    expectTypeOf<number>().toExtend<Extract<ModelInput, { kind: "ALRNN" | "continuousALRNN" }>["P"]>();
  });

  it("are read, in every form", async () => {
    const kinds = new Set<ModelKind>();
    for (const input of EACH) kinds.add((await parseModel(input)).kind);
    expect(kinds.size).toBe(12);
  });

  it("refuse what is misspelt, missing, or of another kind", () => {
    // @ts-expect-error hX
    expect(() => toModel({ A, U: W, V: W, hX: h, hz: h })).toThrow("hX");
    // @ts-expect-error there is no such kind
    expect(() => toModel({ kind: "plrnn", A, W, h })).toThrow("plrnn");
    // @ts-expect-error P is missing
    expect(() => toModel({ kind: "ALRNN", A, W, h })).toThrow("P: is missing");
    // @ts-expect-error clipped units have an h2
    expect(() => toModel({ kind: "clippedShPLRNN", A, W1: W, W2: W, h1: h })).toThrow("h2: is missing");
    // @ts-expect-error texts are no numbers
    expect(() => toModel({ kind: "PLRNN", A: ["0.5", "0.25"], W, h })).toThrow("must be a number");
    // @ts-expect-error a slope for each piece
    expect(() => toModel({ kind: "PLRNN", A, W, h, activation: { leaky: "0.1" } })).toThrow("activation");
  });
});
