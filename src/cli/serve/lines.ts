/** The longest line of a request, in bytes: what one line of a file of models may have. */
export const MAX_LINE_BYTES = 2 ** 28;

const LINE_FEED = 10;
/** The largest code of a blank or a control character. */
const SPACE = 32;

/** A line; or of one that was too long to be kept, its length and how it begins. */
export type Line = Uint8Array | { readonly tooLong: number; readonly start: Uint8Array };

/** Bytes that are kept of a line that is too long. */
const START_BYTES = 256;

/** The lines of a stream that are not blank. A line that is too long is left out, and the next ones are read. */
export async function* requestLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = MAX_LINE_BYTES,
): AsyncGenerator<Line> {
  let pending: Uint8Array[] = [];
  let length = 0;
  const take = (piece: Uint8Array): void => {
    length += piece.length;
    if (length <= maxBytes) pending.push(piece);
    else pending = [Buffer.concat(pending.length > 0 ? pending : [piece]).subarray(0, START_BYTES)];
  };
  const whole = (): Line => {
    const kept = pending.length === 1 ? pending[0]! : Buffer.concat(pending);
    const line = length > maxBytes ? { tooLong: length, start: kept } : kept;
    pending = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, end));
      from = end + 1;
      const line = whole();
      if ("tooLong" in line || line.some((byte) => byte > SPACE)) yield line;
    }
    take(chunk.subarray(from));
  }
  const last = whole();
  if ("tooLong" in last || last.some((byte) => byte > SPACE)) yield last;
}
