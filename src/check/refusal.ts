/** Why a proof is not accepted. */
export class Refusal extends Error {}

/** Throws a Refusal unless the condition holds. */
export function require(condition: boolean, why: string | (() => string)): asserts condition {
  if (!condition) throw new Refusal(typeof why === "string" ? why : why());
}

/**
 * Why a check ended, of whatever it threw, for a model and the SHA-256 that the result names. Another SHA-256 is no
 * ground to refuse: a claim is about the numbers that are given, and is as true of a network that differs in a unit
 * without weight. But most often it is the reason why something else is refused. Throws what is no Refusal.
 */
export function reasonOf(error: unknown, sha256: string, named: string | undefined): string {
  if (!(error instanceof Refusal)) throw error;
  return named === undefined || named === sha256 ? error.message : `the result is of another model: ${error.message}`;
}
