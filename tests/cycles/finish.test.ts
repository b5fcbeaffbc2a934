import { describe, expect, it } from "vitest";
import { wordOfMask } from "../../src/cycles/block.ts";
import { CycleFinish, signsOf } from "../../src/cycles/finish.ts";
import { parseValue } from "../../src/model/parse.ts";

const TENT = { kind: "shPLRNN", A: [[2]], W1: [[-4]], W2: [[1]], h1: [0], h2: [-0.5] };
const word = (...bits: number[]) => bits.map((bit) => Uint32Array.of(bit));

async function finishOf(raw: object, words: Uint32Array[][]) {
  const { system } = await parseValue(raw);
  const finish = new CycleFinish(system);
  for (const each of words) finish.add(each);
  await finish.settle({});
  return finish;
}

describe("CycleFinish", () => {
  it("keeps one cycle of all rotations and repetitions of its word, with its minimal period", async () => {
    const finish = await finishOf(TENT, [word(0, 1), word(1, 0), word(0, 1, 0, 1), word(1, 0, 1, 0)]);
    expect(finish.found).toBe(1);
    const { cycles } = await finish.conclude(2, {});
    expect(cycles.map(({ period, points }) => [period, points.map(({ z }) => z[0])])).toEqual([[2, [0.4, 0.8]]]);
    expect((await finish.conclude(4, {})).cycles).toEqual([]);
  });

  it("keeps no orbit that leaves its regions", async () => {
    // the solution of this word is 0, which is on the left of the kink
    const shifted = { ...TENT, h1: [-1] };
    const finish = await finishOf(shifted, [word(1, 1), word(0, 0), word(0, 1)]);
    for (const { points } of (await finish.conclude(2, {})).cycles)
      for (const point of points) expect(signsOf(point).active).toEqual(point.z[0]! > 0.5 ? [0] : []);
    const control = await finishOf({ ...TENT, h1: [0] }, [word(1)]);
    expect((await control.conclude(1, {})).cycles).toHaveLength(1);
    // moved so that 2/3 is no longer the fixed point: its word has another solution, and it is told apart
    const moved = await finishOf({ ...TENT, h2: [-0.75] }, [word(1)]);
    expect((await moved.conclude(1, {})).cycles[0]!.points[0]!.z).toEqual([1]);
  });

  it("hands singular words to the block system, whichever point comes first", async () => {
    const exchange = {
      kind: "shPLRNN",
      A: [
        [0, 1],
        [1, 0],
      ],
      W1: [[0], [0]],
      W2: [[0, 0]],
      h1: [0, 0],
      h2: [0],
    };
    const finish = await finishOf(exchange, [word(0, 0)]);
    const { continua, cycles } = await finish.conclude(2, {});
    expect(cycles).toEqual([]);
    expect(continua.map(({ continuum }) => continuum.dimension)).toEqual([2]);
    expect(finish.counts).toEqual({ words: 1, singularWords: 1 });
  });

  it("decides a repeated word by the word that it repeats, unless the repetition is singular", async () => {
    const turn = {
      kind: "shPLRNN",
      A: [
        [0, -1],
        [1, 0],
      ],
      W1: [[0], [0]],
      W2: [[0, 0]],
      h1: [1, 0],
      h2: [0],
    };
    const words = [1, 2, 3, 4, 5].map((k) => word(...new Array(k).fill(0)));
    const finish = await finishOf(turn, words);
    expect(finish.counts).toEqual({ words: 5, singularWords: 1 });
    expect(finish.found).toBe(1);
    expect((await finish.conclude(1, {})).cycles[0]!.points[0]!.z).toEqual([0.5, 0.5]);
    expect((await finish.conclude(4, {})).continua).toHaveLength(1);
    // a repetition alone gives the cycle of its part, too
    const alone = await finishOf(turn, [word(0, 0, 0)]);
    expect((await alone.conclude(1, {})).cycles).toHaveLength(1);
  });

  it("counts the words that there was no time for", async () => {
    const { system } = await parseValue(TENT);
    const finish = new CycleFinish(system);
    for (let bits = 0; bits < 2 ** 12; bits++) finish.add(wordOfMask(Uint32Array.of(bits), 1, 12));
    const stop = new AbortController();
    stop.abort();
    await finish.settle({ signal: stop.signal });
    await finish.conclude(12, { signal: stop.signal });
    // without a turn of the event loop the work may be done before anyone looks
    const undecided = finish.undecided(12);
    if (undecided !== undefined) expect(undecided.because).toBe("cancelled");
    expect((undecided?.words ?? 0) + finish.counts.words).toBeGreaterThanOrEqual(2 ** 12 / 12);
  });

  it("decides at the end the words that a search had no time for, if there is a little more", async () => {
    const { system } = await parseValue(TENT);
    const finish = new CycleFinish(system);
    for (let bits = 0; bits < 2 ** 12; bits++) finish.add(wordOfMask(Uint32Array.of(bits), 1, 12));
    await finish.settle({ deadline: 0 });
    const { cycles } = await finish.conclude(12, {});
    expect(finish.undecided(12)).toBeUndefined();
    expect(cycles).toHaveLength(335);
  });
});
