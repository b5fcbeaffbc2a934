import { StillpointError } from "../model/errors.ts";
import type { RunControl } from "../stages/run.ts";
import type { FindOptions } from "./options.ts";

/** The limits of a run, as its options give them. */
export type Limits = Pick<FindOptions, "maxSeconds" | "maxRegions" | "signal">;

/** The limits of a run, whose deadline moves. */
export class MovingLimits implements RunControl {
  readonly signal: AbortSignal | undefined;
  readonly maxRegions: number | undefined;
  readonly onProgress: FindOptions["onProgress"];
  readonly #deadline: () => number | undefined;

  constructor({ signal, maxRegions }: Limits, { onProgress }: FindOptions, deadline: () => number | undefined) {
    this.signal = signal;
    this.maxRegions = maxRegions;
    this.onProgress = onProgress;
    this.#deadline = deadline;
  }

  get deadline(): number | undefined {
    return this.#deadline();
  }
}

/** Without a budget, a run over more regions than this is refused at once: about a day of one core. */
const MAX_REGIONS = 10n ** 11n;

/** @throws StillpointError TOO_LARGE for so many regions. */
export function refuseHopeless(regions: bigint, options: FindOptions): void {
  if (regions <= MAX_REGIONS || options.maxSeconds !== undefined || options.maxRegions !== undefined) return;
  throw new StillpointError(
    "TOO_LARGE",
    `the arrangement has up to ${regions} regions, more than the ${MAX_REGIONS} that the regions method begins without a budget. ` +
      "Use method search, or give maxSeconds or maxRegions for an incomplete answer",
  );
}
