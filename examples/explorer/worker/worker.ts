/**
 * The page's worker: reads files, solves, draws, analyses and writes. The page runs two of them, so that pictures and
 * analyses go on while a run is under way.
 * @module
 */
import "./no-eval.ts";
import { isStillpointError } from "../../../src/index.ts";
import type { RequestMessage, RequestName, Requests, WorkerMessage } from "../protocol.ts";
import { Desk } from "./desk.ts";
import { Library } from "./library.ts";
import { Runner } from "./runner.ts";

const post = (message: WorkerMessage): void => self.postMessage(message);

const library = new Library();
const desk = new Desk(library);
const runner = new Runner(library, (run, event) => post({ run, event }));

type Handlers = { [Name in RequestName]: (take: Requests[Name]["take"]) => Promise<Requests[Name]["give"]> };

const handlers: Handlers = {
  read: ({ source }) => library.read(source),
  run: (take) => runner.run(take),
  cancel: async ({ run }) => runner.cancel(run),
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
