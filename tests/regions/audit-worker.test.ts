import { describe, expect, it, vi } from "vitest";
import { StillpointError } from "../../src/model/errors.ts";
import type { StageBackend, StageOutput } from "../../src/stages/backend.ts";
import { JOBS } from "../../src/workers/jobs.ts";
import { ARRANGEMENT_KINDS, arrangementOf } from "./arrangements.ts";
import { audited, Faulty, lose, withPoints } from "./audits.ts";

describe("an audit on workers", () => {
  /** Stages that show no masks, as those of a GPU, in batches of 5 subsets. */
  const silent = (output?: (output: StageOutput) => StageOutput): StageBackend =>
    Object.defineProperty(new Faulty({ ...(output && { output }), size: 5 }), "maskOf", { value: undefined });

  /** Workers that take turns. @param answer of a job. */
  function workers(answer = (job: string, payload: unknown): unknown => JOBS[job]!(payload as never)) {
    let jobs = 0;
    const pool = {
      size: 2,
      start: () => 2,
      run: async (job: string, payload: unknown) => {
        const milliseconds = jobs++ % 3;
        await new Promise((resolve) => setTimeout(resolve, milliseconds));
        return answer(job, structuredClone(payload));
      },
      close: async () => {},
    };
    return { control: { pool: () => pool, leastSubsetsForWorkers: 1 }, done: () => jobs };
  }

  it("is that of one thread, though regions are handed over before it", async () => {
    for (const kind of ARRANGEMENT_KINDS) {
      const system = arrangementOf(kind, 9, 2, 4);
      const { control, done } = workers();
      const here = await audited(system, silent());
      expect(await audited(system, silent(), {}, control)).toEqual(here);
      expect(here.counts.audited).toBe(here.counts.subsets);
      if (here.counts.subsets! > 40) expect(done()).toBeGreaterThan(0);
    }
    const { control, done } = workers();
    const few = await audited(withPoints(), silent(), {}, { ...control, leastSubsetsForWorkers: 1e6 });
    expect(few.points).toBeGreaterThan(0);
    expect(done()).toBe(0);
  });

  it("notices a fixed point whose region was called empty", async () => {
    const system = withPoints();
    expect((await audited(system, silent(), {}, workers().control)).points).toBeGreaterThan(0);
    await expect(audited(system, silent(lose), {}, workers().control)).rejects.toThrow(/was discarded/);
  });

  it("is done here beside them where they fall behind, and compares masks here", async () => {
    const system = withPoints();
    const flip = (mask: Uint32Array | "dependent" | undefined) =>
      mask instanceof Uint32Array ? mask.map((word) => word ^ 4) : mask;
    const { control, done } = workers();
    await expect(audited(system, new Faulty({ mask: flip }), {}, control)).rejects.toThrow(/had wrong/);
    expect(done()).toBe(0);
    const answers: (() => void)[] = [];
    const slow = workers(async (job, payload) => {
      await new Promise<void>((resolve) => answers.push(resolve));
      return JOBS[job]!(payload as never);
    });
    const run = audited(system, silent(), {}, slow.control);
    // eight messages for two workers, of ten batches
    await vi.waitFor(() => expect(answers.length).toBe(8));
    for (const answer of answers) answer();
    const { counts } = await run;
    expect(counts.audited).toBe(counts.subsets);
    expect(counts.subsets).toBeGreaterThan(8 * 5);
    expect(slow.done()).toBe(8);
  });

  it("that fails fails the run", async () => {
    const broken = workers(() => {
      throw new StillpointError("INTERNAL", "a worker died");
    });
    await expect(audited(withPoints(), silent(), {}, broken.control)).rejects.toThrow("a worker died");
  });
});
