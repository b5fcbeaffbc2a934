import type { Model } from "../../model/types.ts";
import type { ProofArray } from "../proof.ts";
import { reasonOf, require } from "../refusal.ts";
import { readCyclesClaim } from "./cycles-claim.ts";
import { orbitMap } from "./orbit-map.ts";
import { ProofStream, readCyclesHeader } from "./orbit-proof.ts";
import { OrbitRegions } from "./orbit-regions.ts";
import { walkOrbits } from "./orbit-walk.ts";

/** Whether a proof of cycles was accepted, and of which periods it is; or why not. */
export type CyclesCheckReport =
  | {
      readonly accepted: true;
      /** The number of cycles, and of continua of cycles, of the periods that are proved. */
      readonly cycles: number;
      readonly continua: number;
      /** The periods of which every cycle is listed, as the proof shows. */
      readonly periods: readonly number[];
      /** Other periods that the result calls complete: of these the proof says nothing. */
      readonly unproved: readonly number[];
    }
  | { readonly accepted: false; readonly because: string };

/**
 * Whether a proof shows that a result lists all cycles of the periods that it names. Rests on `model/` and `exact/`
 * alone; docs/proof.md#cycles has the format and the argument. What is malformed is not accepted.
 */
export function checkCyclesProof(
  { system, sha256 }: Model,
  result: unknown,
  proof: { readonly header: string; readonly arrays: ReadonlyMap<string, ProofArray> },
): CyclesCheckReport {
  let named: string | undefined;
  try {
    const claim = readCyclesClaim(result);
    named = claim.sha256;
    const header = readCyclesHeader(proof.header);
    require(header.model === named, "the proof is of another model than the result");
    require(system.time === "discrete", "cycles are of maps, and the model is a flow");
    const stream = new ProofStream(proof.arrays);
    for (const { period, exponents, lead } of header.periods) {
      require(claim.periods.includes(period), `the result does not say that period ${period} is complete`);
      require(exponents.length === system.latentDim, "there must be an exponent for each coordinate");
      require(lead < system.hyperplanes, "a lead is no unit");
      const map = orbitMap(system, exponents);
      require(map.fit, "the model's numbers are too large for float64");
      const regions = new OrbitRegions(system, period, claim);
      walkOrbits(map, period, lead, stream, (word) => regions.listed(word));
    }
    stream.end();
    const periods = header.periods.map(({ period }) => period);
    const of = (list: readonly { readonly period: number }[]) =>
      list.filter(({ period }) => periods.includes(period)).length;
    return {
      accepted: true,
      cycles: of(claim.cycles),
      continua: of(claim.continua),
      periods,
      unproved: claim.periods.filter((period) => !periods.includes(period)),
    };
  } catch (error) {
    return { accepted: false, because: reasonOf(error, sha256, named) };
  }
}
