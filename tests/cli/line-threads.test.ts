import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type LinesPayload, LineWorker } from "../../src/api/line-worker.ts";
import { type BatchLine, LineThreads } from "../../src/cli/line-threads.ts";
import { main } from "../../src/cli/main.ts";
import type { JobReply, JobRequest, WorkerPort } from "../../src/parallel/message.ts";
import { type Json, lasting, ndjson, randomModel } from "./models.ts";
import { workplace } from "./run.ts";

afterEach(() => void vi.restoreAllMocks());

const lineOf = (value: object, index: number, file = "f.ndjson"): BatchLine => ({
  line: { bytes: new TextEncoder().encode(JSON.stringify(value)), file, name: "f", index },
  index,
});

/** A thread that is none. @param work what it answers; undefined dies */
function portOf(work: (payload: LinesPayload) => Promise<unknown> | undefined): WorkerPort {
  let reply: (reply: JobReply) => void = () => {};
  let die: (reason: string) => void = () => {};
  return {
    ready: Promise.resolve(),
    post: async ({ id, payload }: JobRequest) => {
      const result = work(payload as LinesPayload);
      if (result === undefined) setTimeout(() => die("killed"), 1);
      else reply({ id, result: await result });
    },
    onReply: (handler) => {
      reply = handler;
    },
    onDeath: (handler) => {
      die = handler;
    },
    terminate: async () => {},
  };
}

function threadsOf(
  work: (payload: LinesPayload) => Promise<unknown> | undefined,
  signal = new AbortController().signal,
) {
  return new LineThreads(2, signal, { options: {}, memory: undefined }, async () => portOf(work));
}

const echo = (payload: LinesPayload) => payload.ends.map((_, i) => ({ text: `${payload.file} ${payload.index + i}` }));

describe("threads of lines", () => {
  it("answer all lines in order, whatever order and share of a message answers come in", async () => {
    const payloads: LinesPayload[] = [];
    const threads = threadsOf(async (payload) => {
      payloads.push(payload);
      await new Promise((resolve) => setTimeout(resolve, payloads.length % 3));
      return echo(payload).slice(0, 1 + (payloads.length % 40));
    });
    async function* lines() {
      for (let i = 0; i < 500; i++) yield lineOf({ i }, i, i < 300 ? "a" : "b");
    }
    const texts: unknown[] = [];
    for await (const { index, answer } of threads.answers(lines()))
      texts.push([index, (answer as { text: string }).text]);
    expect(texts).toEqual(Array.from({ length: 500 }, (_, i) => [i, `${i < 300 ? "a" : "b"} ${i}`]));
    // each message is of one file, and holds the bytes of its lines alone
    for (const { bytes, ends } of payloads) expect(ends.at(-1)).toBe(bytes.length);
    await threads.close();
  });

  it("get lines of one reading in a message: a file that is given twice begins anew", async () => {
    const threads = threadsOf(async (payload) => echo(payload));
    async function* lines() {
      for (const index of [0, 1, 2, 0, 1, 2]) yield lineOf({}, index);
    }
    const texts: unknown[] = [];
    for await (const { answer } of threads.answers(lines())) texts.push((answer as { text: string }).text);
    expect(texts).toEqual([0, 1, 2, 0, 1, 2].map((index) => `f.ndjson ${index}`));
    await threads.close();
  });

  it("get a message that is not full where the next line keeps them waiting", async () => {
    const threads = threadsOf(async (payload) => echo(payload));
    let isAnswered = false;
    async function* lines() {
      yield lineOf({}, 0);
      await vi.waitFor(() => expect(isAnswered).toBe(true), { timeout: 10_000 });
      yield lineOf({}, 1);
    }
    const indices: number[] = [];
    for await (const { index } of threads.answers(lines())) {
      isAnswered = true;
      indices.push(index);
    }
    expect(indices).toEqual([0, 1]);
    await threads.close();
  });

  it("that die leave their lines to others, and at last to this thread", async () => {
    const good = randomModel(1);
    const threads = threadsOf(() => undefined);
    async function* lines() {
      yield lineOf(good, 0);
    }
    const answers: unknown[] = [];
    for await (const { answer } of threads.answers(lines())) answers.push(answer);
    const own = await new LineWorker().run({
      ...{ bytes: lineOf(good, 0).line.bytes, ends: [lineOf(good, 0).line.bytes.length] },
      ...{ file: "f.ndjson", name: "f", index: 0, memory: undefined, options: {} },
    });
    const recordOf = (answer: unknown) => lasting(JSON.parse((answer as { text: string }).text));
    expect(answers.map(recordOf)).toEqual(own.map(recordOf));
    expect(threads.trouble).toContain("worker threads died (killed)");
    await threads.close();
  });

  it("end with the answers that they have where the run is cancelled", async () => {
    const abort = new AbortController();
    let messages = 0;
    const threads = threadsOf(async (payload) => {
      if (++messages === 3) abort.abort();
      return echo(payload).slice(0, 10);
    }, abort.signal);
    async function* lines() {
      for (let i = 0; i < 10_000 && !abort.signal.aborted; i++) yield lineOf({ i }, i);
    }
    const indices: number[] = [];
    for await (const { index } of threads.answers(lines())) indices.push(index);
    expect(indices.length).toBeGreaterThanOrEqual(20);
    expect(indices.length).toBeLessThan(200);
    expect(indices).toEqual([...indices].sort((a, b) => a - b));
    await threads.close();
  });

  it("are due where much is left, once all of them run", async () => {
    const threads = threadsOf(async (payload) => echo(payload));
    expect(threads.isDue(1e9)).toBe(false);
    threads.solvedHere(1000, 200);
    // two threads save half of 1.8 s
    expect(threads.isDue(9000)).toBe(false);
    expect(threads.isDue(undefined)).toBe(false);
    // they are started, and not waited for
    expect(threads.isDue(11_000)).toBe(false);
    await vi.waitFor(() => expect(threads.isDue(11_000)).toBe(true));
    expect(threads.isDue(9000)).toBe(false);
    threads.solvedHere(10_000, 2000);
    expect(threads.isDue(undefined)).toBe(true);
    await threads.close();
  });
});

describe("a batch whose lines go to threads", () => {
  const MODELS = [1, 2, 3, 4, 5, 6].map((seed) => randomModel(seed));
  const { hz: _, ...UNBIASED } = randomModel(7);

  async function solved(files: Record<string, string>, args: readonly string[], onThreads: boolean) {
    const place = await workplace(files);
    let told = "";
    vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
      told += chunk;
      return true;
    });
    vi.spyOn(LineThreads.prototype, "isDue").mockReturnValue(onThreads);
    const ask = vi.spyOn(LineThreads.prototype, "answers");
    const inputs = Object.keys(files).map(place);
    const code = await main(["solve", ...inputs, "-o", place("out.ndjson"), "--threads", "2", "--verbose", ...args]);
    const text = (await readFile(place("out.ndjson"), "utf8")).replaceAll(place(""), "");
    expect(ask.mock.calls.length > 0).toBe(onThreads);
    vi.restoreAllMocks();
    const messages = told
      .replaceAll(place(""), "")
      .split("\n")
      // what depends on the time
      .filter((line) => !/seconds:|models?, .* s → /.test(line));
    return {
      code,
      told: messages,
      records: text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Json),
    };
  }

  it("gives what it gives on one thread: records, messages and the exit code", async () => {
    const files = {
      "a.ndjson": ndjson([...MODELS.slice(0, 3), { kind: "nonsense" }, UNBIASED, { ...MODELS[3]!, extra: 1 }]),
      "b.ndjson": `${ndjson(MODELS.slice(4))}{"A":\n${ndjson([randomModel(8, 300, 2), MODELS[0]!])}`,
      "c.json": JSON.stringify(randomModel(9)),
      "d.ndjson": ndjson(MODELS),
    };
    const one = await solved(files, [], false);
    const two = await solved(files, [], true);
    expect(two.code).toBe(one.code);
    expect(two.code).toBe(1);
    expect(two.records.map(lasting)).toEqual(one.records.map(lasting));
    expect(two.records.length).toBe(18);
    // one thread reads ahead of what it writes, and says then what it has to say of a model
    expect([...two.told].sort()).toEqual([...one.told].sort());
    expect(two.told.join()).toContain("no hz: taken as zero");
    const optionsOf = (record: Json) => (record.provenance as { options: object } | undefined)?.options;
    expect(two.records.map(optionsOf)).toEqual(one.records.map(optionsOf));
  }, 60_000);

  it.each(["text", "json", "ndjson", "csv"])("writes %s as one thread does, to a file and a stream", async (format) => {
    const texts: string[] = [];
    for (const onThreads of [false, true]) {
      const place = await workplace({ "a.ndjson": ndjson(MODELS) });
      let stream = "";
      vi.spyOn(LineThreads.prototype, "isDue").mockReturnValue(onThreads);
      vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
        stream += chunk;
        return true;
      });
      const args = ["solve", place("a.ndjson"), "--threads", "2", "--quiet", "--format", format];
      // a result that is not complete takes another way
      await main([...args, "-o", place("out")]);
      await main([...args, "--max-regions", "100"]);
      vi.restoreAllMocks();
      texts.push(
        `${await readFile(place("out"), "utf8")}${stream}`.replaceAll(
          /"(seconds|provenance)": ?{[^}]*}|"digest": ?"[^"]*"|"date": ?"[^"]*"|[\d.e-]+ s\)/g,
          "",
        ),
      );
    }
    expect(texts[1]).toBe(texts[0]);
    expect(texts[0]!.length).toBeGreaterThan(1000);
  });

  it("is left to this thread where it is to be resumed, or where models are drawn or proved", async () => {
    const files = { "a.ndjson": ndjson(MODELS) };
    const due = vi.spyOn(LineThreads.prototype, "isDue").mockReturnValue(true);
    for (const args of [["--resume"], ["--shard", "1/2"]]) {
      const place = await workplace(files);
      const code = await main(["solve", place("a.ndjson"), "-o", place("out.ndjson"), "--quiet", ...args]);
      expect(code).toBe(0);
      expect(due).not.toHaveBeenCalled();
    }
  });
});
