import { PassThrough } from "node:stream";
import { serve } from "../../../src/cli/serve/serve.ts";
import type { Json } from "../models.ts";

/** A client of `stillpoint serve` in this process. */
export class Client {
  readonly #input = new PassThrough();
  readonly #output = new PassThrough();
  readonly #ended: Promise<number>;
  readonly #messages: Json[] = [];
  #pending = "";
  #wake = () => {};

  constructor() {
    this.#output.on("data", (chunk: Buffer) => {
      const lines = (this.#pending + chunk.toString()).split("\n");
      this.#pending = lines.pop()!;
      this.#messages.push(...lines.map((line) => JSON.parse(line)));
      this.#wake();
    });
    this.#ended = serve(this.#input, this.#output);
  }

  /** Sends messages, or bytes as they are. */
  send(...messages: readonly (Json | string | Uint8Array)[]): void {
    for (const message of messages) {
      const isRaw = typeof message === "string" || message instanceof Uint8Array;
      this.#input.write(isRaw ? message : `${JSON.stringify(message)}\n`);
    }
  }

  /** The next message that fits; the others are kept. */
  async next(fits: (message: Json) => boolean = () => true): Promise<Json> {
    for (;;) {
      const at = this.#messages.findIndex(fits);
      if (at >= 0) return this.#messages.splice(at, 1)[0]!;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The answer to a request. */
  async ask(request: Json): Promise<Json> {
    this.send(request);
    return this.next(({ id, progress }) => id === request.id && progress === undefined);
  }

  /** Closes the input; the exit code, and the messages that nobody asked for. */
  async close(): Promise<{ code: number; messages: Json[] }> {
    this.#input.end();
    return { code: await this.#ended, messages: this.#messages };
  }
}
