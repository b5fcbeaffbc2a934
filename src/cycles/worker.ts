import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type SentSystem, unpackSystem } from "../model/transfer.ts";
import { BOXES } from "./boxes/search.ts";
import { OrbitTasks } from "./orbits/orbit-tasks.ts";
import { doOrbitPayload, type OrbitPayload } from "./orbits/search-orbits.ts";
import { POLYTOPES } from "./polytopes/search.ts";
import { TreeTasks } from "./tree-tasks.ts";
import { doPayload, type TreePayload } from "./trees.ts";

/** The worker's side of a search for words: keeps what it made for the last system. */
export class CycleWorker {
  #key: number | undefined;
  #system: PiecewiseLinearSystem | undefined;
  readonly #trees = new Map<TreePayload["kind"], TreeTasks>();
  #orbits: OrbitTasks | undefined;

  /** The job "cycleTree". */
  tree(payload: TreePayload) {
    const { kind } = payload;
    const system = this.#unpacked(payload);
    const tasks = this.#trees.get(kind) ?? new TreeTasks(system, kind === "boxes" ? BOXES : POLYTOPES);
    this.#trees.set(kind, tasks);
    return doPayload(tasks, payload);
  }

  /** The job "cycleOrbits". */
  orbits(payload: OrbitPayload) {
    const system = this.#unpacked(payload);
    this.#orbits ??= new OrbitTasks(system);
    return doOrbitPayload(this.#orbits, payload);
  }

  #unpacked({ key, system }: SentSystem): PiecewiseLinearSystem {
    if (this.#system !== undefined && key === this.#key) return this.#system;
    this.#trees.clear();
    this.#orbits = undefined;
    this.#key = key;
    this.#system = unpackSystem(system);
    return this.#system;
  }
}
