import type { Functional } from "./functional.ts";

/** Functionals that the ops of a proof can name again. */
export const RECENT = 16;

/** A branch of a tree as it is written. */
export class TreeOutput {
  readonly ops: number[] = [];
  readonly y8: number[] = [];
  readonly y32: number[] = [];
  readonly refs: number[] = [];
  readonly recent: Functional[] = [];

  empty(functional: Functional): void {
    const place = this.recent.indexOf(functional);
    if (place >= 0) {
      this.ops.push(place);
      this.recent.splice(place, 1);
    } else {
      this.ops.push(functional.wide ? RECENT + 1 : RECENT);
      for (const x of functional.y) (functional.wide ? this.y32 : this.y8).push(x);
    }
    this.recent.unshift(functional);
    if (this.recent.length > RECENT) this.recent.pop();
  }

  covered(cover: number): void {
    this.ops.push(RECENT + 2);
    this.refs.push(cover);
  }

  few(): void {
    this.ops.push(RECENT + 3);
  }

  halve(coordinate: number): void {
    this.ops.push(RECENT + 5 + coordinate);
  }
}
