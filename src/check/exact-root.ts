import { add, compare, type Dyadic, fromNumber, multiply, negate, ZERO } from "../model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/** A side face of the cube of homogeneous coordinates z = w/τ: w_k = side·2^exponent, with τ in its place. */
export interface Face {
  readonly k: number;
  readonly side: 1 | -1;
  readonly exponent: number;
}

/** G = M y + Σ v_j relu(u_j·y − h_j) + c in the coordinates of a root box, exactly. All row-major. */
export interface ExactRoot {
  readonly dim: number;
  readonly count: number;
  readonly M: readonly Dyadic[];
  readonly c: readonly Dyadic[];
  readonly U: readonly Dyadic[];
  readonly V: readonly Dyadic[];
  readonly h: readonly Dyadic[];
}

/** A model's system. */
export function exactSystem(system: PiecewiseLinearSystem): ExactRoot {
  return {
    dim: system.latentDim,
    count: system.hyperplanes,
    M: system.M.toDyadics(),
    c: system.g.toDyadics().map(negate),
    U: Array.from(system.U, fromNumber),
    V: system.V.toDyadics(),
    h: system.h.toDyadics(),
  };
}

/**
 * A system itself, or on a side face M w + Σ v_j relu(u_j·w − h_j τ) + c τ: column k of (M, U) is what τ is a factor
 * of, and what it was, times w_k, is constant.
 */
export function exactRoot(system: ExactRoot, face: Face | undefined): ExactRoot {
  if (face === undefined) return system;
  const { dim: R, count: N } = system;
  const [M, c, U, h] = [system.M.slice(), system.c.slice(), system.U.slice(), system.h.slice()];
  const { k, side, exponent } = face;
  const times = (x: Dyadic, sign: 1 | -1): Dyadic =>
    x.m === 0n ? x : { m: sign === 1 ? x.m : -x.m, e: x.e + exponent };
  for (let i = 0; i < R; i++) {
    const column = M[i * R + k]!;
    M[i * R + k] = c[i]!;
    c[i] = times(column, side);
  }
  for (let j = 0; j < N; j++) {
    const column = U[j * R + k]!;
    U[j * R + k] = negate(h[j]!);
    h[j] = times(column, side === 1 ? -1 : 1);
  }
  return { ...system, M, c, U, h };
}

/**
 * G(x + d) as a system in d, for d small or for all d that leave hyperplanes off x on their sides: those on the side of
 * x are folded, those through x stay, and nothing is constant since G(x) = 0. It is homogeneous.
 *
 * @param signs of all hyperplanes at the zero x.
 */
export function coneRoot(system: ExactRoot, signs: ArrayLike<number>): ExactRoot {
  const { dim: R, M, U, V } = system;
  const folded = M.slice();
  const ties: number[] = [];
  for (let j = 0; j < signs.length; j++) {
    if (signs[j] === 0) ties.push(j);
    if (signs[j]! <= 0) continue;
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) {
        folded[i * R + k] = add(folded[i * R + k]!, multiply(V[j * R + i]!, U[j * R + k]!));
      }
    }
  }
  const rows = (of: readonly Dyadic[]): Dyadic[] => ties.flatMap((j) => of.slice(j * R, (j + 1) * R));
  const c = new Array<Dyadic>(R).fill(ZERO);
  return { dim: R, count: ties.length, M: folded, c, U: rows(U), V: rows(V), h: ties.map(() => ZERO) };
}

/**
 * Hyperplanes in pairs [i, j] with the same u, opposite v and h_i ≤ h_j, which together are a bounded unit
 * v_i min(max(u·z − h_i, 0), h_j − h_i); those without partner as [i, −1].
 */
export function pairsOf({ dim: R, count: N, U, V, h }: ExactRoot): (readonly [number, number])[] {
  const waiting = new Map<string, number[]>();
  const pairs: (readonly [number, number])[] = [];
  const name = (j: number, sign: bigint): string => {
    let text = "";
    for (let k = 0; k < R; k++) text += `${U[j * R + k]!.m.toString(36)}e${U[j * R + k]!.e},`;
    for (let i = 0; i < R; i++) text += `${(sign * V[j * R + i]!.m).toString(36)}e${V[j * R + i]!.e},`;
    return text;
  };
  for (let j = 0; j < N; j++) {
    const partners = waiting.get(name(j, -1n));
    const i = partners?.pop();
    if (i !== undefined) pairs.push(compare(h[i]!, h[j]!) <= 0 ? [i, j] : [j, i]);
    else {
      const own = name(j, 1n);
      const alike = waiting.get(own);
      if (alike === undefined) waiting.set(own, [j]);
      else alike.push(j);
    }
  }
  for (const alone of waiting.values()) for (const j of alone) pairs.push([j, -1]);
  return pairs;
}
