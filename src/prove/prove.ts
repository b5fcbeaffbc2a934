import { coneFaces, type RootBox } from "../check/check.ts";
import { type Claim, readClaim } from "../check/claim.ts";
import { coneRoot, type ExactRoot, exactRoot } from "../check/exact-root.ts";
import { MOST_PATTERNS } from "../check/patterns.ts";
import type { Cone } from "../check/proof.ts";
import { Refusal } from "../check/refusal.ts";
import { Regions } from "../check/regions.ts";
import { type RootTable, rootTable } from "../check/root.ts";
import type { ModelInput } from "../model/input.ts";
import { toModel } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { type Cover, coverOf } from "./covers.ts";
import { encodePatterns, encodeTrees, type ProvedRoot } from "./encode.ts";
import { scaleOf, spaceOf } from "./space.ts";
import { TreeProver } from "./tree.ts";
import { Unproved } from "./unproved.ts";

/** Limits of `prove`. */
export interface ProveOptions {
  /** `performance.now()` at which to stop without a proof. */
  readonly deadline?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called from time to time with the number of boxes done. */
  readonly onProgress?: ((boxes: number) => void) | undefined;
  /** Trees of boxes also where all patterns could be tried. */
  readonly trees?: boolean | undefined;
}

/** A proof file, or why there is none. */
export type ProveOutcome =
  | { readonly proof: Uint8Array; readonly by: "patterns" | "trees"; readonly boxes: number }
  | { readonly proof: undefined; readonly because: string };

/**
 * Up to so many hyperplanes all patterns are tried; up to MOST_PATTERNS where there are more dimensions than boxes are
 * good for.
 */
const FEW_ENOUGH = 16;
const MANY_DIMENSIONS = 6;
/** Boxes after which all patterns are to be tried, of a model that has not more than MOST_PATTERNS hyperplanes. */
const SHORT_TRY = 50_000;
/** Boxes between two looks at the clock. */
const PORTION = 256;
/** Milliseconds after which others get their turn. */
const TURN = 30;

/**
 * Makes the proof that a complete result lists all fixed points of a model: a file that `checkProof` and
 * python/stillpoint/check_proof.py accept. Needs nothing of how the result was found. The same model and result give the same
 * bytes.
 */
export async function prove(
  source: ModelInput | Model,
  result: unknown,
  options: ProveOptions = {},
): Promise<ProveOutcome> {
  const model = toModel(source);
  try {
    const claim = readClaim(result);
    if (claim.sha256 !== model.sha256) throw new Unproved("the result is of another model");
    return await proveClaim(model, claim, options);
  } catch (error) {
    if (error instanceof Unproved || error instanceof Refusal) return { proof: undefined, because: error.message };
    throw error;
  }
}

async function proveClaim(model: Model, claim: Claim, options: ProveOptions): Promise<ProveOutcome> {
  const { latentDim: R, hyperplanes: N } = model.system;
  const trees = options.trees === true;
  const most = R < MANY_DIMENSIONS ? FEW_ENOUGH : MOST_PATTERNS;
  if (N <= most && !trees) return { proof: encodePatterns(model.sha256), by: "patterns", boxes: 0 };
  const clock = new Clock(options, N <= MOST_PATTERNS && !trees ? SHORT_TRY : Number.POSITIVE_INFINITY);
  try {
    return await proveByTrees(model, claim, clock);
  } catch (error) {
    // boxes may be stuck where many hyperplanes meet
    if (!(error instanceof OutOfBoxes)) throw error;
    return { proof: encodePatterns(model.sha256), by: "patterns", boxes: clock.boxes };
  }
}

async function proveByTrees(model: Model, claim: Claim, clock: Clock): Promise<ProveOutcome> {
  const regions = new Regions(model.system);
  regions.list(claim);
  const { space, roots } = spaceOf(model.system, regions.points);
  const proved: ProvedRoot[] = [];
  for (const { face, lo, hi } of roots) {
    const exact = exactRoot(model.system, face);
    const covers = async (table: RootTable): Promise<Cover[]> => {
      const found: Cover[] = [];
      for (const [point, listed] of regions.points.entries()) {
        const cover = coverOf(table, { face, lo, hi }, listed, point);
        if (cover !== undefined) found.push(cover);
        await clock.tick();
      }
      return found;
    };
    proved.push(await proveRoot(exact, { lo, hi }, covers, regions, clock));
  }
  const cones = conesOf(proved[0]!.covers, roots[0]!);
  for (const { point, halfwidths } of cones) {
    const exact = coneRoot(model.system, regions.points[point]!.signs);
    for (const face of coneFaces(halfwidths))
      proved.push(await proveRoot(exact, face, async () => [], undefined, clock));
  }
  const proof = encodeTrees(model.sha256, space, cones, proved, model.system.latentDim);
  return { proof, by: "trees", boxes: clock.boxes };
}

/** A cone of the size of the root for each point that is covered by one. */
function conesOf(covers: readonly Cover[], { lo, hi }: Pick<RootBox, "lo" | "hi">): Cone[] {
  const halfwidths = Array.from(lo, (from, k) => 2 ** Math.floor(Math.log2(0.5 * (hi[k]! - from) || 1)));
  return covers.filter(({ cone }) => cone).map(({ point }) => ({ point, halfwidths }));
}

async function proveRoot(
  exact: ExactRoot,
  box: Pick<RootBox, "lo" | "hi">,
  coversIn: (table: RootTable) => Promise<Cover[]>,
  regions: Regions | undefined,
  clock: Clock,
): Promise<ProvedRoot> {
  const scale = scaleOf(exact, box.lo, box.hi);
  const table = rootTable(exact, box.lo, box.hi, scale);
  const covers = await coversIn(table);
  const prover = new TreeProver(table, box, covers, regions);
  const before = clock.boxes;
  for (let ready = false; !ready; ) {
    ready = prover.step(PORTION);
    clock.boxes = before + prover.done;
    if (!ready) await clock.tick();
  }
  return { scale, covers, output: prover.output };
}

/** There is another way than so many boxes. */
class OutOfBoxes extends Error {}

/** Counts boxes, and stops on time. */
class Clock {
  boxes = 0;
  readonly #options: ProveOptions;
  readonly #mostBoxes: number;
  #turn = performance.now();

  constructor(options: ProveOptions, mostBoxes: number) {
    this.#options = options;
    this.#mostBoxes = mostBoxes;
  }

  /** Throws Unproved when time is up, OutOfBoxes when the boxes are. */
  async tick(): Promise<void> {
    if (this.boxes > this.#mostBoxes) throw new OutOfBoxes();
    const { deadline, signal, onProgress } = this.#options;
    const now = performance.now();
    if (signal?.aborted) throw new Unproved("cancelled before the proof was done");
    if (deadline !== undefined && now > deadline) {
      throw new Unproved(`the time was up after ${this.boxes} boxes, before the proof was done`);
    }
    if (now - this.#turn < TURN) return;
    onProgress?.(this.boxes);
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    this.#turn = performance.now();
  }
}
