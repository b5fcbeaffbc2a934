/**
 * The page's worker: reads files, solves, draws, analyses and writes. The page runs several of them, so that pictures
 * and analyses go on while a run is under way, and each can be ended alone.
 * @module
 */
import "./no-eval.ts";
import { isStillpointError } from "../../../src/index.ts";
import type { RequestMessage, RequestName, Requests, WorkerMessage } from "../protocol.ts";
import { Desk } from "./desk.ts";
import { Library } from "./library.ts";
import { jsonOfLink, linkText } from "./link.ts";
import { Runner } from "./runner.ts";
import { Tasks } from "./tasks.ts";

const post = (message: WorkerMessage): void => self.postMessage(message);

const library = new Library();
const desk = new Desk(library);
const runner = new Runner(library, (run, event) => post({ run, event }));
const tasks = new Tasks(library, (run, event) => post({ run, event }));

type Handlers = { [Name in RequestName]: (take: Requests[Name]["take"]) => Promise<Requests[Name]["give"]> };

const handlers: Handlers = {
  read: ({ source }) => library.read(source),
  run: (take) => runner.run(take),
  cancel: async ({ run }) => {
    tasks.cancel(run);
    return runner.cancel(run);
  },
  unlink: async ({ text }) => ({ json: jsonOfLink(text) }),
  link: async ({ model }) => ({ text: linkText(await library.json(model)) }),
  cycles: (take) => tasks.cycles(take),
  prove: (take) => tasks.prove(take),
  check: (take) => tasks.check(take),
  sweep: (take) => tasks.sweep(take),
  attach: (take) => desk.attach(take),
  frame: (take) => desk.frame(take),
  keep: (take) => desk.keep(take),
  partial: (take) => desk.partial(take),
  draw: (take) => desk.draw(take),
  analyse: (take) => desk.analyse(take),
  orbit: (take) => desk.orbit(take),
  project: (take) => desk.project(take),
  export: (take) => desk.export(take),
};

self.onmessage = async ({ data: { id, name, take } }: MessageEvent<RequestMessage>) => {
  try {
    post({ id, give: await handlers[name](take as never) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    post({ id, error: message, expected: isStillpointError(error) });
  }
};

// a lock is given up when its holder dies, however it dies: the page waits for it, and so learns of it
if (self.name !== "" && navigator.locks !== undefined) {
  void navigator.locks.request(self.name, () => {
    post({ lives: true });
    return new Promise<never>(() => {});
  });
}
