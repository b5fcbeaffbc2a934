import { Field, type RecordLayout, STATE_DEPTHS, type StackSystem, writeRecord } from "../../stages/box-stack.ts";
import type { Box } from "../roots/problem.ts";
import { float32Below } from "../units/stack-system.ts";

/** A root that a device takes, with its system. */
export interface DeviceRoot {
  readonly root: number;
  readonly system: StackSystem;
}

/** A box that came back from a device. */
export interface KeptBox {
  readonly root: number;
  readonly box: Box;
  readonly share: number;
}

/** A box with the share of its model's volume. */
export type SharedBox = Box & { readonly share: number };

/** What one model has on a device: its roots, the boxes that it gave, those that came back, and counts. */
export class DeviceMember {
  readonly roots: readonly DeviceRoot[];
  /** Boxes and parts that the device has done, and bands that it computed for these. */
  boxes = 0;
  evaluations = 0;
  /** Boxes that came back so far. */
  returned = 0;
  /** Boxes that came back and were not popped. */
  kept = 0;
  /** Boxes that the device has still to do, where it has none under way. */
  open = 0;
  /** Share of the search's volume that the device discarded. */
  settled = 0;
  /** Σ share of the boxes given. */
  shares = 0;
  readonly #given: { readonly system: number; readonly boxes: readonly SharedBox[] }[] = [];
  readonly #kept: Uint32Array<ArrayBuffer>[] = [];
  /** The place of the first of its systems on the stack. */
  #first = 0;
  #layout: RecordLayout | undefined;
  /** Σ 2^−depth of the boxes given. */
  #volume = 0;

  constructor(roots: readonly DeviceRoot[]) {
    this.roots = roots;
  }

  /** Gives boxes of a root to the device. */
  add(root: number, boxes: readonly SharedBox[]): void {
    this.#given.push({ system: this.roots.findIndex((each) => each.root === root), boxes });
    this.open += boxes.length;
  }

  /**
   * The boxes given as records of a stack, rounded outwards to float32.
   * @param first the place of the first of its systems on the stack. @param added told of the depth of each box.
   */
  records(layout: RecordLayout, first: number, added: (depth: number) => void): Uint32Array<ArrayBuffer>[] {
    this.#layout = layout;
    this.#first = first;
    const { stride } = layout;
    return this.#given.splice(0).map(({ system, boxes }) => {
      const records = new Uint32Array(boxes.length * stride);
      boxes.forEach(({ lo, hi, share }, i) => {
        const depth = Math.min(STATE_DEPTHS - 1, Math.max(0, Math.round(-Math.log2(share))));
        const above = hi.map((x) => -float32Below(-x));
        const record = records.subarray(i * stride, (i + 1) * stride);
        writeRecord(record, layout, first + system, this.roots[system]!.system, lo.map(float32Below), above, depth);
        this.#volume += 2 ** -depth;
        this.shares += share;
        added(depth);
      });
      return records;
    });
  }

  /** Takes records that came back. */
  take(records: Uint32Array<ArrayBuffer>): void {
    this.#kept.push(records);
    this.kept += records.length / this.#layout!.stride;
  }

  /** @returns the last box that came back, removed; undefined if there is none. */
  pop(): KeptBox | undefined {
    const last = this.#kept.pop();
    if (last === undefined) return undefined;
    const before = last.length - this.#layout!.stride;
    if (before > 0) this.#kept.push(last.subarray(0, before));
    this.kept--;
    return this.unpack(last.subarray(before));
  }

  unpack(record: Uint32Array<ArrayBuffer>): KeptBox {
    const { lo, hi, stride, dim } = this.#layout!;
    const floats = new Float32Array(record.buffer, record.byteOffset, stride);
    return {
      root: this.roots[record[Field.system]! - this.#first]!.root,
      box: {
        lo: Float64Array.from(floats.subarray(lo, lo + dim)),
        hi: Float64Array.from(floats.subarray(hi, hi + dim)),
      },
      share: (2 ** -record[Field.depth]! * this.shares) / this.#volume,
    };
  }
}

/** The boxes of one model on a device, on a stack of its own or on one with others. */
export interface DeviceBoxes {
  readonly member: DeviceMember;
  /**
   * Runs until no box of the member is open, or until `stop` says so.
   * @param taken called after each launch, with a box of the member that it discarded.
   * @throws what the device throws; StillpointError GPU_FAILED if it loses boxes.
   */
  run(stop: () => boolean, taken: (discarded: KeptBox | undefined) => void): Promise<void>;
  /** Gives back all that is open, after `run` was stopped: only boxes on a stack of their own. */
  withdraw?(): Promise<void>;
  /** Gives back all that was open before the device failed. */
  recall(): void;
  release(): void;
}
