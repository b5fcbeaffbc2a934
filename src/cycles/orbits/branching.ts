import type { Steps } from "../../base/steps.ts";
import { type Functional, lowerBound, NOTHING, type Objective, type OrbitBox } from "../../check/orbits/functional.ts";
import type { OrbitMap } from "../../check/orbits/orbit-map.ts";
import { partsOf } from "../../check/orbits/orbit-walk.ts";
import { coneBox, rootBox, sideOf } from "../../check/orbits/ranges.ts";
import { bit, setBit } from "../../model/mask.ts";
import type { WordDecision } from "../composed.ts";
import type { Word } from "../word.ts";
import { isDecided, type OpenNode, type Tally } from "./nodes.ts";
import { type Recorder, turnedFunctional } from "./recorder.ts";
import { Relaxation } from "./relaxation.ts";

/** Products of one run of pivots, some milliseconds. */
const PRODUCTS_AT_ONCE = 2 ** 20;
/** Pivots of one program, beside as many as it has columns. */
const MOST_PIVOTS = 200;
/** A bound that would move by less than this share of its range is not looked for. */
const WORTHWHILE = 0.1;
/**
 * At nodes with less than this share of their root only the ranges of so many units, those with the largest gaps, are
 * narrowed: near the root a narrower range serves many nodes, farther down it costs more than it saves.
 */
const DEEP = 2 ** -4;
const FEW_RANGES = 4;
/** Rounds of bounds of all units at the first root, as long as each narrows some range by WORTHWHILE. */
const MOST_ROUNDS = 12;
/** A vertex of the program this near to all graphs is taken for an orbit, relative to coordinates of 1. */
const ON_GRAPH = 1e-9;
/** A sign is looked at exactly where s at such a vertex is this small. */
const TIED = 1e-6;
/** Nodes of all cones of a part of a search. */
const MOST_CONE_NODES = 20_000;

/**
 * Branch and bound over the signs of all units at all steps of an orbit of one period. A node is an `OrbitBox`; it ends
 * where a functional shows that it holds no orbit, or with all signs decided, as a word.
 *
 * The roots cover all of space in homogeneous coordinates w = z/max(1, m), m = max |z_t,i| in scaled coordinates: m ≤ 1
 * is τ = 1; else the orbit is shifted so that m is attained at t = 0: w_0,i = ±1 and τ = 1/m in (0, 1].
 */
export class Branching {
  readonly tally: Tally = { nodes: 0, programs: 0, pivots: 0, unproved: 0, coneNodes: 0 };
  readonly #map: OrbitMap;
  readonly #period: number;
  readonly #emit: (word: Word) => void;
  readonly #decide: (word: Word) => Steps<WordDecision>;
  readonly #triedCones = new Set<string>();
  /** That of all units, and that of the tree that is searched. */
  readonly #whole: Relaxation;
  #relaxation: Relaxation;
  readonly #functional: Functional;
  /** Least and greatest s of each unit at vertices of the node. */
  readonly #seenLow: Float64Array;
  readonly #seenHigh: Float64Array;
  readonly #weights: Float64Array;
  readonly #recorder: Recorder | undefined;
  /** Nodes of cones before this part. */
  #coneNodesBefore = 0;
  /** Relaxations without the units of one sign, by these signs; that of all units by none. */
  readonly #relaxations = new Map<string, Relaxation>();

  /** @param decide decides a word exactly. */
  constructor(
    map: OrbitMap,
    period: number,
    emit: (word: Word) => void,
    decide: (word: Word) => Steps<WordDecision>,
    recorder?: Recorder,
  ) {
    this.#recorder = recorder;
    const { dim: R, count: N, V } = map;
    this.#map = map;
    this.#period = period;
    this.#emit = emit;
    this.#decide = decide;
    this.#whole = new Relaxation(map, period);
    this.#relaxation = this.#whole;
    this.#relaxations.set("", this.#whole);
    this.#functional = {
      lambda: new Float64Array(period * R),
      slopes: new Float64Array(period * N),
      mu: new Float64Array(period),
      pi: new Float64Array(period * map.parallels.pairs.length),
    };
    this.#seenLow = new Float64Array(period * N);
    this.#seenHigh = new Float64Array(period * N);
    this.#weights = Float64Array.from({ length: N }, (_, j) => {
      let sum = 0;
      for (let i = 0; i < R; i++) sum += Math.abs(V[j * R + i]!);
      return sum;
    });
  }

  /**
   * Begins a part of the tree: what is visited next is done as if nothing had been done before.
   * @param signs of units that have one sign on all orbits of the part, 0 for others; they leave its programs.
   */
  begin(signs: Int8Array | undefined): void {
    const key = signs?.join() ?? "";
    this.#relaxation = this.#relaxations.get(key) ?? new Relaxation(this.#map, this.#period, signs);
    this.#relaxations.set(key, this.#relaxation);
    this.#whole.forget();
    this.#relaxation.forget();
    this.#triedCones.clear();
    this.#coneNodesBefore = this.tally.coneNodes;
  }

  /** Share of each root of a map that is fit. */
  get shareOfRoot(): number {
    return 1 / (2 * this.#map.dim + 1);
  }

  /** The nodes that cover all of space but for the root τ = 1, the next one last. */
  others(): OpenNode[] {
    const far = rootBox(this.#map, this.#period, 0);
    // signs alone: every word
    if (!this.#map.fit) return [{ box: far, share: 1 }];
    const { dim: R } = this.#map;
    const nodes: OpenNode[] = [];
    for (let i = R - 1; i >= 0; i--)
      for (const side of [-1, 1] as const) nodes.push({ box: sideOf(far, i, side), share: this.shareOfRoot });
    return nodes;
  }

  /** Visits a node. @returns its children, the next one last: none if it was ended. */
  *visiting({ box, share }: OpenNode): Steps<OpenNode[]> {
    this.tally.nodes++;
    const children = yield* this.#childrenOf(
      box,
      share * (2 * this.#map.dim + 1) < DEEP ? FEW_RANGES : this.#seenLow.length,
    );
    if (children !== "word") return children.map((child) => ({ box: child, share: share / children.length }));
    this.#put((at) => box.low[at]! >= 0);
    this.#recorder?.word(box);
    return [];
  }

  /**
   * The root τ = 1 with ranges that hold for every shift of an orbit, and a lead; undefined if it is empty. With the
   * signs of units that have one there.
   */
  *firstRoot(): Steps<{ readonly node: OpenNode; readonly signs: Int8Array | undefined } | undefined> {
    const { count: N } = this.#map;
    const box = rootBox(this.#map, this.#period, 1);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const before = box.high.map((u, n) => u - box.low[n]!);
      this.#relaxation.load(box);
      if (yield* this.#isEmpty(box)) return undefined;
      for (let j = 0; j < N; j++) {
        if (isDecided(box, j)) continue;
        if (!(yield* this.#narrowing(box, j, this.#period))) return undefined;
      }
      this.#map.parallels.propagate(box.low, box.high, N);
      if (box.high.every((u, n) => u - box.low[n]! >= (1 - WORTHWHILE) * before[n]!)) break;
    }
    let lead = -1;
    let widest = 0;
    for (let j = 0; j < N; j++) {
      const width = this.#weights[j]! * Math.min(box.high[j]!, -box.low[j]!);
      if (!(width > widest)) continue;
      widest = width;
      lead = j;
    }
    const signs = Int8Array.from({ length: N }, (_, j) => (box.low[j]! >= 0 ? 1 : box.high[j]! <= 0 ? -1 : 0));
    if (this.#period > 1) this.#recorder?.leads(lead);
    const node = { box: this.#period > 1 ? { ...box, lead } : box, share: this.shareOfRoot };
    return { node, signs: signs.some((sign) => sign !== 0) ? signs : undefined };
  }

  /**
   * What is left of a node: none if it was ended, "word" if all its signs are decided.
   * @param ranges that are narrowed at most.
   */
  *#childrenOf(box: OrbitBox, ranges = this.#seenLow.length): Steps<OrbitBox[] | "word"> {
    const relaxation = this.#relaxation;
    const { count: N } = this.#map;
    const n = this.#period * N;
    const { parallels } = this.#map;
    parallels.propagate(box.low, box.high, N);
    if (!this.#map.fit) return this.#halves(box);
    relaxation.load(box);
    if (yield* this.#isEmpty(box)) return [];
    let undecided: number[] = [];
    for (let at = 0; at < n; at++) if (!isDecided(box, at)) undecided.push(at);
    const gaps = new Float64Array(n);
    const values = new Float64Array(n);
    let widest = 0;
    for (const at of undecided) {
      values[at] = relaxation.s(at);
      gaps[at] = this.#weights[at % N]! * relaxation.gap(at);
      widest = Math.max(widest, relaxation.gap(at));
    }
    if (undecided.length > 0 && widest < ON_GRAPH && box.kinds === undefined) {
      this.#put((at) => (isDecided(box, at) ? box.low[at]! >= 0 : values[at]! > 0));
    }
    undecided.sort((a, b) => gaps[b]! - gaps[a]!);
    let narrowed = 0;
    for (const at of undecided) {
      if (isDecided(box, at)) continue;
      if (narrowed++ >= ranges) break;
      if (!(yield* this.#narrowing(box, at, 1))) return [];
    }
    parallels.propagate(box.low, box.high, N);
    undecided = undecided.filter((at) => !isDecided(box, at));
    if (undecided.length === 0) {
      // all signs decided: one more look, as most words hold nothing
      relaxation.load(box);
      return (yield* this.#isEmpty(box)) ? [] : "word";
    }
    if (widest < ON_GRAPH && undecided.every((at) => Math.abs(values[at]!) < TIED)) {
      if (yield* this.#isOnlyOrbit(box, undecided)) return [];
    }
    let branch = undecided[0]!;
    let best = -1;
    for (const at of undecided) {
      const score = widest < ON_GRAPH ? Math.abs(values[at]!) : gaps[at]!;
      if (score > best) {
        best = score;
        branch = at;
      }
    }
    const [below, above] = partsOf(box, branch);
    if (this.#recorder !== undefined) {
      this.#recorder.split(branch);
      return [above, below];
    }
    // the side of the vertex is done first
    return values[branch]! > 0 ? [below, above] : [above, below];
  }

  /** The children of a node of a map without bounds: by the first sign that is undecided. */
  #halves(box: OrbitBox): OrbitBox[] | "word" {
    const n = box.low.findIndex((_, at) => !isDecided(box, at));
    return n >= 0 ? partsOf(box, n) : "word";
  }

  /**
   * Whether the box surely holds one orbit at most, which is on the hyperplanes of all undecided units: then its word
   * is handed over. The differences of orbits with the box's decided signs from it are a cone.
   */
  *#isOnlyOrbit(box: OrbitBox, undecided: readonly number[]): Steps<boolean> {
    const { count: N, parallels } = this.#map;
    if (box.kinds !== undefined || parallels.pairs.length > 0 || this.#recorder !== undefined) return false;
    const word = this.#wordOf((at) => box.low[at]! >= 0);
    const key = `${word.map((mask) => mask.join(".")).join()} ${undecided.join()}`;
    if (this.#triedCones.has(key)) return false;
    this.#triedCones.add(key);
    const decision = yield* this.#decide(word);
    if (decision.kind !== "orbit") return false;
    const { points } = decision;
    const kinds = Int8Array.from(box.low, (l) => (l >= 0 ? 1 : -1));
    for (const at of undecided) {
      const t = Math.floor(at / N);
      if (bit(points[t]!.signs.ties, at - t * N) === 0) return false;
      kinds[at] = 0;
    }
    const tree = this.#relaxation;
    this.#relaxation = this.#whole;
    const single = yield* this.#isSingle(kinds);
    this.#relaxation = tree;
    if (single) this.#put((at) => box.low[at]! >= 0);
    return single;
  }

  /** Whether a cone is 0 alone: none of its parts where |d| is largest, with 1 or −1, holds anything. */
  *#isSingle(kinds: Int8Array): Steps<boolean> {
    const { dim: R, count: N } = this.#map;
    const box = coneBox(this.#map, this.#period, kinds);
    // a cone that is the same at all steps may be shifted
    const steps = kinds.every((kind, n) => kind === kinds[n % N]) ? 1 : this.#period;
    for (let i = 0; i < steps * R; i++) {
      for (const side of [-1, 1] as const) {
        const stack = [sideOf(box, i, side)];
        for (;;) {
          const node = stack.pop();
          if (node === undefined) break;
          const children = yield* this.#childrenOf(node);
          if (children === "word" || ++this.tally.coneNodes - this.#coneNodesBefore > MOST_CONE_NODES) return false;
          stack.push(...children);
          yield;
        }
      }
    }
    return true;
  }

  /** Whether the box surely holds no orbit. */
  *#isEmpty(box: OrbitBox): Steps<boolean> {
    const relaxation = this.#relaxation;
    const { program } = relaxation;
    const { count: N } = this.#map;
    program.cost.fill(0);
    for (let n = 0; n < this.#period * N; n++) {
      if (isDecided(box, n)) continue;
      program.cost[relaxation.p(n)] = this.#weights[n % N]!;
      program.cost[relaxation.q(n)] = this.#weights[n % N]!;
    }
    this.#seenLow.fill(Number.POSITIVE_INFINITY);
    this.#seenHigh.fill(Number.NEGATIVE_INFINITY);
    const status = yield* this.#solving();
    if (status === "optimal") this.#see();
    return status === "infeasible" && this.#proved(box);
  }

  #proved(box: OrbitBox): boolean {
    this.#relaxation.functional(true, this.#functional);
    const proved = this.#bound(box, NOTHING) > 0;
    if (proved) this.#recorder?.empty(this.#functional);
    else this.tally.unproved++;
    return proved;
  }

  #bound(box: OrbitBox, objective: Objective): number {
    if (this.#recorder !== undefined) return this.#recorder.bound(box, this.#functional, objective);
    return lowerBound(this.#map, box, this.#functional, objective);
  }

  *#solving(): Steps<"optimal" | "infeasible" | "stalled"> {
    const { program } = this.#relaxation;
    const before = program.pivots;
    const atOnce = Math.max(1, Math.floor(PRODUCTS_AT_ONCE / (program.rows * program.columns)));
    program.begin(program.columns + MOST_PIVOTS);
    this.tally.programs++;
    for (;;) {
      const status = program.run(atOnce);
      if (status !== "going on") {
        this.tally.pivots += program.pivots - before;
        return status;
      }
      yield;
    }
  }

  #see(): void {
    for (let n = 0; n < this.#seenLow.length; n++) {
      if (!this.#relaxation.has(n)) continue;
      const s = this.#relaxation.s(n);
      if (s < this.#seenLow[n]!) this.#seenLow[n] = s;
      if (s > this.#seenHigh[n]!) this.#seenHigh[n] = s;
    }
  }

  /**
   * Bounds the range of unit n by two programs, and those of its `copies` at the following steps likewise.
   * @returns false if the box is empty.
   */
  *#narrowing(box: OrbitBox, n: number, copies: number): Steps<boolean> {
    const { count: N } = this.#map;
    const relaxation = this.#relaxation;
    for (const sign of [1, -1] as const) {
      const width = box.high[n]! - box.low[n]!;
      // a proof has bounds of all shifts, and else those that may decide a sign: others are not worth their bytes
      const mayDecide = sign > 0 ? this.#seenLow[n]! >= 0 : this.#seenHigh[n]! <= 0;
      if (this.#recorder !== undefined && copies === 1 && !mayDecide) continue;
      const gain = sign > 0 ? this.#seenLow[n]! - box.low[n]! : box.high[n]! - this.#seenHigh[n]!;
      if (gain < WORTHWHILE * width) continue;
      const objective: Objective = { of: "unit", index: n, sign };
      relaxation.setObjective(objective);
      const status = yield* this.#solving();
      if (status === "infeasible") {
        if (this.#proved(box)) return false;
        continue;
      }
      if (status === "optimal") this.#see();
      relaxation.functional(false, this.#functional);
      const bound = this.#bound(box, objective);
      if (!(bound > (sign > 0 ? box.low[n]! : -box.high[n]!))) continue;
      for (let t = 0; t < copies; t++) {
        if (sign > 0) box.low[n + t * N] = bound;
        else box.high[n + t * N] = -bound;
        const moved: Objective = { ...objective, index: n + t * N };
        this.#recorder?.narrowed(moved, bound, turnedFunctional(this.#functional, this.#period, t));
      }
      if (box.low[n]! > box.high[n]!) {
        this.#recorder?.crossed();
        return false;
      }
      for (let t = 0; t < copies; t++) relaxation.loadUnit(box, n + t * N, false);
    }
    return true;
  }

  #wordOf(isAbove: (n: number) => boolean): Uint32Array[] {
    const { count: N } = this.#map;
    return Array.from({ length: this.#period }, (_, t) => {
      const mask = new Uint32Array(Math.max(1, Math.ceil(N / 32)));
      for (let j = 0; j < N; j++) if (isAbove(t * N + j)) setBit(mask, j);
      return mask;
    });
  }

  #put(isAbove: (n: number) => boolean): void {
    this.#emit(this.#wordOf(isAbove));
  }
}
