import { formatCount } from "../base/words.ts";
import { printable } from "../formats/read/printable.ts";
import { formatSeconds } from "../formats/write/write-text.ts";
import type { Progress } from "../stages/run.ts";

const SHOW_AFTER_MS = 1000;
const REDRAW_MS = 100;

/** One line on stderr for runs of more than a second; nothing off a terminal. */
export class ProgressLine {
  readonly #enabled: boolean;
  #label = "";
  #started = 0;
  #phase = "";
  #phaseStarted = 0;
  #drawn = 0;
  #visible = false;

  constructor(quiet: boolean | undefined) {
    this.#enabled = !quiet && process.stderr.isTTY === true && process.env.TERM !== "dumb";
  }

  /** A new model begins. */
  start(label: string): void {
    if (!this.#enabled) return;
    this.#label = printable(label);
    this.#started = performance.now();
    this.#phase = "";
  }

  readonly update = (progress: Progress): void => {
    if (!this.#enabled) return;
    const now = performance.now();
    if (progress.phase !== this.#phase) {
      // the first phase begins with the model, before the first report
      this.#phaseStarted = this.#phase === "" ? this.#started : now;
      this.#phase = progress.phase;
    }
    if (now - this.#started < SHOW_AFTER_MS || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.#visible = true;
    const line = describeProgress(this.#label, progress, (now - this.#phaseStarted) / 1000);
    process.stderr.write(`\r\x1b[2K${line.slice(0, Math.max(20, (process.stderr.columns || 80) - 1))}`);
  };

  /** Erases the line, before anything else is written. */
  clear(): void {
    if (this.#visible) process.stderr.write("\r\x1b[2K");
    this.#visible = false;
  }
}

/** `lorenz: regions 42 %, 1,234,567 done, 3 found, about 12 s left` */
export function describeProgress(label: string, progress: Progress, secondsOfPhase: number): string {
  const { fraction } = progress;
  const percent = 100 * fraction;
  const share = `${percent < 10 ? percent.toFixed(1) : Math.floor(percent)} %`;
  const left = fraction > 0 ? `, about ${formatSeconds((secondsOfPhase * (1 - fraction)) / fraction)} left` : "";
  return `${label}: ${progress.phase} ${share}, ${formatCount(progress.done)} done, ${formatCount(progress.fixedPoints)} found${left}`;
}
