import type { CyclesResult } from "../../src/cycles/result.ts";
import type { OracleContinuum, OracleCycles } from "./cycles.ts";

/** All that a result says otherwise of one period than the oracle does: cycles, ties, classes, continua. */
export function cycleDifferences(result: CyclesResult, period: number, exact: OracleCycles): string[] {
  const cycles = result.cycles.filter((each) => each.period === period);
  const text = (points: readonly { z: readonly number[]; active: readonly number[]; ties: readonly number[] }[]) =>
    JSON.stringify(points.map(({ z, active, ties }) => [z.map((x) => x + 0), active, ties]));
  const ours = cycles.map(({ points }) => text(points));
  const theirs = exact.cycles.map(({ points }) => text(points));
  const differences: string[] = [];
  if (ours.join("\n") !== theirs.join("\n"))
    differences.push(`period ${period}: cycles ${ours.join(" ")} and not ${theirs.join(" ")}`);
  else
    for (const [i, { stability, counts }] of exact.cycles.entries()) {
      const { stability: own, directions } = cycles[i]!;
      if (stability === undefined || counts === undefined) continue;
      if (own !== stability) differences.push(`period ${period}: cycle ${i} is ${own} and not ${stability}`);
      const { stable, neutral, unstable } = directions ?? counts;
      if (stable !== counts.stable || neutral !== counts.neutral || unstable !== counts.unstable)
        differences.push(`period ${period}: directions of cycle ${i} are ${JSON.stringify(directions)}`);
    }
  return [...differences, ...continuaDifferences(result, period, exact.continua)];
}

function continuaDifferences(
  { continua }: CyclesResult,
  period: number,
  classes: readonly (readonly OracleContinuum[])[],
): string[] {
  const names = ({ dimension, point, basis, bounded, words }: Omit<OracleContinuum, "orbits">): string =>
    JSON.stringify([
      dimension,
      point.map((x) => x + 0),
      basis.map((row) => row.map((x) => x + 0)),
      bounded,
      words.map((word) => JSON.stringify(word)).sort(),
    ]);
  const own = continua.filter((each) => each.period === period).map(names);
  const missing = classes.filter((each) => own.filter((name) => each.map(names).includes(name)).length !== 1);
  const strange = own.filter((name) => !classes.some((each) => each.map(names).includes(name)));
  return [
    ...missing.map((each) => `period ${period}: not one of ${each.map(names).join(" ")}`),
    ...strange.map((name) => `period ${period}: a continuum that is none: ${name}`),
  ];
}
