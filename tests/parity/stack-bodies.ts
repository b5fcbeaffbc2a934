import { TwinStacks } from "../../src/cpu/box-stack.ts";
import { stackSystem } from "../../src/search/units/stack-system.ts";
import {
  COUNT_WORDS,
  Count,
  type DeviceStack,
  type DeviceStacks,
  type StackSystem,
  State,
  writeRecord,
} from "../../src/stages/box-stack.ts";
import { someUnits } from "../search/kernel/tables.ts";
import { assert, type Body, same } from "./assert.ts";

/** A way to make stacks of given sizes. */
export interface StackImplementation {
  open(sizes: typeof SIZES): DeviceStacks;
  /** Whether its float32 rounds as JavaScript's does: then every bit must be that of the twin. */
  readonly exact: boolean;
}

export const SIZES = { capacity: 1024, slab: 12, kept: 256, rounds: 4 };
/** How far counts may differ where an adapter fuses or reorders sums. */
const COUNT_TOLERANCE = 0.02;

/** Two systems of R dimensions, of different numbers of units. */
export function someSystems(R: number): StackSystem[] {
  return [1, 2].map((seed) => {
    const system = stackSystem(someUnits(R, seed), 4);
    if (system === undefined) throw new Error("a device does not take this table");
    return system;
  });
}

/** Puts the cube of each system on a stack. */
export function writeCubes(stack: DeviceStack, systems: readonly StackSystem[]): void {
  const { layout } = stack;
  const records = new Uint32Array(systems.length * layout.stride);
  systems.forEach((system, s) => {
    const record = records.subarray(s * layout.stride, (s + 1) * layout.stride);
    const ones = new Float32Array(layout.dim).fill(1);
    writeRecord(
      record,
      layout,
      s,
      system,
      ones.map((x) => -x),
      ones,
    );
  });
  stack.write(records, 0);
}

/** What a stack has after each launch: its state, the boxes that came back, one that was discarded, and its records. */
export async function launchesOf(stacks: DeviceStacks, systems: readonly StackSystem[], launches: number) {
  const stack = await stacks.open(systems);
  if (stack === undefined) throw new Error("the device has no room for the stack");
  writeCubes(stack, systems);
  const out = [];
  for (let n = 0; n < launches; n++) {
    const { state, counts, kept, discarded } = await stack.launch(stacks.rounds);
    out.push({ state, counts, kept, discarded, records: await stack.read(0, state[State.top]!) });
  }
  const { state } = out.slice(-1)[0]!;
  const top = state[State.top]!;
  // the lower half away, as where a stack is full
  const half = top >> 1;
  await stack.dropLowest(half, top);
  const rest = await stack.read(0, top - half);
  stack.release();
  return { launches: out, rest };
}

/** Complaints about a run that should be that of the twin. */
export function compareLaunches(
  got: Awaited<ReturnType<typeof launchesOf>>,
  expected: Awaited<ReturnType<typeof launchesOf>>,
  exact: boolean,
): string[] {
  if (exact) {
    return JSON.stringify(got, plain) === JSON.stringify(expected, plain) ? [] : ["launches differ from the twin's"];
  }
  return got.launches.flatMap(({ counts }, n) => {
    const wanted = expected.launches[n]!.counts;
    return Array.from(counts).flatMap((count, i) => {
      const far = Math.abs(count - wanted[i]!) > COUNT_TOLERANCE * wanted[i]! + 2;
      return far ? [`launch ${n}: count ${i} is ${count}, not ${wanted[i]}`] : [];
    });
  });
}

const plain = (_: string, x: unknown): unknown => (ArrayBuffer.isView(x) ? Array.from(x as Uint32Array) : x);

/** The parity tests of a stack of boxes. */
export const stackBodies: readonly Body<StackImplementation>[] = [1, 3, 6].map((R) => ({
  name: `a stack of boxes does in ${R} dimensions what its twin does`,
  async run({ open, exact }) {
    const systems = someSystems(R);
    const expected = await launchesOf(new TwinStacks(SIZES), systems, 3);
    same(compareLaunches(await launchesOf(open(SIZES), systems, 3), expected, exact), []);
    const { counts } = expected.launches[2]!;
    for (const first of [0, COUNT_WORDS])
      assert(R === 1 || counts[first + Count.boxes]! > 3, "hardly a box of a system was done");
  },
}));
