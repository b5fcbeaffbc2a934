/**
 * A function that makes its value at the first call and keeps it: even `import()` of a module that is loaded takes
 * longer than the run of a small model. A promise that fails is made anew at the next call.
 */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
