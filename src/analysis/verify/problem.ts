/** One thing that a result says and that is not so. */
export interface VerifyProblem {
  /** Where in the result, e.g. `fixedPoints[3].z[1]`. */
  readonly path: string;
  readonly message: string;
}

/** Notes a problem. */
export type Refuse = (path: string, message: string) => void;
