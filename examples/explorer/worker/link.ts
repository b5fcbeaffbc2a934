import { deflateSync, Inflate } from "fflate";
import { FileError, StillpointError } from "../../../src/index.ts";

/** Links go through messengers and address bars; longer ones are cut off there. */
export const MAX_LINK_CHARACTERS = 16_000;
/** A model that is written in more is no small one. */
const MAX_JSON_BYTES = 2 ** 20;
/** Bytes that are unpacked at a time, after which the size is looked at. */
const STEP = 256;

const WHERE = "the link";

/** A text for a URL: base64url of what DEFLATE makes of the text. @throws StillpointError TOO_LARGE */
export function linkText(json: string): string {
  const packed = deflateSync(new TextEncoder().encode(json), { level: 9 });
  const text = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
  if (text.length <= MAX_LINK_CHARACTERS) return text;
  throw new StillpointError(
    "TOO_LARGE",
    `the model would make a link of ${text.length} characters; the limit is ${MAX_LINK_CHARACTERS}. Send the file instead`,
  );
}

/** The inverse of `linkText`. @throws FileError for what it never gives. */
export function jsonOfLink(text: string): string {
  if (text.length > MAX_LINK_CHARACTERS) {
    throw new FileError(
      WHERE,
      `has ${text.length} characters; the limit is ${MAX_LINK_CHARACTERS}`,
      "Open the model's file instead.",
    );
  }
  if (!/^[\w-]+$/.test(text)) throw damaged("it holds other characters than letters, digits, - and _");
  const packed = Uint8Array.from(atobOrRefuse(text), (character) => character.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(inflated(packed));
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw damaged("what it packs can't be unpacked");
  }
}

function atobOrRefuse(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    throw damaged("it is cut off");
  }
}

function inflated(packed: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  const inflate = new Inflate((piece, final) => {
    pieces.push(piece);
    size += piece.length;
    ended ||= final;
  });
  for (let at = 0; at < packed.length; at += STEP) {
    inflate.push(packed.subarray(at, at + STEP), at + STEP >= packed.length);
    if (size > MAX_JSON_BYTES) {
      throw new FileError(
        WHERE,
        `carries more than ${MAX_JSON_BYTES} bytes, which no small model needs`,
        "Open the model's file instead.",
      );
    }
  }
  if (!ended) throw damaged("it is cut off");
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function damaged(why: string): FileError {
  return new FileError(WHERE, `is damaged: ${why}`, "Copy it once more, whole.");
}
