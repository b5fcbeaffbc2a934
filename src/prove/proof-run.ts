import { plural } from "../base/words.ts";
import type { RootBox } from "../check/check.ts";
import type { Claim } from "../check/claim.ts";
import { type Apex, apexOf, coneFaces } from "../check/cones.ts";
import type { Cone } from "../check/proof.ts";
import { Regions } from "../check/regions.ts";
import { type RootTable, rootTable } from "../check/root.ts";
import { key } from "../exact/rational.ts";
import { packSystem } from "../model/transfer.ts";
import type { Model } from "../model/types.ts";
import {
  MESSAGES_PER_WORKER,
  MILLISECONDS_BETWEEN_ANSWERS,
  runningBeside,
  type WorkerPool,
  workersBeside,
} from "../stages/pool.ts";
import { Pause, type RunControl, Turns } from "../stages/run.ts";
import { type Cover, coneOf, coverOf } from "./covers.ts";
import { encodeTrees } from "./encode.ts";
import { type Branch, wholeBranch } from "./parts.ts";
import {
  type BranchPayload,
  type BranchReply,
  BranchWorker,
  exactRootOf,
  listingOf,
  type ProvedBranch,
  type RootTask,
  writtenBy,
} from "./root-task.ts";
import { type ProofSpace, scaleOf, spaceOf } from "./space.ts";
import { TreeProver } from "./tree.ts";
import { Unproved } from "./unproved.ts";

/** Limits of a proof by trees. */
export interface ProofControl extends Pick<RunControl, "deadline" | "signal" | "onProgress"> {
  /** Worker threads, asked for only once the proof has proved long. This thread works too. */
  readonly pool?: (() => WorkerPool | undefined) | undefined;
  /** How long the proof runs on this thread alone; default 400. */
  readonly millisecondsBeforeThreads?: number | undefined;
}

const DEFAULT_MILLISECONDS_BEFORE_THREADS = 400;
/** Boxes between two looks at the clock. */
const PORTION = 256;
/** Hyperplanes in which a piece lies for which it gets a cone, and how many such pieces do. */
const LEAST_TIES = 7;
const MOST_TIED_PIECES = 64;
/** Milliseconds after which others get their turn. */
const TURN = 30;

/** A root as this thread has it. */
interface PreparedRoot {
  readonly task: RootTask;
  readonly number: number;
  readonly table: RootTable;
  /** The prover of this thread, once it has one. */
  prover: TreeProver | undefined;
  readonly tree: Node;
}

/** A branch, what is written of it once it is proved, and the branches after it in preorder. */
interface Node {
  readonly root: number;
  readonly branch: Branch;
  written: ProvedBranch | undefined;
  readonly split: Node[];
}

/** There is another way than so many boxes. */
export class OutOfBoxes extends Error {}

let nextKey = 0;

/**
 * One proof by trees: its roots, and the branches of these that are still to be proved, on this thread and, once that
 * has taken long, on workers too. Where branches are split does not depend on who proves them, so neither does the
 * file.
 */
export class ProofRun {
  /** Boxes that are done. */
  boxes = 0;
  readonly #model: Model;
  readonly #claim: Claim;
  readonly #control: ProofControl;
  readonly #mostBoxes: number;
  readonly #regions: Regions;
  readonly #space: ProofSpace;
  readonly #started = performance.now();
  readonly #turns = new Turns(TURN);
  readonly #answers = new Turns(MILLISECONDS_BETWEEN_ANSWERS);
  readonly #roots: PreparedRoot[] = [];
  /** Branches that nobody has begun: the outermost first. */
  readonly #queue: Node[] = [];
  #settled = 0;
  #expected = 1;
  #underWay = 0;
  #failure: { readonly error: unknown } | undefined;
  readonly #pause = new Pause();
  #common: Pick<BranchPayload, "key" | "system" | "basis" | "claim" | "hasContinua"> | undefined;

  /** @param mostBoxes after which to give up with OutOfBoxes. Throws a Refusal where the claim lists wrong things. */
  constructor(model: Model, claim: Claim, control: ProofControl, mostBoxes: number) {
    this.#model = model;
    this.#claim = claim;
    this.#control = control;
    this.#mostBoxes = mostBoxes;
    this.#regions = new Regions(model.system);
    this.#regions.list(claim);
    this.#space = spaceOf(model.system, this.#regions.points);
  }

  /** @returns the bytes of the proof. Throws Unproved, OutOfBoxes. */
  async run(): Promise<Uint8Array> {
    const { coordinates, space, roots, basis } = this.#space;
    this.#expected = roots.length;
    const waiting: (() => Promise<void>)[] = roots.map((box) => () => this.#prepare(box));
    let cones: readonly Cone[] | undefined;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      await this.#tick();
      const next = this.#queue.pop();
      if (next !== undefined) await this.#alone(next);
      else if (waiting.length > 0) await waiting.shift()!();
      else if (cones === undefined) {
        cones = this.#cones();
        for (const { point, halfwidths } of cones) {
          const { signs } = apexOf(this.#regions, coordinates, point)!;
          for (const face of coneFaces(halfwidths)) {
            waiting.push(() => this.#prepare({ ...face, face: undefined }, signs));
          }
        }
        this.#expected += waiting.length;
      } else if (this.#underWay === 0) break;
      else await this.#pause.take(TURN);
    }
    const proved = this.#roots.map(({ task: { scale, covers }, tree }) => ({
      scale,
      covers,
      branches: writtenOf(tree),
    }));
    return encodeTrees(this.#model.sha256, space, cones, basis, proved, coordinates.root.dim);
  }

  /** Makes a root ready: its table, its covers, and all of it as one branch. @param cone signs at the point of one. */
  async #prepare(box: RootBox, cone?: Int8Array): Promise<void> {
    const { coordinates } = this.#space;
    const exact = exactRootOf(coordinates.root, { ...box, ...(cone && { cone }) });
    const scale = scaleOf(exact, box.lo, box.hi);
    const table = rootTable(exact, box.lo, box.hi, scale);
    const covers: Cover[] = [];
    if (cone === undefined) {
      const { points } = this.#regions;
      for (let point = 0; point < points.length; point++) {
        const cover = coverOf(table, box, apexOf(this.#regions, coordinates, point)!, point);
        if (cover !== undefined) covers.push(cover);
        await this.#tick();
      }
      if (box.face === undefined) {
        for (const [point, tip] of this.#tiedPieces()) {
          const cover = coneOf(table, box, tip, point);
          if (cover !== undefined) covers.push(cover);
          await this.#tick();
        }
      }
    }
    const number = this.#roots.length;
    const tree: Node = { root: number, branch: wholeBranch(box), written: undefined, split: [] };
    this.#roots.push({
      task: { ...box, ...(cone && { cone }), scale, covers },
      number,
      table,
      prover: undefined,
      tree,
    });
    this.#queue.push(tree);
  }

  /**
   * Pieces that lie in so many hyperplanes that boxes there meet too many regions; of those with one hull the first.
   */
  #tiedPieces(): Map<number, Apex> {
    const { points, pieces } = this.#regions;
    const tips = new Map<number, Apex>();
    const hulls = new Set<string>();
    for (let q = 0; q < pieces.length && tips.size < MOST_TIED_PIECES; q++) {
      const ties = pieces[q]!.inner.signs.reduce((sum, s) => sum + Number(s === 0), 0);
      if (ties < LEAST_TIES) continue;
      const tip = apexOf(this.#regions, this.#space.coordinates, points.length + q)!;
      const hull = `${tip.signs} ${tip.basis.flat().map(key)}`;
      if (!hulls.has(hull)) tips.set(points.length + q, tip);
      hulls.add(hull);
    }
    return tips;
  }

  /** A cone of the size of the root for each tip that is covered by one. */
  #cones(): Cone[] {
    const { covers, lo, hi } = this.#roots[0]!.task;
    return covers
      .filter(({ cone }) => cone)
      .map(({ point }) => {
        const { pivots } = apexOf(this.#regions, this.#space.coordinates, point)!;
        const widths = Array.from(lo, (from, k) => 2 ** Math.floor(Math.log2(0.5 * (hi[k]! - from) || 1)));
        return { point, halfwidths: widths.map((s, k) => (pivots.includes(k) ? 0 : s)) };
      });
  }

  /** Proves a branch on this thread. What is split off from it others may begin meanwhile. */
  async #alone(node: Node): Promise<void> {
    const root = this.#roots[node.root]!;
    const { task, table } = root;
    root.prover ??= new TreeProver(table, task.covers, listingOf(this.#regions, task));
    const { prover } = root;
    prover.begin(node.branch);
    for (let ready = false; !ready; ) {
      const { done, settled } = prover;
      ready = prover.step(PORTION);
      this.#splitOff(node, prover.split.splice(0));
      this.#count(prover.done - done, prover.settled - settled);
      if (!ready) await this.#tick();
    }
    node.written = writtenBy(prover);
  }

  /** Queues what was split off from a branch: in preorder it comes before what was split off earlier. */
  #splitOff(node: Node, split: readonly Branch[]): void {
    const nodes = split.map((branch): Node => ({ root: node.root, branch, written: undefined, split: [] }));
    node.split.unshift(...nodes);
    this.#queue.push(...nodes.reverse());
  }

  #count(boxes: number, settled: number): void {
    this.boxes += boxes;
    this.#settled += settled;
    if (this.boxes > this.#mostBoxes) throw new OutOfBoxes();
  }

  /** The worker threads, once the proof has proved long. */
  #pool(): WorkerPool | undefined {
    const alone = this.#control.millisecondsBeforeThreads ?? DEFAULT_MILLISECONDS_BEFORE_THREADS;
    return performance.now() - this.#started < alone ? undefined : this.#control.pool?.();
  }

  /** Gives workers branches; the last one is for this thread. */
  #send(): void {
    if (this.#queue.length < 2) return;
    const pool = this.#pool();
    if (pool === undefined) return;
    const most = MESSAGES_PER_WORKER * runningBeside(pool);
    while (this.#queue.length > 1 && this.#underWay < most) {
      const node = this.#queue.shift()!;
      this.#underWay++;
      this.#elsewhere(pool, node)
        .catch((error: unknown) => {
          this.#failure ??= { error };
        })
        .finally(() => {
          this.#underWay--;
          this.#pause.end();
        });
    }
  }

  /** Has a worker prove a branch. */
  async #elsewhere(pool: WorkerPool, node: Node): Promise<void> {
    const { task } = this.#roots[node.root]!;
    const { deadline } = this.#control;
    const endsAt = deadline === undefined ? undefined : Date.now() + deadline - performance.now();
    this.#common ??= {
      key: nextKey++,
      system: packSystem(this.#model.system),
      basis: this.#space.basis,
      claim: JSON.stringify(this.#claim),
      hasContinua: this.#claim.continua.length > 0,
    };
    const payload: BranchPayload = { ...this.#common, number: node.root, root: task, branch: node.branch, endsAt };
    const here = (): BranchReply => new BranchWorker().run(payload);
    const reply = (await pool.run("prove", payload, workersBeside(pool), here)) as BranchReply;
    if (reply === undefined) throw this.#late();
    if ("unproved" in reply) throw new Unproved(reply.unproved);
    this.#splitOff(node, reply.split);
    this.#count(reply.boxes, reply.settled);
    node.written = reply;
  }

  #late(): Unproved {
    return new Unproved(`the time was up after ${plural(this.boxes, "box", "boxes")}, before the proof was done`);
  }

  /** Looks at the clock, at workers and at what else wants a turn. Throws Unproved when the time is up. */
  async #tick(): Promise<void> {
    const { deadline, signal, onProgress } = this.#control;
    if (signal?.aborted) throw new Unproved("cancelled before the proof was done");
    if (deadline !== undefined && performance.now() > deadline) throw this.#late();
    this.#send();
    if (this.#turns.due) {
      const fraction = Math.min(1, this.#settled / this.#expected);
      onProgress?.({ phase: "proof", fraction, done: this.boxes, fixedPoints: this.#claim.points.length });
      await this.#turns.give();
    } else if (this.#underWay > 0 && this.#answers.due) await this.#answers.give();
  }
}

/** All that is written of a branch and of those split off from it, in preorder. */
function writtenOf({ written, split }: Node): ProvedBranch[] {
  return [written!, ...split.flatMap(writtenOf)];
}
