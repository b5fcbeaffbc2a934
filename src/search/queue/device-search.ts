import { StillpointError } from "../../model/errors.ts";
import {
  type DeviceStack,
  type DeviceStacks,
  Field,
  type LaunchReport,
  STATE_DEPTHS,
  type StackSystem,
  State,
  writeRecord,
} from "../../stages/box-stack.ts";
import { Pause } from "../../stages/run.ts";
import type { Box } from "../roots/problem.ts";
import { float32Below } from "../units/stack-system.ts";

/** While more boxes than this wait for the host, the device waits too. */
const MOST_WAITING = 2 ** 17;
/** How often the stack is copied to the host: what a lost device has done since then is done again. */
const MILLISECONDS_BETWEEN_CHECKPOINTS = 2000;

/** Of a stack that is fuller than this the lower half goes to the host: a device with little room takes small slabs. */
const FULL = 0.75;

/** A root that the device takes, with its system. */
export interface DeviceRoot {
  readonly root: number;
  readonly system: StackSystem;
}

/** A box that came back from the device. */
export interface KeptBox {
  readonly root: number;
  readonly box: Box;
  readonly share: number;
}

/**
 * A search on a device: gives it boxes, takes those that come back, moves the lower half of a full stack to the host
 * and puts it back in the end. Boxes that the device discarded and boxes that came back together cover all that were
 * added, but for those that are still `open`.
 */
export class DeviceSearch {
  /** Boxes and parts that the device has done. */
  boxes = 0;
  /** Bands that it computed for these. */
  evaluations = 0;
  /** Share of the search's volume that it discarded. */
  settled = 0;
  /** Boxes that came back so far. */
  returned = 0;
  readonly #stack: DeviceStack;
  readonly #rounds: number;
  readonly #roots: readonly DeviceRoot[];
  /** Records that do not fit on the stack, the uppermost last. */
  readonly #waiting: Uint32Array<ArrayBuffer>[] = [];
  /** Records that came back. */
  readonly #kept: Uint32Array<ArrayBuffer>[] = [];
  #keptCount = 0;
  #top = 0;
  /** The stack as it was when it was last copied or written. */
  #checkpoint: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  #checkpointed = performance.now();
  #state: Uint32Array | undefined;
  /** Boxes added, and boxes discarded or returned, by depth; Σ share of those added. */
  readonly #added = new Float64Array(STATE_DEPTHS);
  readonly #done = new Float64Array(STATE_DEPTHS);
  #shares = 0;
  #volume = 0;

  constructor(stack: DeviceStack, rounds: number, roots: readonly DeviceRoot[]) {
    this.#stack = stack;
    this.#rounds = rounds;
    this.#roots = roots;
  }

  /** @returns undefined where the device does not take these roots. */
  static async open(stacks: DeviceStacks, roots: readonly DeviceRoot[]): Promise<DeviceSearch | undefined> {
    const stack = await stacks.open(roots.map(({ system }) => system));
    return stack === undefined ? undefined : new DeviceSearch(stack, stacks.rounds, roots);
  }

  /** Boxes that the device has still to do. */
  get open(): number {
    return this.#top + this.#waiting.reduce((sum, { length }) => sum + length, 0) / this.#stack.layout.stride;
  }

  /** Boxes that came back and were not popped. */
  get kept(): number {
    return this.#keptCount;
  }

  /** Adds boxes of one root, rounded outwards to float32. */
  add(root: number, boxes: readonly (Box & { readonly share: number })[]): void {
    const { layout } = this.#stack;
    const { stride } = layout;
    const system = this.#roots.findIndex((each) => each.root === root);
    const records = new Uint32Array(boxes.length * stride);
    boxes.forEach((box, i) => {
      const depth = Math.min(STATE_DEPTHS - 1, Math.max(0, Math.round(-Math.log2(box.share))));
      const lo = box.lo.map(float32Below);
      const hi = box.hi.map((x) => -float32Below(-x));
      const record = records.subarray(i * stride, (i + 1) * stride);
      writeRecord(record, layout, system, this.#roots[system]!.system, lo, hi, depth);
      this.#added[depth]!++;
      this.#volume += 2 ** -depth;
      this.#shares += box.share;
    });
    if (records.length > 0) this.#waiting.push(records);
  }

  /** @returns the last box that came back, removed; undefined if there is none. */
  pop(): KeptBox | undefined {
    const { stride } = this.#stack.layout;
    const last = this.#kept.at(-1);
    if (last === undefined) return undefined;
    const record = last.subarray(last.length - stride);
    this.#keptCount--;
    this.#kept.pop();
    if (last.length > stride) this.#kept.push(last.subarray(0, last.length - stride));
    return this.#unpack(record);
  }

  #unpack(record: Uint32Array<ArrayBuffer>): KeptBox {
    const { lo, hi, stride, dim } = this.#stack.layout;
    const floats = new Float32Array(record.buffer, record.byteOffset, stride);
    return {
      root: this.#roots[record[Field.system]!]!.root,
      box: {
        lo: Float64Array.from(floats.subarray(lo, lo + dim)),
        hi: Float64Array.from(floats.subarray(hi, hi + dim)),
      },
      share: this.#shareOf(record[Field.depth]!),
    };
  }

  #shareOf(depth: number): number {
    return (2 ** -depth * this.#shares) / this.#volume;
  }

  /**
   * Runs until no box is open, or until `stop` says so. What came back can be popped meanwhile.
   * @param stop asked before each launch. @param taken called after each launch, with a box that it discarded.
   * @throws what the device throws; StillpointError GPU_FAILED if it loses boxes. Then `recall` gives back what is
   *   open.
   */
  async run(stop: () => boolean, taken: (discarded: KeptBox | undefined) => void): Promise<void> {
    const underWay: Promise<LaunchReport>[] = [];
    /** Waits for all launches, so that the stack may be read and written. */
    const settle = async (): Promise<void> => {
      while (underWay.length > 0) this.#take(await underWay.shift()!, taken);
    };
    try {
      while (this.open > 0 && !stop()) {
        if (this.#top === 0) {
          await settle();
          if (this.#top === 0) this.#refill();
          if (this.#top === 0) continue;
        }
        if (performance.now() - this.#checkpointed > MILLISECONDS_BETWEEN_CHECKPOINTS) {
          await settle();
          await this.#save();
        }
        while (underWay.length < this.#stack.launchesInFlight) {
          const launch = this.#stack.launch(this.#rounds);
          // it is awaited in its turn; where one before it fails, its own failure must not count as unhandled
          launch.catch(() => {});
          underWay.push(launch);
        }
        const slab = this.#take(await underWay.shift()!, taken);
        if (this.#top > 0 && (slab === 0 || this.#top > FULL * this.#stack.capacity)) {
          await settle();
          if (this.#top > this.#stack.capacity / 2) await this.#spill();
        }
        while (this.#keptCount > MOST_WAITING && !stop()) {
          await settle();
          await new Pause().take(1);
        }
      }
      await settle();
      if (this.open === 0) this.#checkVolume();
    } catch (error) {
      // launches behind the one that failed fail too
      for (const launch of underWay) launch.catch(() => {});
      throw error;
    }
  }

  /** Takes the counters and the boxes of a launch. @returns the slab that a further round would take. */
  #take({ state, kept, discarded }: LaunchReport, taken: (discarded: KeptBox | undefined) => void): number {
    const { stride } = this.#stack.layout;
    const before = this.#state;
    const added = (at: number): number => (state[at]! - (before?.[at] ?? 0)) >>> 0;
    this.#top = state[State.top]!;
    this.boxes += added(State.boxes) + added(State.sieved);
    this.evaluations += added(State.evaluations) + added(State.partEvaluations);
    for (let depth = 0; depth < STATE_DEPTHS; depth++) {
      const count = added(State.depths + depth);
      this.#done[depth]! += count;
      if (count > 0) this.settled += count * this.#shareOf(depth);
    }
    this.#countDone(kept);
    this.#state = state;
    if (kept.length > 0) {
      this.#kept.push(kept);
      this.#keptCount += kept.length / stride;
      this.returned += kept.length / stride;
    }
    taken(discarded === undefined ? undefined : this.#unpack(discarded));
    return state[State.slab]!;
  }

  #countDone(records: Uint32Array<ArrayBuffer>): void {
    for (let at = 0; at < records.length; at += this.#stack.layout.stride) {
      this.#done[Math.min(records[at + Field.depth]!, STATE_DEPTHS - 1)]!++;
    }
  }

  /**
   * Checks that the discarded boxes and those that came back have the volume of those that were added, exactly: each
   * halving halves it.
   */
  #checkVolume(): void {
    const volume = (counts: Float64Array): bigint =>
      Array.from(counts).reduce((sum, count, depth) => sum + (BigInt(count) << BigInt(STATE_DEPTHS - depth)), 0n);
    // depths past the last are not told apart
    const sure = this.#done[STATE_DEPTHS - 1] === 0;
    if (!sure || volume(this.#done) === volume(this.#added)) return;
    throw new StillpointError(
      "GPU_FAILED",
      `of the ${this.boxes} boxes that the GPU did some were lost or done twice, so nothing that it said is believed. Use backend "cpu"`,
    );
  }

  /**
   * Gives back all that is open, to be popped: the device does no more of it. No launch may be under way.
   * @throws what the device throws; StillpointError GPU_FAILED if it has lost boxes.
   */
  async withdraw(): Promise<void> {
    await this.#save();
    const kept = this.#kept.length;
    this.recall();
    for (const records of this.#kept.slice(kept)) this.#countDone(records);
    this.#checkVolume();
  }

  /**
   * After the device has failed: gives back all that was open when the stack was last copied. What the device has done
   * since then is done again.
   */
  recall(): void {
    for (const records of [...this.#waiting, this.#checkpoint]) {
      if (records.length === 0) continue;
      this.#kept.push(records);
      this.#keptCount += records.length / this.#stack.layout.stride;
    }
    this.#waiting.length = 0;
    this.#checkpoint = new Uint32Array(0);
    this.#top = 0;
  }

  release(): void {
    this.#stack.release();
  }

  /** Puts waiting records on the empty stack. */
  #refill(): void {
    const { stride } = this.#stack.layout;
    const last = this.#waiting.pop();
    if (last === undefined) return;
    const most = Math.max(1, Math.floor(this.#stack.capacity / 2)) * stride;
    if (last.length > most) this.#waiting.push(last.slice(0, last.length - most));
    const records = last.slice(Math.max(0, last.length - most));
    this.#stack.write(records, 0);
    this.#top = records.length / stride;
    this.#checkpoint = records;
    this.#checkpointed = performance.now();
  }

  /** Moves the lower half of the stack to the host. */
  async #spill(): Promise<void> {
    const half = this.#top >> 1;
    this.#waiting.push(await this.#stack.read(0, half));
    await this.#stack.dropLowest(half, this.#top);
    this.#top -= half;
    await this.#save();
  }

  async #save(): Promise<void> {
    this.#checkpoint = await this.#stack.read(0, this.#top);
    this.#checkpointed = performance.now();
  }
}
