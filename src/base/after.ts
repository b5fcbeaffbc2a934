/**
 * Goes on with a value: at once where it is there, and otherwise when its promise is settled. Promises take a tenth of
 * the time of a small model, and few of its steps have anything to wait for.
 */
export function after<T, S>(value: T | Promise<T>, goOn: (value: T) => S | Promise<S>): S | Promise<S> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}

/** Takes steps until one says that it was the last. A promise only from the first step on that gives one. */
export function takeUntilLast(step: () => boolean | Promise<boolean>): void | Promise<void> {
  for (;;) {
    const isMore = step();
    if (isMore instanceof Promise) return takeOthers(step, isMore);
    if (!isMore) return;
  }
}

async function takeOthers(step: () => boolean | Promise<boolean>, first: Promise<boolean>): Promise<void> {
  for (let isMore: boolean | Promise<boolean> = first; await isMore; ) isMore = step();
}

/** `try … finally` around work that may give a promise. */
export function lastly<T>(work: () => T | Promise<T>, end: () => void | Promise<void>): T | Promise<T> {
  let value: T | Promise<T>;
  try {
    value = work();
  } catch (error) {
    return after(end(), (): T => {
      throw error;
    });
  }
  return value instanceof Promise ? value.finally(end) : after(end(), () => value);
}
