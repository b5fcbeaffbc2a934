import { FileError } from "../../../model/errors.ts";
import { shapeText } from "../../../model/forms.ts";
import type { Entries } from "../entries.ts";
import { type Holding, heldText, shownName } from "./holdings.ts";
import { commandText, type Proposal } from "./proposals.ts";

/** The largest number of ways that one message proposes. */
const MAX_PROPOSALS = 4;

/** A file that holds arrays, but no model under the names and options given; with the options that would work. */
export class MisfitError extends FileError {
  readonly proposals: readonly Proposal[];
  readonly holdings: readonly Holding[];

  constructor(
    file: string,
    problem: string,
    remedy: string,
    proposals: readonly Proposal[],
    holdings: readonly Holding[],
  ) {
    super(file, problem, remedy);
    this.proposals = proposals;
    this.holdings = holdings;
  }
}

/** What a message is about. */
export interface Held {
  readonly file: string;
  /** As a command line names it. */
  readonly path: string;
  readonly entries: Entries;
  readonly holdings: readonly Holding[];
}

/** The error of a file for which these are the ways to read it. */
export function misfitError(held: Held, problem: string, proposals: readonly Proposal[], remedy?: string): MisfitError {
  const { file, entries, holdings } = held;
  const what = `${problem}: it holds ${heldText(entries, holdings)}`;
  return new MisfitError(file, what, remedy ?? remedyText(held, proposals), proposals, holdings);
}

function remedyText({ path, holdings }: Held, proposals: readonly Proposal[]): string {
  const shown = proposals.slice(0, MAX_PROPOSALS).map((proposal) => {
    const { map, unknown, condition } = proposal;
    const known = Object.entries(unknown).map(([key, what]) => `; ${key}: ${what}`);
    return `${commandText(path, proposal)} (${map}${known.join("")}${condition === undefined ? "" : `; ${condition}`})`;
  });
  const rest = proposals.length - shown.length;
  if (shown.length === 1) return `Use ${shown[0]}${isCertain(proposals) ? ", or --guess" : ""}.`;
  if (shown.length > 1) return `Say which: ${shown.join(", or ")}${rest > 0 ? `, or ${rest} more ways` : ""}.`;
  const matrix = holdings.find(({ shape }) => shape.extents.length === 2);
  const example = matrix === undefined ? "KEY=name" : `KEY=${shownName(matrix.name)}`;
  const turned = matrix === undefined ? "" : ` (${example}^T for ${shapeText(matrix.shape)} transposed)`;
  return holdings.length === 0
    ? "Give a file with the arrays of a model."
    : `Say which array is which with --map ${example}${turned}, and the kind with --set kind=…; docs/formats.md lists the keys of each kind.`;
}

/** Whether exactly one reading is left, which nothing outside the file decides on. */
export function isCertain(proposals: readonly Proposal[]): boolean {
  const [only, ...others] = proposals;
  if (only === undefined || others.length > 0 || only.reopens === true) return false;
  return only.condition === undefined && Object.keys(only.unknown).length === 0;
}
