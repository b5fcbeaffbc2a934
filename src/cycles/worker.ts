import { unpackSystem } from "../model/transfer.ts";
import { BOXES } from "./boxes/search.ts";
import { POLYTOPES } from "./polytopes/search.ts";
import { type TreeDone, TreeTasks } from "./tree-tasks.ts";
import { doPayload, type TreePayload } from "./trees.ts";

/** The worker's side of trees: keeps what it made for the last key. */
export class CycleTreeWorker {
  #key: number | undefined;
  #tasks: TreeTasks | undefined;

  run(payload: TreePayload): TreeDone {
    if (payload.key !== this.#key || this.#tasks === undefined) {
      this.#tasks = new TreeTasks(unpackSystem(payload.system), payload.kind === "boxes" ? BOXES : POLYTOPES);
      this.#key = payload.key;
    }
    return doPayload(this.#tasks, payload);
  }
}
