/**
 * Work in steps, none of which takes long, so that a caller can look at the clock between them. The result is the
 * return value of the generator. Functions that work in steps have names in the progressive form.
 */
export type Steps<T> = Generator<void, T, void>;

/** The result of steps that are all taken at once. */
export function allOf<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
