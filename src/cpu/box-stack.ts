import {
  Answer,
  COUNT_WORDS,
  Count,
  type DeviceStack,
  type DeviceStacks,
  Field,
  type LaunchReport,
  MOST_STACK_PARTS,
  type RecordLayout,
  STATE_DEPTHS,
  STATE_WORDS,
  type StackSystem,
  State,
  StepKind,
} from "../stages/box-stack.ts";
import { BoxStep } from "./box-step/step.ts";

/** Sizes of a stack, in records. */
export interface StackSizes {
  /** Rounds of a launch. */
  readonly rounds: number;
  readonly capacity: number;
  readonly slab: number;
  readonly kept: number;
}

const DEFAULT_SIZES: StackSizes = { rounds: 16, capacity: 2 ** 13, slab: 64, kept: 2 ** 12 };

/** The stack of a device as plain loops: what `shaders/box_step.wgsl`, `box_plan.wgsl` and `box_scatter.wgsl` do. */
export class TwinStacks implements DeviceStacks {
  readonly #sizes: StackSizes;

  constructor(sizes: Partial<StackSizes> = {}) {
    this.#sizes = { ...DEFAULT_SIZES, ...sizes };
  }

  get rounds(): number {
    return this.#sizes.rounds;
  }

  fit(_: readonly StackSystem[]): boolean {
    return true;
  }

  async open(systems: readonly StackSystem[]): Promise<TwinStack> {
    return new TwinStack(systems, this.#sizes);
  }
}

export class TwinStack implements DeviceStack {
  readonly layout: RecordLayout;
  readonly capacity: number;
  readonly launchesInFlight = 1;
  readonly #step: BoxStep;
  readonly #sizes: StackSizes;
  readonly #stack: Uint32Array<ArrayBuffer>;
  readonly #answers: Uint32Array<ArrayBuffer>;
  readonly #kept: Uint32Array<ArrayBuffer>;
  readonly #state = new Uint32Array(STATE_WORDS);
  readonly #counts: Uint32Array;
  readonly #discarded: Uint32Array<ArrayBuffer>;

  constructor(systems: readonly StackSystem[], sizes: StackSizes) {
    this.#step = new BoxStep(systems);
    this.#sizes = sizes;
    this.layout = this.#step.layout;
    this.capacity = sizes.capacity;
    this.#stack = new Uint32Array(sizes.capacity * this.layout.stride);
    this.#answers = new Uint32Array(sizes.slab * this.#step.answerStride);
    this.#counts = new Uint32Array(systems.length * COUNT_WORDS);
    this.#discarded = new Uint32Array(this.layout.stride);
    this.#kept = new Uint32Array(sizes.kept * this.layout.stride);
  }

  write(records: Uint32Array<ArrayBuffer>, at: number): void {
    const { stride } = this.layout;
    this.#stack.set(records, at * stride);
    this.#state[State.top] = at + records.length / stride;
  }

  async launch(rounds: number): Promise<LaunchReport> {
    this.#state[State.kept] = 0;
    this.#state[State.audit] = 0;
    this.#planSlab();
    for (let round = 0; round < rounds && this.#state[State.slab]! > 0; round++) this.#round();
    return {
      state: this.#state.slice(),
      counts: this.#counts.slice(),
      discarded: this.#state[State.audit] === 0 ? undefined : this.#discarded.slice(),
      kept: this.#kept.slice(0, this.#state[State.kept]! * this.layout.stride),
    };
  }

  #planSlab(): void {
    const { capacity, slab, kept } = this.#sizes;
    const top = this.#state[State.top]!;
    const room = Math.floor((capacity - top) / (MOST_STACK_PARTS - 1));
    this.#state[State.slab] = Math.min(slab, top, room, kept - this.#state[State.kept]!);
  }

  #round(): void {
    const state = this.#state;
    const { stride } = this.layout;
    const { answerStride } = this.#step;
    const size = state[State.slab]!;
    state[State.top]! -= size;
    const answers = this.#answers;
    for (let i = 0; i < size; i++) {
      const from = (state[State.top]! + i) * stride;
      this.#step.run(
        this.#stack.subarray(from, from + stride),
        answers.subarray(i * answerStride, (i + 1) * answerStride),
      );
    }
    const first = Array.from({ length: size }, (_, i) => i).find(
      (i) => answers[i * answerStride + Answer.kind] === StepKind.empty,
    );
    if (first !== undefined) {
      state[State.audit] = 1;
      const from = first * answerStride + Answer.record;
      this.#discarded.set(answers.subarray(from, from + stride));
    }
    for (let i = 0; i < size; i++) this.#take(answers.subarray(i * answerStride, (i + 1) * answerStride));
    state[State.rounds]!++;
    this.#planSlab();
  }

  /** Counts a box, and puts its parts on the stack or the box itself to the kept ones. */
  #take(answer: Uint32Array): void {
    const state = this.#state;
    const { stride } = this.layout;
    const left = answer.subarray(Answer.record, Answer.record + stride);
    const kind = answer[Answer.kind];
    const counts = this.#counts.subarray(left[Field.system]! * COUNT_WORDS);
    counts[Count.boxes]!++;
    counts[Count.evaluations]! += answer[Answer.looked]!;
    const depth = State.depths + Math.min(left[Field.depth]!, STATE_DEPTHS - 1);
    if (kind === StepKind.empty) state[depth]!++;
    if (kind === StepKind.kept) this.#kept.set(left, state[State.kept]!++ * stride);
    if (kind !== StepKind.again && kind !== StepKind.split) return;
    const halvings = answer[Answer.halvings]!;
    const parts = partsOf(answer, this.layout);
    for (const part of parts) this.#stack.set(part, state[State.top]!++ * stride);
    const gone = (1 << halvings) - parts.length;
    if (kind === StepKind.split) counts[Count.partEvaluations]! += left[Field.count]! << halvings;
    counts[Count.sieved]! += gone;
    state[depth]! += gone;
  }

  async read(from: number, to: number): Promise<Uint32Array<ArrayBuffer>> {
    const { stride } = this.layout;
    return this.#stack.slice(from * stride, to * stride);
  }

  async dropLowest(count: number, top: number): Promise<void> {
    this.#stack.copyWithin(0, count * this.layout.stride, top * this.layout.stride);
    this.#state[State.top] = top - count;
  }

  release(): void {}
}

/** The records of the parts that an answer leaves of its box. */
export function partsOf(answer: Uint32Array, { lo, hi, stride }: RecordLayout): Uint32Array[] {
  const left = answer.subarray(Answer.record, Answer.record + stride);
  const halvings = answer[Answer.halvings]!;
  const parts: Uint32Array[] = [];
  for (let part = 0; part < 1 << halvings; part++) {
    if (((answer[Answer.parts]! >> part) & 1) === 0) continue;
    const record = left.slice();
    for (let k = 0; k < halvings; k++) {
      const side = (part >> k) & 1 ? lo : hi;
      record[side + answer[Answer.axes + k]!] = answer[Answer.cuts + (1 << k) - 1 + (part & ((1 << k) - 1))]!;
    }
    parts.push(record);
  }
  return parts;
}
