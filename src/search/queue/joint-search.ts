import { StillpointError } from "../../model/errors.ts";
import type { DeviceStacks } from "../../stages/box-stack.ts";
import { type DeviceBoxes, DeviceMember, type DeviceRoot, type KeptBox } from "./device-member.ts";
import { DeviceSearch } from "./device-search.ts";

/** The place of one model in a `JointSearch`. */
export interface JointSeat {
  /** @returns undefined where the device does not take these roots. */
  enter(stacks: DeviceStacks, roots: readonly DeviceRoot[]): DeviceBoxes | undefined;
  /** Once the model is solved: whether it has had boxes for the device or not, nobody waits for it. */
  leave(): void;
}

/** A member that has given its boxes. */
interface Waiting {
  readonly stacks: DeviceStacks;
  readonly member: DeviceMember;
  readonly stop: () => boolean;
  readonly taken: (discarded: KeptBox | undefined) => void;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Searches of several models on one device: their boxes share one stack, so that small searches too keep the device
 * busy. The stack is opened once each of the models has given its boxes or is solved. All then end together; one that
 * is stopped before the others is done to the end all the same.
 */
export class JointSearch {
  readonly #waiting: Waiting[] = [];
  /** Models that have not given their boxes and are not solved. */
  #awaited: number;

  /** @param models that will take a seat. */
  constructor(models: number) {
    this.#awaited = models;
  }

  seat(): JointSeat {
    let isAwaited = true;
    const leave = (): void => {
      if (isAwaited && --this.#awaited === 0) void this.#run();
      isAwaited = false;
    };
    const enter = (stacks: DeviceStacks, roots: readonly DeviceRoot[]): DeviceBoxes | undefined => {
      if (!stacks.fit(roots.map(({ system }) => system))) return undefined;
      const member = new DeviceMember(roots);
      const run: DeviceBoxes["run"] = (stop, taken) =>
        new Promise((end, fail) => {
          this.#waiting.push({ stacks, member, stop, taken, end, fail });
          leave();
        });
      // the joint search itself recalls what is open, and releases its stack
      return { member, run, recall: () => {}, release: () => {} };
    };
    return { enter, leave };
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      try {
        await runTogether(group);
        for (const { end } of group) end();
      } catch (error) {
        for (const { fail } of group) fail(error);
      }
    }
  }

  /** Takes members of one R out of those that wait, as many as the device takes at once. */
  #nextGroup(): Waiting[] {
    const group = [this.#waiting.shift()!];
    const dimOf = ({ member }: Waiting): number => member.roots[0]!.system.dim;
    for (let at = 0; at < this.#waiting.length; ) {
      const next = this.#waiting[at]!;
      const systems = [...group, next].flatMap(({ member }) => member.roots.map(({ system }) => system));
      if (dimOf(next) === dimOf(group[0]!) && next.stacks.fit(systems)) group.push(...this.#waiting.splice(at, 1));
      else at++;
    }
    return group;
  }
}

async function runTogether(group: readonly Waiting[]): Promise<void> {
  const search = await DeviceSearch.open(
    group[0]!.stacks,
    group.map(({ member }) => member),
  );
  if (search === undefined) throw new StillpointError("INTERNAL", "the device refuses a stack that it has room for");
  try {
    await search.run(
      () => group.every(({ stop }) => stop()),
      (discarded, of) => {
        for (const { member, taken } of group) taken(member === of ? discarded : undefined);
      },
    );
  } catch (error) {
    search.recall();
    throw error;
  } finally {
    search.release();
  }
}
