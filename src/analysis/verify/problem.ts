/** One thing that a result says and that is not so. */
export interface VerifyProblem {
  /** Where in the result, e.g. `fixedPoints[3].z[1]`. */
  readonly path: string;
  readonly message: string;
}

/** One thing that a result says and that its check can't tell. */
export interface Unchecked {
  /** Where in the result; what lies inside is not checked either. */
  readonly path: string;
  readonly reason: string;
}

/** Notes a problem. */
export type Refuse = (path: string, message: string) => void;

/** Notes what is not checked. */
export type Leave = (path: string, reason: string) => void;

/** What a check reports to. */
export interface Findings {
  readonly refuse: Refuse;
  readonly leave: Leave;
}
