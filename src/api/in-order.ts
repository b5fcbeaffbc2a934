/** The time for which a next item may keep what has come before it waiting. */
const MILLISECONDS_WITHOUT_AN_ITEM = 20;
/** Most turns of microtasks that an item takes which nothing is waited for. */
const MOST_TURNS = 32;
/** Most outcomes that are kept waiting for the outcome of an earlier model. */
const MOST_WAITING = 1000;

/** That no next item has come for a while. */
export const PAUSE = Symbol("pause");

/**
 * The same items, and a pause each time that the next one keeps its receiver waiting while something is held back:
 * whoever gives the next model only after an answer would otherwise wait for ever.
 */
export async function* withPauses<T>(
  items: AsyncIterable<T>,
  isHolding: () => boolean,
): AsyncGenerator<T | typeof PAUSE> {
  const source = items[Symbol.asyncIterator]();
  let isWaiting = false;
  try {
    for (;;) {
      isWaiting = true;
      const next = source.next();
      while (isHolding() && (await isLate(next))) yield PAUSE;
      const { value, done } = await next;
      isWaiting = false;
      if (done) return;
      yield value;
    }
  } finally {
    // a source that is waited for ends after its next item, which may never come
    const ended = source.return?.();
    if (isWaiting) ended?.catch(() => {});
    else await ended;
  }
}

/** Whether a promise is not settled within `MILLISECONDS_WITHOUT_AN_ITEM`. */
async function isLate(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  // most items are there already, and a timer takes longer than a small one
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    await undefined;
    if (isSettled) return false;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), MILLISECONDS_WITHOUT_AN_ITEM);
  });
  try {
    return await Promise.race([promise.then(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Brings outcomes into the order in which their models were begun. */
export class InOrder<T> {
  readonly #begun: { answer: readonly T[] | Promise<readonly T[]>; pending: boolean }[] = [];
  /** Messages to workers that are not answered yet. */
  pending = 0;

  add(outcome: T): void {
    this.#begun.push({ answer: [outcome], pending: false });
  }

  addLater(answer: Promise<readonly T[]>): void {
    const entry = { answer, pending: true };
    const settle = () => {
      entry.pending = false;
      this.pending--;
    };
    // an answer that fails is thrown when its turn comes
    answer.then(settle, settle);
    this.pending++;
    this.#begun.push(entry);
  }

  /** The outcomes that no earlier one holds back. */
  async *answered(): AsyncGenerator<T> {
    while (this.#begun.length > 0 && (!this.#begun[0]!.pending || this.#begun.length > MOST_WAITING))
      yield* await this.#begun.shift()!.answer;
  }

  /** The next outcomes, which are waited for. */
  async *next(): AsyncGenerator<T> {
    yield* (await this.#begun.shift()?.answer) ?? [];
  }

  async *rest(): AsyncGenerator<T> {
    while (this.#begun.length > 0) yield* await this.#begun.shift()!.answer;
  }
}
