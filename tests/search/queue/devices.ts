import { CpuBackend } from "../../../src/cpu/backend.ts";
import { type TwinStack, TwinStacks } from "../../../src/cpu/box-stack.ts";
import { Finalizer } from "../../../src/finalize/finalizer.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { runSearch, type SearchControl } from "../../../src/search/queue/run.ts";
import type { StageBackend } from "../../../src/stages/backend.ts";
import type { DeviceStacks, LaunchReport } from "../../../src/stages/box-stack.ts";
import { type ArrangementKind, arrangementOf } from "../../regions/arrangements.ts";

/** Devices for tests: the twin of a stack of boxes, with something done to what it says. */

/** Small sizes, so that every stack is full at some time. */
const SIZES = { capacity: 256, slab: 24, kept: 40, rounds: 4 };

/** The twin, with something done to what a launch says. */
export class FakeStacks extends TwinStacks {
  launches = 0;
  readonly #change: (report: LaunchReport, launch: number, stride: number) => LaunchReport;

  constructor(change: (report: LaunchReport, launch: number, stride: number) => LaunchReport = (x) => x, sizes = {}) {
    super({ ...SIZES, ...sizes });
    this.#change = change;
  }

  override async open(systems: Parameters<TwinStacks["open"]>[0]): Promise<TwinStack> {
    const stack = await super.open(systems);
    const launch = stack.launch.bind(stack);
    const { stride } = stack.layout;
    stack.launch = async (rounds) => this.#change(await launch(rounds), this.launches++, stride);
    return stack;
  }
}

class DeviceBackend extends CpuBackend {
  readonly stacks: DeviceStacks;

  constructor(stacks: DeviceStacks) {
    super();
    this.stacks = stacks;
  }
}

export const on = (stacks: DeviceStacks) => ({ open: async (): Promise<StageBackend> => new DeviceBackend(stacks) });

export async function answerOf(system: PiecewiseLinearSystem, control: SearchControl = {}) {
  const finalizer = new Finalizer(system);
  const outcome = await runSearch(system, finalizer, control);
  const { fixedPoints, continua } = finalizer.finish();
  const text = JSON.stringify({ fixedPoints, continua }, (_, x) => (typeof x === "bigint" ? `${x}n` : x));
  return { outcome, text, found: fixedPoints.length };
}

/** A system whose weights are so large that it takes many boxes. */
export function steep(kind: ArrangementKind, N: number, R: number, seed: number, factor = 16): PiecewiseLinearSystem {
  const system = arrangementOf(kind, N, R, seed);
  return { ...system, V: ExactArray.ofNumbers(system.V.rounded.map((x) => factor * x)) };
}
