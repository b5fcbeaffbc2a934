/** What a worker can do, by name. Each takes and returns data that can be cloned. */
export type Job = (payload: unknown) => unknown | Promise<unknown>;

export const JOBS: Readonly<Record<string, Job>> = {
  /** Gives its payload back: for tests of the pool itself. */
  echo: (payload) => payload,
};
