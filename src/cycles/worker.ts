import { unpackSystem } from "../model/transfer.ts";
import { BOXES } from "./boxes/search.ts";
import { OrbitTasks } from "./orbits/orbit-tasks.ts";
import { doOrbitPayload, type OrbitPayload } from "./orbits/search-orbits.ts";
import { POLYTOPES } from "./polytopes/search.ts";
import { TreeTasks } from "./tree-tasks.ts";
import { doPayload, type TreePayload } from "./trees.ts";

/** The worker's side of a search for words: keeps what it made for the last search. */
export class CycleWorker {
  #trees: { readonly key: number; readonly tasks: TreeTasks } | undefined;
  #orbits: { readonly key: number; readonly tasks: OrbitTasks } | undefined;

  /** The job "cycleTree". */
  tree(payload: TreePayload) {
    const { key, system, kind } = payload;
    if (this.#trees?.key !== key) {
      this.#orbits = undefined;
      this.#trees = { key, tasks: new TreeTasks(unpackSystem(system), kind === "boxes" ? BOXES : POLYTOPES) };
    }
    return doPayload(this.#trees.tasks, payload);
  }

  /** The job "cycleOrbits". */
  orbits(payload: OrbitPayload) {
    const { key, system } = payload;
    if (this.#orbits?.key !== key) {
      this.#trees = undefined;
      this.#orbits = { key, tasks: new OrbitTasks(unpackSystem(system)) };
    }
    return doOrbitPayload(this.#orbits.tasks, payload);
  }
}
