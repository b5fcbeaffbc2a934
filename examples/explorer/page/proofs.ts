import type { CyclesResult, Result } from "../../../src/index.ts";
import { ExpectedError } from "./client.ts";
import { byId } from "./dom.ts";
import type { Entry } from "./entry.ts";
import { plural } from "./format.ts";
import { complain, say, tell } from "./messages.ts";
import type { OpenedProof } from "./opening.ts";
import { runOptions } from "./run-options.ts";
import { Task } from "./task.ts";

/** Proofs that answers are complete: made for others to check, and those of others checked. */
export class Proofs {
  readonly #task = new Task();
  readonly #checks = new Task();

  /** The proof of a model's result, or of its cycles; undefined where it was stopped. @throws ExpectedError */
  async make({ ref, resultInput = {} }: Entry, result: Result | CyclesResult): Promise<Uint8Array | undefined> {
    // of cycles the complete periods are proved
    const isComplete = "periods" in result ? result.periods.some(({ complete }) => complete) : result.complete;
    if (!isComplete) throw new ExpectedError("only a complete answer has a proof");
    const show = (text: string): void => {
      byId("proof-status", HTMLElement).textContent = text;
    };
    show("Making the proof…");
    try {
      const { maxSeconds } = runOptions();
      const made = await this.#task.do(
        "prove",
        { model: { ...ref, input: resultInput }, result, maxSeconds },
        ({ done }) => show(`Making the proof: ${plural(done, "box", "boxes")}`),
      );
      if (made === undefined) return undefined;
      if ("because" in made) throw new ExpectedError(`there is no proof: ${made.because}`);
      const size =
        made.proof.length < 10_000 ? `${made.proof.length} bytes` : `${Math.round(made.proof.length / 1000)} kB`;
      show(`The proof has ${size}. Anybody can check it with stillpoint check, or by dropping it here.`);
      return made.proof;
    } catch (error) {
      show("");
      throw error;
    }
  }

  /** Checks proofs that were dropped, against the models at hand that they name. */
  async check(proofs: readonly OpenedProof[], entries: readonly Entry[]): Promise<void> {
    for (const { file, about } of proofs) {
      const entry = entries.find(({ result, card }) => (result?.model.sha256 ?? card?.sha256) === about.model);
      if (entry?.result === undefined) {
        const which = about.model.slice(0, 12);
        complain(file.name, new ExpectedError(`is a proof about another model (${which}…). ${OPEN_FIRST}`));
        continue;
      }
      const result = about.of === "cycles" ? entry.cycles : entry.result;
      if (result === undefined) {
        complain(
          file.name,
          new ExpectedError("is a proof about cycles. Find those of its periods, then drop it again."),
        );
        continue;
      }
      const { ref, resultInput = {}, name } = entry;
      try {
        say(`Checking ${file.name}`);
        const report = await this.#checks.do("check", { model: { ...ref, input: resultInput }, result, proof: file });
        if (report === undefined) return;
        if (!report.accepted) throw new ExpectedError(`is no proof of the answer for ${name}: ${report.because}.`);
        const more = report.continua === 0 ? "" : ` and ${plural(report.continua, "continuum", "continua")}`;
        const what =
          "points" in report
            ? `${plural(report.points, "fixed point")}${more}, and no others`
            : `${plural(report.cycles, "cycle")}${more} of period ${report.periods.join(", ")}, and no others of these`;
        const text = `${file.name}: accepted. It proves that ${name} has ${what}.`;
        tell(text);
        say(text);
      } catch (error) {
        complain(file.name, error);
      }
    }
  }
}

const OPEN_FIRST = "Open that model first, then drop its proof.";
