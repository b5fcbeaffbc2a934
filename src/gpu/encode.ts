import { type AnyWgslStruct, memoryLayoutOf, sizeOf } from "typegpu/data";

type Word = number | readonly [number, number];

/** The members of a struct of u32 and vec2u, as plain numbers. */
export type Words<S extends AnyWgslStruct> = { readonly [K in keyof S["propTypes"]]: Word };

/** The places of members that were asked for: typegpu takes some 40 µs to find one, and a batch asks for thousands. */
const places = new WeakMap<AnyWgslStruct, Map<string, number>>();

/** Index of a member in 32-bit words. */
export function wordOf<S extends AnyWgslStruct>(schema: S, member: keyof S["propTypes"] & string): number {
  let ofSchema = places.get(schema);
  if (ofSchema === undefined) {
    ofSchema = new Map();
    places.set(schema, ofSchema);
  }
  let place = ofSchema.get(member);
  if (place === undefined) {
    place = memoryLayoutOf(schema, (struct) => (struct as Record<string, unknown>)[member]).offset / 4;
    ofSchema.set(member, place);
  }
  return place;
}

/** Size of a struct in 32-bit words. */
export function wordsOf(schema: AnyWgslStruct): number {
  return sizeOf(schema) / 4;
}

/** An array of structs whose members are u32 or vec2u, in the layout of typegpu. */
export function encode<S extends AnyWgslStruct>(schema: S, values: readonly Words<S>[]): Uint32Array<ArrayBuffer> {
  const stride = wordsOf(schema);
  const out = new Uint32Array(stride * values.length);
  for (const member of Object.keys(schema.propTypes) as (keyof S["propTypes"] & string)[]) {
    const offset = wordOf(schema, member);
    values.forEach((value, i) => {
      const word: Word = value[member];
      if (typeof word === "number") out[i * stride + offset] = word;
      else out.set(word, i * stride + offset);
    });
  }
  return out;
}
