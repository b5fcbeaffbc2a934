/** What the options of the command line are called on the page. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/, or allow more with --max-memory/g, ""],
  [/--max-seconds/g, "“Seconds at most”"],
  [/--column-major/g, "“HDF5 arrays column by column”"],
  [/--(map|set|prefix|layout) (?!out\b)([^\s.,;]+)/g, "“$1” $2 (Names in files)"],
  [/--(map|set|prefix|layout)\b/g, "“$1” (Names in files)"],
  [/--(method|backend|threads)\b/g, "“$1”"],
  [/Use coverage "samples", or give maxSeconds or maxRegions for an incomplete answer/g, "Give “Seconds at most”"],
  [
    /; a result is for stillpoint verify MODEL RESULT, shards are for stillpoint merge/g,
    "; the page makes the result anew",
  ],
];

/** A message of the library in the words of this page, which has fields where the command line has options. */
export function inPageWords(message: string): string {
  return WORDS.reduce((text, [what, word]) => text.replace(what, word), message);
}
