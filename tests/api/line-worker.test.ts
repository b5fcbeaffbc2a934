import { afterEach, expect, it, vi } from "vitest";
import { type LineAnswer, type LinesPayload, LineWorker } from "../../src/api/line-worker.ts";
import { findFixedPoints } from "../../src/index.ts";
import { sealOf } from "../../src/model/seal.ts";
import { lasting, randomModel } from "../cli/models.ts";

afterEach(() => void vi.restoreAllMocks());

const encoder = new TextEncoder();

function payloadOf(lines: readonly string[], options: LinesPayload["options"] = {}): LinesPayload {
  const bytes = encoder.encode(lines.join(""));
  let end = 0;
  const ends = lines.map((line) => {
    end += encoder.encode(line).length;
    return end;
  });
  return { bytes, ends, file: "dir/f.ndjson", name: "f", index: 7, memory: undefined, options };
}

/** The answers to all lines, in as many messages as these take. */
async function answersTo(lines: readonly string[], options?: LinesPayload["options"]): Promise<LineAnswer[]> {
  const answers: LineAnswer[] = [];
  const worker = new LineWorker();
  while (answers.length < lines.length) {
    const payload = payloadOf(lines.slice(answers.length), options);
    answers.push(...(await worker.run({ ...payload, index: payload.index + answers.length })));
  }
  return answers;
}

const resultOf = (answer: LineAnswer) => JSON.parse((answer as { text: string }).text);

it("gives the results of models as lines of JSON, with their digests", async () => {
  const models = [1, 2, 3].map((seed) => randomModel(seed));
  const answers = await answersTo(models.map((model) => JSON.stringify(model)));
  expect(answers.length).toBe(3);
  for (const [i, answer] of answers.entries()) {
    expect(answer).toMatchObject({
      details: [],
      warnings: [],
      complete: { fixedPoints: expect.any(Number), continua: 0 },
    });
    expect(sealOf(resultOf(answer))).toBe("whole");
    expect(lasting(resultOf(answer))).toEqual(lasting({ ...(await findFixedPoints(models[i]!)) }));
  }
});

it("says what is wrong with a line and goes on, and leaves large models to others", async () => {
  const { name: _, ...nameless } = randomModel(1);
  const { hz: __, ...unbiased } = randomModel(2);
  const lines = [
    { ...nameless, note: 1 },
    unbiased,
    { kind: "nonsense" },
    randomModel(3, 300, 3),
    { ...randomModel(4), C: [[1], [1], [1]], s: [0] },
  ].map((model) => JSON.stringify(model));
  const answers = await answersTo([...lines, '{"A":'], { input: { s0: 1 } });
  // this model takes no input
  expect(answers[0]).toMatchObject({ name: "f[7]", error: { code: "INVALID_OPTION" }, namesFile: false });
  expect(answers[1]).toMatchObject({ error: { code: "INVALID_OPTION" } });
  expect(answers[2]).toMatchObject({ name: "f[9]", error: { code: "INVALID_MODEL" }, namesFile: false });
  expect(answers[3]).toMatchObject({ error: { code: "INVALID_OPTION" } });
  expect(resultOf(answers[4]!).provenance.options.input).toEqual({ s0: 1 });
  expect(answers[5]).toMatchObject({ name: "f[12]", error: { code: "INVALID_FILE" }, namesFile: true });
  expect((answers[5] as { error: { message: string } }).error.message).toContain("dir/f.ndjson, model 12");
  const [plain, absent, , large] = await answersTo(lines);
  expect(plain).toMatchObject({ details: ["ignored keys: note"], warnings: [] });
  expect(resultOf(plain!).model.name).toBe("f[7]");
  expect(absent).toMatchObject({ warnings: ["no hz: taken as zero"] });
  expect(large).toEqual({ details: [], warnings: [], isLarge: true });
});

it("answers at least one line, and gives back those that there is no time for", async () => {
  const payload = payloadOf([1, 2, 3].map((seed) => JSON.stringify(randomModel(seed))));
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (now += 60));
  expect((await new LineWorker().run(payload)).length).toBe(1);
  vi.spyOn(performance, "now").mockReturnValue(now);
  expect((await new LineWorker().run(payload)).length).toBe(3);
});
