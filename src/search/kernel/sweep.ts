import { greater, lesser } from "../units/simple-units.ts";
import { surelyAbove } from "./bounds.ts";
import { strideOf, type Workspace } from "./workspace.ts";

/** The bands of the undecided units, in order. */
export interface UndecidedBands {
  count: number;
  /** count×R: w·v. */
  readonly weighted: Float64Array;
}

export const NO_BANDS: UndecidedBands = {
  count: 0,
  weighted: new Float64Array(0),
};

/** Sums over half of the undecided units: of the constants and of the slopes of their lines. */
interface LaneSums {
  value: number;
  readonly slopes: Float64Array;
}

/**
 * Tries to discard a box with the functional y in `workspace.y` by better lines under the units' graphs than the bands
 * have; y is turned so that y·Ĝ ≥ 0. Let s_j = y·v_j. On the range [l, h] of an undecided ramp or clamp every line
 *
 *     s φ(x) ≥ s (φ(x_p) + a (x − x_p)),    0 ≤ a ≤ a_max,
 *
 * holds with the pivot x_p where the middle piece begins and a_max the slope of the chord from x_p to h for s > 0, and
 * with x_p where it ends and the chord from l to x_p for s < 0. So with q = yM + Σ s_j a_j u_j
 *
 *     y·G ≥ y·k + Σ s_j(φ(x_p) − a_j x_p) + q·c − Σ r_i |q_i| − |y|·E.
 *
 * The bound is concave in each a_j. The sweep begins with the slopes of the bands, which are lines of this kind, and
 * goes through the units once, two at a time from one q. Its derivative in a_j, s_j(u_j·(c − r sign q) − x_p), is taken
 * at 0 and at a_max; between, where it changes its sign, a_j is where a straight line through both vanishes. Then q and
 * the bound are summed afresh from the chosen slopes, so that it is a bound whatever the choice was (bounds.ts).
 *
 * Leaves the chosen slopes in `workspace.slopes`, and raises `nearness`.
 * @returns true if the box holds no zero of G.
 */
export function sweep(workspace: Workspace, R: number, { count }: UndecidedBands): boolean {
  const { A, G, E, M, k, c, r, y, nearness } = workspace;
  let centre = 0;
  for (let i = 0; i < R; i++) centre += y[i]! * G[i]!;
  if (centre < 0) for (let i = 0; i < R; i++) y[i] = -y[i]!;
  const q = new Float64Array(R);
  for (let n = 0; n < R; n++) {
    q[n] = y[0]! * A[n]!;
    for (let i = 1; i < R; i++) q[n]! += y[i]! * A[i * R + n]!;
  }
  const even: LaneSums = { value: 0, slopes: new Float64Array(R) };
  const odd: LaneSums = { value: 0, slopes: new Float64Array(R) };
  const first = new Float64Array(R);
  const change = new Float64Array(R);
  for (let place = 0; place < count; place += 2) {
    for (const [at, sums] of [[place, even] as const, [place + 1, odd] as const]) {
      if (at < count) addLine(workspace, R, at, q, sums, change);
      else change.fill(0);
      if (at === place) first.set(change);
    }
    for (let n = 0; n < R; n++) q[n]! += first[n]! + change[n]!;
  }
  let value = even.value + odd.value;
  let spread = 0;
  for (let i = 0; i < R; i++) {
    value += y[i]! * k[i]!;
    spread += Math.abs(y[i]!) * E[i]!;
  }
  for (let n = 0; n < R; n++) {
    let total = even.slopes[n]! + odd.slopes[n]!;
    for (let i = 0; i < R; i++) total += y[i]! * M[i * R + n]!;
    value += total * c[n]!;
    spread += Math.abs(total) * r[n]!;
  }
  if (surelyAbove(value, spread)) {
    workspace.swept[0] = 1;
    return true;
  }
  const near = Math.abs(centre) / (Math.abs(centre) - (value - spread));
  if (near > nearness[0]! && near < 1) nearness[0] = near;
  return false;
}

/**
 * Chooses the line of the ramp or clamp at a place, and adds it to the sums. @param change set to what this adds to q.
 */
function addLine(
  workspace: Workspace,
  R: number,
  place: number,
  q: Float64Array,
  sums: LaneSums,
  change: Float64Array,
) {
  const { data, undecided, projection, slopes } = workspace;
  const at = undecided[place]! * strideOf(R);
  const band = slopes[place]!;
  const x = projection[place]!;
  const s = weightOf(workspace, R, at);
  const b0 = data[at + 2 * R]!;
  const b1 = data[at + 2 * R + 1]!;
  const low = workspace.low[place]!;
  const high = workspace.high[place]!;
  const bottom = lesser(greater(low, b0), b1);
  const top = greater(lesser(high, b1), b0);
  const middle = top - bottom;
  const pivot = s > 0 ? bottom : top;
  const most = middle / (middle + (s > 0 ? high - top : bottom - low));
  const reach = x - pivot;
  const flat = s * (reach - lowest(workspace, R, at, q, -(s * band)));
  const steep = s * (reach - lowest(workspace, R, at, q, s * (most - band)));
  let slope = most * (flat / (flat - steep));
  if (flat <= 0) slope = 0;
  if (steep >= 0) slope = most;
  slopes[place] = slope;
  const t = s * slope;
  sums.value += s * (pivot - b0) - t * pivot;
  for (let n = 0; n < R; n++) sums.slopes[n]! += t * data[at + n]!;
  const by = s * (slope - band);
  for (let n = 0; n < R; n++) change[n] = by * data[at + n]!;
}

/** y·v of the unit whose row is at `at`. */
function weightOf({ data, y }: Workspace, R: number, at: number): number {
  let s = y[0]! * data[at + R]!;
  for (let i = 1; i < R; i++) s += y[i]! * data[at + R + i]!;
  return s;
}

/** How far below u·c the value u·z is at the corner z of the box where (q + t u)·z is least. */
function lowest({ data, r }: Workspace, R: number, at: number, q: Float64Array, t: number): number {
  let sum = 0;
  for (let n = 0; n < R; n++) {
    const u = data[at + n]!;
    const slope = q[n]! + t * u;
    sum += u * (slope < 0 || Object.is(slope, -0) ? -r[n]! : r[n]!);
  }
  return sum;
}
