import { splitIndices } from "../cycles/block.ts";
import type { CycleLinearisation } from "../cycles/result.ts";
import type { Assembled } from "./branches.ts";
import type { CycleSweep, SweepEvent } from "./result.ts";

/**
 * Branches of fixed points of a block system as branches of cycles.
 * @param hyperplanes N, of the map itself.
 */
export function cycleReport(
  { branches, events, continua, samples }: Assembled<CycleLinearisation>["answer"],
  period: number,
  hyperplanes: number,
): Pick<CycleSweep, "branches" | "events" | "continua" | "samples"> {
  const lists = (indices: readonly number[]) => splitIndices(indices, hyperplanes, period);
  return {
    branches: branches.map(({ pieces, birth, death }) => ({
      pieces: pieces.map(({ zFrom, zTo, active, ties, from, to, ...linear }) => ({
        from,
        to,
        pointsFrom: pointsOf(zFrom, period),
        pointsTo: pointsOf(zTo, period),
        active: lists(active),
        ties: lists(ties),
        ...linear,
      })),
      birth,
      death,
    })),
    events: events.map(({ s, kind, z, hyperplanes: at, ...rest }) => {
      const points = pointsOf(z, period);
      const own = ownPeriod(kind, points);
      return { s, kind, points: points.slice(0, own), hyperplanes: lists(at).slice(0, own), ...rest };
    }),
    continua: continua.map(({ active, ties, ...rest }) => ({ ...rest, active: lists(active), ties: lists(ties) })),
    samples: samples.map(({ s, points, continua: count }) => ({
      s,
      cycles: points.map(({ z, stability }) => ({ points: pointsOf(z, period), stability })),
      continua: count,
    })),
  };
}

function pointsOf(z: readonly number[], period: number): number[][] {
  const R = z.length / period;
  return Array.from({ length: period }, (_, t) => z.slice(t * R, t * R + R));
}

/** The number of different points at an event: equal exact points are rounded alike. */
function ownPeriod(kind: SweepEvent["kind"], points: readonly (readonly number[])[]): number {
  const period = points.length;
  if (kind !== "flip" && kind !== "multiplication") return period;
  for (let d = 1; d < period; d++) {
    if (period % d !== 0) continue;
    if (points.every((z, t) => z.every((x, k) => x === points[(t + d) % period]![k]))) return d;
  }
  return period;
}
