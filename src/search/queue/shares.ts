import type { Steps } from "../../base/steps.ts";
import { sha256 } from "../../model/sha256.ts";
import type { BoxSearch } from "./box-search.ts";
import { Outlook } from "./outlook.ts";
import type { QueuedBox } from "./plan.ts";
import { alone, type Parts } from "./split-box.ts";

/** Boxes that are opened: for each share, but at least so many in all. */
const OPENED_A_SHARE = 256;
const LEAST_OPENED = 4096;
/** A group with less than this part of a share is not opened. */
const FINE_ENOUGH = 1 / 64;
/** Groups are opened by size: those first that are larger than a limit, which then falls by this factor. */
const FALL = 0.7;

/** Boxes with the same outlook. */
interface Group {
  readonly root: number;
  readonly parts: Parts;
  /** Boxes that are expected of each part. */
  readonly outlook: number;
}

/** A search divided. */
export interface Shares {
  /** Boxes in all shares. */
  readonly boxes: number;
  /** A digest of all shares, by which it can be told whether others have divided the same boxes in the same way. */
  readonly digest: string;
  /** @param index from 0 on. */
  of(index: number): QueuedBox[];
}

/**
 * Divides what is left of a search into shares of about equal work (docs/design.md#parts).
 *
 * Before a box is done nobody knows how many are below it, and one in a thousand may hold a third of all. So boxes are
 * opened, always those with the largest outlook, until there are some hundreds for each share. The outlook is the same
 * for all models: it learns nothing here, so that a share need not do work of the others to know which is its own.
 *
 * All that is opened is done by `searches`, box for box as in any search.
 * @param queue is emptied. @returns shares that are the same on every machine of one kind.
 */
export function* sharing(searches: readonly BoxSearch[], queue: QueuedBox[], shares: number): Steps<Shares> {
  const opener = new Opener(searches, Math.max(LEAST_OPENED, OPENED_A_SHARE * shares));
  let groups: Group[] = [];
  // what is known of a box is of the box that it is a part of, which tells little of large ones
  for (const { root, box } of queue.splice(0)) {
    groups.push(...opener.split(root, alone(box)));
    yield;
  }
  let limit = groups.reduce((most, group) => Math.max(most, sizeOf(group)), 0);
  while (opener.left > 0 && groups.length > 0) {
    limit *= FALL;
    const all = groups.reduce((sum, group) => sum + sizeOf(group), 0);
    if (limit < (FINE_ENOUGH * all) / shares) break;
    groups = yield* opener.opening(groups, limit);
  }
  return dealt(groups, shares);
}

function sizeOf({ parts, outlook }: Group): number {
  return parts.count * outlook;
}

/** Deals the boxes of groups, those with the largest outlook first: to one share after the other, and back again. */
function dealt(groups: readonly Group[], shares: number): Shares {
  const order = groups.map((_, i) => i).sort((a, b) => groups[b]!.outlook - groups[a]!.outlook || a - b);
  const sorted = order.map((i) => groups[i]!);
  return {
    boxes: groups.reduce((sum, { parts }) => sum + parts.count, 0),
    digest: digestOf(sorted, shares),
    of: (index) => {
      const boxes: QueuedBox[] = [];
      let place = 0;
      for (const { root, parts } of sorted) {
        for (let i = 0; i < parts.count; i++, place++) {
          const at = place % shares;
          const isBack = Math.floor(place / shares) % 2 === 1;
          if (index === (isBack ? shares - 1 - at : at)) boxes.push({ root, box: parts.part(i) });
        }
      }
      return boxes;
    },
  };
}

function digestOf(groups: readonly Group[], shares: number): string {
  const bytes = ({ buffer, byteOffset, byteLength }: Float64Array | Int32Array) =>
    new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  const names = groups.flatMap(({ root, parts }) => [`${root} ${parts.count};`, ...parts.name.map(bytes)]);
  return sha256([`${shares};`, ...names]);
}

/** Does single boxes, up to a number of them. */
class Opener {
  readonly #searches: readonly BoxSearch[];
  readonly #outlook = new Outlook();
  /** Boxes that may still be opened. */
  left: number;

  constructor(searches: readonly BoxSearch[], left: number) {
    this.#searches = searches;
    this.left = left;
  }

  /** Does parts. @returns what is left of each. */
  split(root: number, parts: Parts): Group[] {
    const groups: Group[] = [];
    for (let i = 0; i < parts.count; i++) {
      this.left--;
      const left = this.#searches[root]!.split(parts.part(i));
      if (left !== undefined) groups.push({ root, parts: left, outlook: this.#outlook.of(left.clues) });
    }
    return groups;
  }

  /** Opens groups, and those that they leave, as long as they are larger than a limit. @returns those that are not. */
  *opening(groups: readonly Group[], limit: number): Steps<Group[]> {
    const rest: Group[] = [];
    const waiting = groups.toReversed();
    for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
      if (this.left <= 0 || sizeOf(group) <= limit) {
        rest.push(group);
        continue;
      }
      waiting.push(...this.split(group.root, group.parts));
      yield;
    }
    return rest;
  }
}
