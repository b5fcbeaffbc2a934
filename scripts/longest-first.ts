import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files of tests that take longest, where workers wait for the last of them at the end. */
const LONGEST = [
  ...["ci/runtimes", "ci/explorer-runs", "ci/bundlers", "ci/bench", "ci/package", "ci/wheel", "ci/pack-gpu"],
  ...["hostile/hostile", "parity/pipeline", "parity/stages", "attack/attacks", "cli/ways-out", "gpu/faults"],
];

/** Begins with the longest files: Vitest knows their size alone on a machine that has not run them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/tests/${name}.test.ts`));
      return place < 0 ? LONGEST.length : place;
    };
    return sorted.sort((a, b) => placeOf(a) - placeOf(b));
  }
}
