import type { Loose, SubjectName } from "../subjects.ts";

/** What the tables of tamperings are made of. */

/** How a result is altered, and what verify says once the tamperer has made the digest anew. */
export interface Tampering {
  readonly of: SubjectName;
  readonly change: (result: Loose) => void;
  /** Where it is refused … */
  readonly refused?: string;
  /** … or what covers it in the list of what isn't checked. */
  readonly declared?: string;
}

export const set = (path: string, value: unknown) => (result: Loose) => {
  const keys = path.split(".");
  const last = keys.pop()!;
  const target = keys.reduce((object, key) => object[key], result);
  if (value === undefined) delete target[last];
  else target[last] = value;
};
export const point =
  (change: (point: Loose, result: Loose) => void, i = 0) =>
  (result: Loose) =>
    change(result.fixedPoints[i], result);
export const continuum =
  (change: (continuum: Loose, result: Loose) => void, i = 0) =>
  (result: Loose) =>
    change(result.continua[i], result);

/** Takes away what a point says of its dominant eigenvalue. */
export function withoutSpectral(p: Loose): void {
  for (const key of ["spectralRadius", "spectralAbscissa", "spectralBounds"]) delete p[key];
}
