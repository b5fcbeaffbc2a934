import type { Steps } from "../../base/steps.ts";
import type { Branching, OpenNode } from "./branching.ts";

/**
 * Walks the whole tree of one period depth first, as a recorder needs it.
 * @param settle takes shares of the tree that are done. @returns whether it was done within so many nodes.
 */
export function* walkingTree(branching: Branching, mostNodes: number, settle: (share: number) => void): Steps<boolean> {
  branching.begin(undefined);
  const root = yield* branching.firstRoot();
  if (root === undefined) settle(branching.shareOfRoot);
  else {
    branching.begin(root.signs);
    if (!(yield* descending(branching, [root.node], mostNodes, settle))) return false;
  }
  branching.begin(undefined);
  return yield* descending(branching, branching.others(), mostNodes, settle);
}

function* descending(
  branching: Branching,
  stack: OpenNode[],
  mostNodes: number,
  settle: (share: number) => void,
): Steps<boolean> {
  for (;;) {
    const node = stack.pop();
    if (node === undefined) return true;
    if (branching.tally.nodes >= mostNodes) return false;
    const children = yield* branching.visiting(node);
    if (children.length === 0) settle(node.share);
    stack.push(...children);
    yield;
  }
}
