/** What is made once: a promise while it is being made, then the value itself. */
export type Once<T> = () => T | Promise<T>;

/**
 * A function that makes its value at the first call and keeps it: even `import()` of a module that is loaded takes
 * longer than the run of a small model. A promise that fails is made anew at the next call.
 */
export function once<T>(make: () => Promise<T>): Once<T> {
  let made: T | Promise<T> | undefined;
  return () => {
    made ??= make().then(
      (value) => {
        made = value;
        return value;
      },
      (error: unknown) => {
        made = undefined;
        throw error;
      },
    );
    return made;
  };
}
