/** Why a proof is not accepted. */
export class Refusal extends Error {}

/** Throws a Refusal unless the condition holds. */
export function require(condition: boolean, why: string | (() => string)): asserts condition {
  if (!condition) throw new Refusal(typeof why === "string" ? why : why());
}
