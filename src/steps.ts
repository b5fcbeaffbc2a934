/**
 * Work in steps, none of which takes long: whoever has to stop on time looks at the clock between them. What comes of it is the value of the
 * generator. Functions that work so are named as what they are doing.
 */
export type Steps<T> = Generator<void, T, void>;

/** What comes of steps that are taken all at once. */
export function allOf<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
