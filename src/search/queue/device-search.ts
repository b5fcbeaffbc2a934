import { StillpointError } from "../../model/errors.ts";
import {
  COUNT_WORDS,
  Count,
  type DeviceStack,
  type DeviceStacks,
  Field,
  type LaunchReport,
  STATE_DEPTHS,
  State,
} from "../../stages/box-stack.ts";
import { Pause } from "../../stages/run.ts";
import type { DeviceBoxes, DeviceMember, KeptBox } from "./device-member.ts";

/** While more boxes than this wait for the host, the device waits too. */
const MOST_WAITING = 2 ** 17;
/** How often the stack is copied to the host: what a lost device has done since then is done again. */
const MILLISECONDS_BETWEEN_CHECKPOINTS = 2000;

/** Of a stack that is fuller than this the lower half goes to the host: a device with little room takes small slabs. */
const FULL = 0.75;

/**
 * A search on a device, of one model or of several on one stack: gives it their boxes, takes those that come back, moves
 * the lower half of a full stack to the host and puts it back in the end. Boxes that the device discarded and boxes that
 * came back together cover all that were given, but for those that are still `open`.
 */
export class DeviceSearch implements DeviceBoxes {
  readonly members: readonly DeviceMember[];
  readonly #stack: DeviceStack;
  readonly #rounds: number;
  /** The member of each system of the stack. */
  readonly #memberOf: readonly DeviceMember[];
  /** Records that do not fit on the stack, the uppermost last. */
  readonly #waiting: Uint32Array<ArrayBuffer>[] = [];
  #top = 0;
  /** The stack as it was when it was last copied or written. */
  #checkpoint: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  #checkpointed = performance.now();
  #before: Pick<LaunchReport, "state" | "counts"> | undefined;
  /** Boxes added, and boxes discarded or returned, by depth. */
  readonly #added = new Float64Array(STATE_DEPTHS);
  readonly #done = new Float64Array(STATE_DEPTHS);
  /** Σ 2^−depth of the boxes added, and of those discarded. */
  #volumeAdded = 0;
  #volumeDiscarded = 0;

  constructor(stack: DeviceStack, rounds: number, members: readonly DeviceMember[]) {
    this.#stack = stack;
    this.#rounds = rounds;
    this.members = members;
    this.#memberOf = members.flatMap((member) => member.roots.map(() => member));
  }

  /** @returns undefined where the device does not take these roots. */
  static async open(stacks: DeviceStacks, members: readonly DeviceMember[]): Promise<DeviceSearch | undefined> {
    const stack = await stacks.open(members.flatMap(({ roots }) => roots.map(({ system }) => system)));
    return stack === undefined ? undefined : new DeviceSearch(stack, stacks.rounds, members);
  }

  /** The only member of a search of one model. */
  get member(): DeviceMember {
    return this.members[0]!;
  }

  /** Boxes that the device has still to do. */
  get #open(): number {
    return this.#top + this.#waiting.reduce((sum, { length }) => sum + length, 0) / this.#stack.layout.stride;
  }

  /** Boxes of all members that came back and were not popped. */
  get #kept(): number {
    return this.members.reduce((sum, { kept }) => sum + kept, 0);
  }

  /** Takes the boxes that the members give. */
  #begin(): void {
    let first = 0;
    for (const member of this.members) {
      const given = member.records(this.#stack.layout, first, (depth) => {
        this.#added[depth]!++;
        this.#volumeAdded += 2 ** -depth;
      });
      this.#waiting.push(...given.filter(({ length }) => length > 0));
      first += member.roots.length;
    }
  }

  /**
   * Runs until no box is open, or until `stop` says so. What came back can be popped meanwhile.
   * @param stop asked before each launch.
   * @param taken called after each launch, with a box that it discarded and that box's member.
   * @throws what the device throws; StillpointError GPU_FAILED if it loses boxes. Then `recall` gives back what is
   *   open.
   */
  async run(stop: () => boolean, taken: (discarded?: KeptBox, of?: DeviceMember) => void): Promise<void> {
    const underWay: Promise<LaunchReport>[] = [];
    /** Waits for all launches, so that the stack may be read and written. */
    const settle = async (): Promise<void> => {
      while (underWay.length > 0) this.#take(await underWay.shift()!, taken);
    };
    this.#begin();
    try {
      while (this.#open > 0 && !stop()) {
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
        while (this.#kept > MOST_WAITING && !stop()) {
          await settle();
          await new Pause().take(1);
        }
      }
      await settle();
      if (this.#open === 0) this.#checkVolume();
      await this.#countOpen();
    } catch (error) {
      // launches behind the one that failed fail too
      for (const launch of underWay) launch.catch(() => {});
      throw error;
    }
  }

  /** Takes the counters and the boxes of a launch. @returns the slab that a further round would take. */
  #take(report: LaunchReport, taken: (discarded?: KeptBox, of?: DeviceMember) => void): number {
    const { state, counts, kept, discarded } = report;
    const before = this.#before;
    this.#before = report;
    this.#top = state[State.top]!;
    this.#memberOf.forEach((member, system) => {
      const added = (count: number): number => {
        const at = COUNT_WORDS * system + count;
        return (counts[at]! - (before?.counts[at] ?? 0)) >>> 0;
      };
      member.boxes += added(Count.boxes) + added(Count.sieved);
      member.evaluations += added(Count.evaluations) + added(Count.partEvaluations);
    });
    for (let depth = 0; depth < STATE_DEPTHS; depth++) {
      const at = State.depths + depth;
      const count = (state[at]! - (before?.state[at] ?? 0)) >>> 0;
      if (count === 0) continue;
      this.#done[depth]! += count;
      this.#volumeDiscarded += count * 2 ** -depth;
    }
    const part = this.#volumeDiscarded / this.#volumeAdded;
    for (const member of this.members) member.settled = part * member.shares;
    this.#countDone(kept);
    this.#eachRun(kept, (member, records) => {
      member.take(records);
      member.returned += records.length / this.#stack.layout.stride;
    });
    if (discarded === undefined) taken();
    else {
      const member = this.#memberOf[discarded[Field.system]!]!;
      taken(member.unpack(discarded), member);
    }
    return state[State.slab]!;
  }

  /** Tells of records that follow each other and are of one member. */
  #eachRun(
    records: Uint32Array<ArrayBuffer>,
    tell: (of: DeviceMember, records: Uint32Array<ArrayBuffer>) => void,
  ): void {
    const { stride } = this.#stack.layout;
    const memberAt = (at: number) => this.#memberOf[records[at + Field.system]!]!;
    for (let from = 0; from < records.length; ) {
      const member = memberAt(from);
      let to = from + stride;
      while (to < records.length && memberAt(to) === member) to += stride;
      tell(member, records.subarray(from, to));
      from = to;
    }
  }

  /** Tells the members how many of their boxes are open. No launch may be under way. */
  async #countOpen(): Promise<void> {
    for (const member of this.members) member.open = 0;
    if (this.members.length === 1) this.member.open = this.#open;
    if (this.members.length === 1 || this.#open === 0) return;
    const { stride } = this.#stack.layout;
    for (const records of [...this.#waiting, await this.#stack.read(0, this.#top)]) {
      this.#eachRun(records, (member, { length }) => {
        member.open += length / stride;
      });
    }
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
    const boxes = this.members.reduce((sum, member) => sum + member.boxes, 0);
    throw new StillpointError(
      "GPU_FAILED",
      `of the ${boxes} boxes that the GPU did some were lost or done twice, so nothing that it said is believed. Use backend "cpu"`,
    );
  }

  /**
   * Gives back all that is open, to be popped: the device does no more of it. No launch may be under way.
   * @throws what the device throws; StillpointError GPU_FAILED if it has lost boxes.
   */
  async withdraw(): Promise<void> {
    await this.#save();
    for (const records of [...this.#waiting, this.#checkpoint]) this.#countDone(records);
    this.recall();
    this.#checkVolume();
  }

  /**
   * After the device has failed: gives back all that was open when the stack was last copied. What the device has done
   * since then is done again.
   */
  recall(): void {
    for (const records of [...this.#waiting, this.#checkpoint])
      this.#eachRun(records, (member, some) => member.take(some));
    for (const member of this.members) member.open = 0;
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
