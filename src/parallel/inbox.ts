import { type JobReply, READY, type WorkerPort } from "./message.ts";

export type Message = JobReply | typeof READY;

/** The messages of a worker: that it is ready, then replies. */
export class Inbox {
  #handler: (reply: JobReply) => void = () => {};
  #isReady: () => void = () => {};

  readonly port: Pick<WorkerPort, "ready" | "onReply"> = {
    ready: new Promise<void>((resolve) => {
      this.#isReady = resolve;
    }),
    onReply: (handler) => {
      this.#handler = handler;
    },
  };

  readonly take = (message: Message): void => {
    if (message === READY) this.#isReady();
    else this.#handler(message);
  };
}
