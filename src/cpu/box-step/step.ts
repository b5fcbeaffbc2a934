import {
  Answer,
  FEW_UNDECIDED,
  Field,
  type RecordLayout,
  STACK_SHRINK,
  STALE_PER_COORDINATE,
  type StackSystem,
  StepKind,
} from "../../stages/box-stack.ts";
import { contract, findFunctionals, nearnessOf } from "./functionals.ts";
import { BoxNumbers } from "./numbers.ts";
import { chooseHalves, sieve } from "./parts.ts";
import { completeRows, sumBands } from "./rows.ts";

/**
 * One step of the search on a device (stages/box-stack.ts), as `shaders/box_step.wgsl` does it, with the same
 * operations in the same order. Float32 arrays round numbers when they are stored, `fround` rounds the others.
 */
export class BoxStep {
  readonly #numbers: BoxNumbers;

  constructor(systems: readonly StackSystem[]) {
    this.#numbers = new BoxNumbers(systems);
  }

  get layout(): RecordLayout {
    return this.#numbers.layout;
  }

  /** Words of an answer. */
  get answerStride(): number {
    return Answer.record + this.layout.stride;
  }

  /** Does the box `record`, and writes the answer. */
  run(record: Uint32Array, answer: Uint32Array): void {
    const { dim: R, lo, hi, undecided, stride, words } = this.layout;
    const box = this.#numbers;
    answer.fill(0, 0, Answer.record);
    const left = answer.subarray(Answer.record, Answer.record + stride);
    left.set(record);
    left[Field.stale] = 0;
    box.select(record[Field.system]!);
    const floats = new Float32Array(left.buffer, left.byteOffset, stride);
    box.lo.set(floats.subarray(lo, lo + R));
    box.hi.set(floats.subarray(hi, hi + R));
    box.centre(box.lo, box.hi, 0);
    const before = listUnits(left.subarray(undecided, undecided + words), box.open);
    const count = sumBands(box, left, before);
    left[Field.count] = count;
    answer[Answer.looked] = before;
    completeRows(box, left, before);
    const functional = findFunctionals(box);
    const nearness = functional ? nearnessOf(box, count) : 1;
    if (nearness < 0) return;
    let blurred = !functional;
    let shrunk = false;
    if (functional) {
      const contracted = contract(box);
      if (contracted === "empty") return;
      blurred = contracted.blurred;
      shrunk = contracted.volume < STACK_SHRINK;
    }
    floats.set(box.lo, lo);
    floats.set(box.hi, hi);
    const stale = count < record[Field.count]! ? 0 : record[Field.stale]!;
    left[Field.stale] = stale;
    if (shrunk && !blurred) {
      left[Field.stale] = stale + 1;
      answer[Answer.kind] = StepKind.again;
      answer[Answer.parts] = 1;
      return;
    }
    const ended = count <= FEW_UNDECIDED || stale >= STALE_PER_COORDINATE * R || blurred;
    const halvings = ended ? 0 : chooseHalves(box, nearness, answer);
    if (halvings === 0) {
      answer[Answer.kind] = StepKind.kept;
      return;
    }
    answer[Answer.kind] = StepKind.split;
    answer[Answer.halvings] = halvings;
    answer[Answer.parts] = sieve(box, halvings, count);
    left[Field.depth]! += halvings;
    left[Field.stale]! += halvings;
  }
}

/** Lists the units of a set in their order. @returns how many. */
function listUnits(bits: Uint32Array, out: Int32Array): number {
  let count = 0;
  bits.forEach((word, w) => {
    for (let rest = word; rest !== 0; rest &= rest - 1) out[count++] = 32 * w + 31 - Math.clz32(rest & -rest);
  });
  return count;
}
