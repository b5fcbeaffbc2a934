import { MESSAGES_PER_WORKER, runningBeside, type WorkerPool, workersBeside } from "./pool.ts";
import { Pause, type RunControl, Turns, YIELD_MILLISECONDS } from "./run.ts";

/** No threads are started for a run that ends sooner. */
const MILLISECONDS_BEFORE_THREADS = 400;
/**
 * Where more is likely to be left threads are started after half of that time, and where less is left than they take to
 * load and compile their code after as many times of it, as what is left is not known for sure.
 */
const MILLISECONDS_OF_LONG_RUNS = 2000;
const MILLISECONDS_TO_START = 300;
const TIMES_IN_DOUBT = 5;
/**
 * How often this thread takes answers of workers while it works itself: a worker needs some milliseconds for a message.
 */
const MILLISECONDS_BETWEEN_ANSWERS = 2;

/** Threads that a run may use, once it has proved long. */
export interface ThreadControl extends RunControl {
  /** Worker threads. This thread works too, so one worker of the pool stays free. */
  readonly pool?: (() => WorkerPool | undefined) | undefined;
  /** How long the run is on this thread alone, at most; default 400. */
  readonly millisecondsBeforeThreads?: number | undefined;
}

/**
 * The worker threads of a run once it has proved long, undefined until then.
 * @param started `performance.now()`. @param left milliseconds that are likely to be left, where that is known.
 */
export function poolOnceLong(
  {
    pool,
    millisecondsBeforeThreads = MILLISECONDS_BEFORE_THREADS,
  }: Pick<ThreadControl, "pool" | "millisecondsBeforeThreads">,
  started: number,
  left = () => MILLISECONDS_OF_LONG_RUNS,
): () => WorkerPool | undefined {
  let isLong = false;
  return () => {
    const milliseconds = performance.now() - started;
    if (!isLong && milliseconds >= millisecondsBeforeThreads / 2) {
      const enough = milliseconds < millisecondsBeforeThreads ? MILLISECONDS_OF_LONG_RUNS : MILLISECONDS_TO_START;
      isLong = milliseconds >= TIMES_IN_DOUBT * millisecondsBeforeThreads || left() > enough;
    }
    return isLong ? pool?.() : undefined;
  };
}

/** What a message to a worker has beside its work. */
export interface Limited {
  /** `Date.now()` at which to stop, if the time is limited: the message may wait before it is read. */
  readonly endsAt?: number | undefined;
}

export function limitOf({ deadline }: Pick<RunControl, "deadline">): Limited {
  return { endsAt: deadline === undefined ? undefined : Date.now() + deadline - performance.now() };
}

/** A piece of work for a worker. */
export interface Errand<P, A> {
  /** The worker's job, and what it is given, as data that can be cloned. */
  readonly job: string;
  readonly payload: P;
  /** Does the job on this thread, beside the work that is done here, where workers die of it. */
  here(payload: P & Limited): A;
  /** Takes the answer, in the order in which workers answer. */
  take(answer: A): void;
}

/**
 * The workers beside a thread that does pieces of the same work itself: how many messages are under way, the first
 * failure, and the turns of messages, signals and the page.
 */
export class Helpers {
  readonly #pool: () => WorkerPool | undefined;
  readonly #control: Pick<RunControl, "deadline">;
  #underWay = 0;
  #failure: { readonly error: unknown } | undefined;
  readonly #pause = new Pause();
  readonly #turns = new Turns();
  readonly #answers = new Turns(MILLISECONDS_BETWEEN_ANSWERS);

  /** @param pool the workers, if there are any by now. */
  constructor(pool: () => WorkerPool | undefined, control: Pick<RunControl, "deadline">) {
    this.#pool = pool;
    this.#control = control;
  }

  /** Whether answers are still to come. */
  get areBusy(): boolean {
    return this.#underWay > 0;
  }

  /** @throws what the first job that failed threw. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * Gives work to workers, until each has enough or there is no more.
   * @param next the next piece for one of so many workers; undefined where there is none.
   * @param mostWorkers for the sake of memory.
   * @throws StillpointError INTERNAL where no worker could ever be started.
   */
  send<P, A>(next: (workers: number) => Errand<P, A> | undefined, mostWorkers = Number.POSITIVE_INFINITY): void {
    const pool = this.#failure === undefined ? this.#pool() : undefined;
    if (pool === undefined) return;
    const most = Math.min(workersBeside(pool), mostWorkers);
    // no message to a worker that is still starting: this thread may be done before it
    const messages = MESSAGES_PER_WORKER * Math.min(most, runningBeside(pool));
    while (this.#underWay < messages) {
      const errand = next(most);
      if (errand === undefined) return;
      this.#underWay++;
      this.#run(pool, most, errand)
        .catch((error: unknown) => {
          this.#failure ??= { error };
        })
        .finally(() => {
          this.#underWay--;
          this.#pause.end();
        });
    }
  }

  async #run<P, A>(pool: WorkerPool, most: number, { job, payload, here, take }: Errand<P, A>): Promise<void> {
    const limited = { ...payload, ...limitOf(this.#control) };
    take((await pool.run(job, limited, most, () => here(limited))) as A);
  }

  /** Waits for an answer, but not for long, so that the caller can look at its limits. */
  wait(milliseconds = YIELD_MILLISECONDS): Promise<void> {
    return this.#pause.take(milliseconds);
  }

  /** Whether it is time for a turn. */
  get isTurnDue(): boolean {
    return this.#turns.due || (this.areBusy && this.#answers.due);
  }

  /**
   * Gives the page, signals and answers their turn if it is time.
   * @param report tells before a turn of the page how far the work is. @returns whether there was a turn.
   */
  async turn(report: () => void): Promise<boolean> {
    const turns = this.#turns.due ? this.#turns : this.#answers;
    if (turns === this.#turns) report();
    else if (!this.areBusy || !turns.due) return false;
    await turns.give();
    return true;
  }
}
