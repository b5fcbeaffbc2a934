import { plural } from "../../base/words.ts";
import { type CyclesClaim, readCyclesClaim } from "../../check/orbits/cycles-claim.ts";
import { orbitMap } from "../../check/orbits/orbit-map.ts";
import { MOST_EXPONENT } from "../../check/orbits/orbit-proof.ts";
import { OrbitRegions } from "../../check/orbits/orbit-regions.ts";
import { functionalLength } from "../../check/orbits/orbit-walk.ts";
import { Refusal } from "../../check/refusal.ts";
import type { ModelInput } from "../../model/input.ts";
import { toModel } from "../../model/parse.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import type { Model } from "../../model/types.ts";
import type { CyclesProveOutcome, PeriodProof } from "../../prove/prove.ts";
import { Unproved } from "../../prove/unproved.ts";
import { type RunControl, stopReason, Turns } from "../../stages/run.ts";
import { ComposedWords } from "../composed.ts";
import { Branching } from "../orbits/branching.ts";
import { orbitExponents } from "../orbits/scaled-map.ts";
import { MOST_ENTRIES, programEntries } from "../orbits/search-orbits.ts";
import { walkingTree } from "../orbits/walk-tree.ts";
import { encodeCycles, type ProvedTrees } from "./encode-cycles.ts";
import { TreeRecorder } from "./tree-recorder.ts";

/** Numbers of all functionals of a file: some hundred megabytes before they are deflated. */
const MOST_NUMBERS = 2 ** 24;
const MOST_NODES = 1_000_000;

/**
 * Makes the proof that a result lists all cycles of the periods that it calls complete: a file that `checkCyclesProof`
 * and python/stillpoint/check_cycles_proof.py accept (docs/proof.md#cycles). Each period is proved by itself, and those
 * that can't be are left out. Needs nothing of how the result was found; the same model and result give the same bytes,
 * unless the time ends.
 */
export async function proveCycles(
  source: ModelInput | Model,
  result: unknown,
  control: RunControl = {},
): Promise<CyclesProveOutcome> {
  const model = toModel(source);
  try {
    const claim = readCyclesClaim(result);
    if (claim.sha256 !== model.sha256) throw new Unproved("the result is of another model");
    if (model.system.time !== "discrete") throw new Unproved("cycles are of maps, and the model is a flow");
    if (claim.periods.length === 0) throw new Unproved("the result does not say of any period that it is complete");
    return await proveAll(model, claim, control);
  } catch (error) {
    if (error instanceof Unproved || error instanceof Refusal) return { proof: undefined, because: error.message };
    throw error;
  }
}

async function proveAll(model: Model, claim: CyclesClaim, control: RunControl): Promise<CyclesProveOutcome> {
  const proved: ProvedTrees[] = [];
  const periods: PeriodProof[] = [];
  let left = MOST_NUMBERS;
  for (const period of claim.periods) {
    try {
      const trees = await provePeriod(model.system, period, claim, left, control);
      left -= trees.recorder.functionals.reduce((sum, { length }) => sum + length, 0);
      proved.push(trees);
      periods.push({ period, proved: true, nodes: trees.recorder.nodes });
    } catch (error) {
      if (!(error instanceof Unproved || error instanceof Refusal)) throw error;
      periods.push({ period, proved: false, because: error.message });
    }
  }
  if (proved.length === 0) {
    return { proof: undefined, because: notProved(periods), periods };
  }
  const boxes = proved.reduce((sum, { recorder }) => sum + recorder.nodes, 0);
  return { proof: encodeCycles(model.sha256, proved), by: "signs", boxes, periods };
}

/** One sentence on each period without a proof. */
export function notProved(periods: readonly PeriodProof[]): string {
  return periods.flatMap((each) => (each.proved ? [] : [`period ${each.period}: ${each.because}`])).join("; ");
}

/** Throws Unproved, or a Refusal where the claim lists wrong things. */
async function provePeriod(
  system: PiecewiseLinearSystem,
  period: number,
  claim: CyclesClaim,
  mostNumbers: number,
  control: RunControl,
): Promise<ProvedTrees> {
  const stopped = stopReason(control);
  if (stopped !== undefined) throw new Unproved(`${stopped} before the proof was begun`);
  if (programEntries(system, period) > MOST_ENTRIES) throw new Unproved("its linear programs would be too large");
  // any exponents will do; a file may have no larger ones
  const exponents = orbitExponents(system).map((e) => Math.max(-MOST_EXPONENT, Math.min(MOST_EXPONENT, e)));
  const map = orbitMap(system, exponents);
  if (!map.fit) throw new Unproved("the model's numbers are too large for float64");
  const regions = new OrbitRegions(system, period, claim);
  const recorder = new TreeRecorder(map, (word) => regions.listed(word));
  const words = new ComposedWords(system);
  const branching = new Branching(
    map,
    period,
    () => {},
    (word) => words.deciding(word),
    recorder,
  );
  let settled = 0;
  const steps = walkingTree(branching, MOST_NODES, (share) => {
    settled += share;
  });
  const length = functionalLength(map, period);
  const turns = new Turns();
  for (;;) {
    const { done, value } = steps.next();
    if (recorder.functionals.length * length > mostNumbers) throw new Unproved("the file would be too long");
    if (done && value) return { period, exponents, recorder };
    if (done) throw new Unproved(`left after ${plural(recorder.nodes, "node")}`);
    if (!turns.due) continue;
    await turns.give();
    const why = stopReason(control);
    if (why !== undefined) throw new Unproved(`${why} after ${plural(recorder.nodes, "node")}`);
    const fraction = Math.min(1, settled);
    control.onProgress?.({ phase: `proof of period ${period}`, fraction, done: recorder.nodes, fixedPoints: 0 });
  }
}
