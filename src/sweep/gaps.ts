import { beyondRange, plural, share, were } from "../base/words.ts";
import { type RunControl, stopReason } from "../stages/run.ts";
import type { Assembled } from "./branches.ts";
import type { SweepCollector } from "./collector.ts";
import type { CycleSweep } from "./result.ts";

/** The time to classify and tabulate what was found, once a sweep is out of time or cancelled. */
const MILLISECONDS_TO_ASSEMBLE = 150;

/**
 * A look at the clock that leaves a little time where the run ended with its time, so that what was found has a class.
 */
export interface Lateness {
  readonly isLate: () => boolean;
  /** Why there is no more time, once there is none. */
  readonly because: string | undefined;
}

/** @param begun when assembling began, as `performance.now()`. */
export function lateAfter(begun: number, control: RunControl): Lateness {
  let because: string | undefined;
  return {
    isLate: () => {
      because ??= performance.now() < begun + MILLISECONDS_TO_ASSEMBLE ? undefined : stopReason(control);
      return because !== undefined;
    },
    get because() {
      return because;
    },
  };
}

/** All reasons why branches are not all there, or not all classified and tabulated. @param of the number of samples. */
export function gapsOf(
  incompleteBecause: string | undefined,
  collector: SweepCollector,
  { left, beyond }: Pick<Assembled<never>, "left" | "beyond">,
  of: number,
  late: string | undefined,
  cycles: readonly CycleSweep[] = [],
): string[] {
  const ofCycles = cycles.map(({ period, incompleteBecause: why }) => why && `cycles of period ${period}: ${why}`);
  return [incompleteBecause, undecided(collector), unfinished(left, of, late), outOfRange(beyond), ...ofCycles].filter(
    (text) => text !== undefined,
  );
}

function undecided({ undecided: left }: SweepCollector): string | undefined {
  if (left === undefined) return undefined;
  return `${left.because}: ${were(left.regions, "region")} not decided`;
}

function unfinished({ pieces, samples }: Assembled<never>["left"], of: number, because: string | undefined) {
  const parts = [
    ...(pieces === 0 ? [] : [`${were(pieces, "piece")} of branches not classified`]),
    ...(samples === 0 ? [] : [`${share(samples, of, "sample")} not tabulated`]),
  ];
  return parts.length === 0 ? undefined : `${because}: ${parts.join(", ")}`;
}

function outOfRange({ branches, points }: Assembled<never>["beyond"]): string | undefined {
  const parts = [
    ...(branches > 0 ? [plural(branches, "branch", "branches")] : []),
    ...(points > 0 ? [plural(points, "point")] : []),
  ];
  return parts.length === 0 ? undefined : beyondRange(parts);
}
