import { sealOf } from "../model/seal.ts";
import type { Findings, Unchecked, VerifyProblem } from "./problem.ts";

/** The outcome of checking a result against its model. */
export interface VerifyReport {
  /** True iff every checked statement is right. */
  readonly ok: boolean;
  readonly problems: readonly VerifyProblem[];
  readonly checked: {
    readonly fixedPoints: number;
    readonly virtualFixedPoints: number;
    readonly continua: number;
    /** Only given for a result of `findCycles`. */
    readonly cycles?: number;
  };
  /** The statements of the result that this check can't decide, by name, and why. All other statements were checked. */
  readonly unchecked: readonly Unchecked[];
}

/** A report in the making: what is found is noted in `findings`. */
export class ReportDraft {
  readonly #problems: VerifyProblem[] = [];
  readonly #unchecked: Unchecked[] = [];
  readonly findings: Findings = {
    refuse: (path, message) => this.#problems.push({ path, message }),
    leave: (path, reason) => this.#unchecked.push({ path, reason }),
  };

  get problems(): number {
    return this.#problems.length;
  }

  report(checked: VerifyReport["checked"]): VerifyReport {
    return {
      ok: this.#problems.length === 0,
      problems: this.#problems,
      checked,
      // the most important statement comes first
      unchecked: this.#unchecked.sort((a, b) => Number(b.path === "complete") - Number(a.path === "complete")),
    };
  }
}

/** Refuses a result whose digest does not fit. */
export function checkSeal(result: unknown, { refuse, leave }: Findings): void {
  const seal = sealOf(result);
  if (seal === "broken") refuse("digest", "does not fit: the result is not as it was written");
  else if (seal === "missing")
    leave("digest", "is missing, as in results of earlier versions: that nothing was altered can't be told");
  else leave("digest", "is no signature: who alters a result can make its digest anew");
}

/** Checks as many statements as there is time for, and names the others. */
export class InTime {
  readonly #whyStop: () => string | undefined;
  readonly #findings: Findings;
  #because: string | undefined;

  constructor(whyStop: () => string | undefined, findings: Findings) {
    this.#whyStop = whyStop;
    this.#findings = findings;
  }

  #stopped(): string | undefined {
    this.#because ??= this.#whyStop();
    return this.#because;
  }

  /** @param path of the list. @returns what the check of each statement gives, as far as there is time. */
  each<T, U>(path: string, list: readonly T[], check: (item: T, path: string, i: number) => U): U[] {
    const done: U[] = [];
    for (const [i, item] of list.entries()) {
      const because = this.#stopped();
      if (because !== undefined) {
        this.#findings.leave(`${path}[${i}…${list.length - 1}]`, because);
        break;
      }
      done.push(check(item, `${path}[${i}]`, i));
    }
    return done;
  }

  /** A check of statements that belong together. */
  all(path: string, check: () => void): void {
    const because = this.#stopped();
    if (because === undefined) check();
    else this.#findings.leave(path, because);
  }
}
