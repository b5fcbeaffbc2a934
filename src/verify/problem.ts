/** One wrong statement of a result. */
export interface VerifyProblem {
  /** The place in the result, e.g. `fixedPoints[3].z[1]`. */
  readonly path: string;
  readonly message: string;
}

/** One statement of a result that is not checked. */
export interface Unchecked {
  /** The place in the result; values inside it are not checked either. */
  readonly path: string;
  readonly reason: string;
}

/** Notes a problem. */
export type Refuse = (path: string, message: string) => void;

/** Notes a statement that is not checked. */
export type Leave = (path: string, reason: string) => void;

/** The functions to which a check reports. */
export interface Findings {
  readonly refuse: Refuse;
  readonly leave: Leave;
}
