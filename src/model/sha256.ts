import { sha256 as noble } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** The host's SHA-256, if there is one that answers at once: it is several times as fast. */
interface NodeCrypto {
  /** Hashes in one step, without an object; from Node 20.12 on. */
  hash?(name: "sha256", part: Part, format: "hex"): string;
  createHash(name: "sha256"): { update(part: Part): unknown; digest(format: "hex"): string };
}

interface Host {
  readonly process?: { getBuiltinModule?(name: "node:crypto"): NodeCrypto | undefined };
}

const HERE = globalThis as Host;
/** Asked for once: the question takes longer than the digest of a small model. */
const CRYPTO_HERE = HERE.process?.getBuiltinModule?.("node:crypto");

/** Bytes, or a well-formed text for its UTF-8, which a host may read without a copy. */
export type Part = Uint8Array | string;

type Digest = (parts: Iterable<Part>) => string;

const UTF8 = new TextEncoder();

/** A SHA-256 of parts that come one after another. */
export interface RunningHash {
  update(part: Part): void;
  hex(): string;
}

/** By the SHA-256 of Node and Deno, or in JavaScript where the host has none. */
export function runningSha256(host: Host = HERE): RunningHash {
  const builtin = cryptoOf(host)?.createHash("sha256");
  if (builtin !== undefined) return { update: (part) => void builtin.update(part), hex: () => builtin.digest("hex") };
  const hash = noble.create();
  const bytesOf = (part: Part) => (typeof part === "string" ? UTF8.encode(part) : part);
  return { update: (part) => void hash.update(bytesOf(part)), hex: () => bytesToHex(hash.digest()) };
}

/** The SHA-256 of Node and Deno; undefined in a browser. */
export function builtinDigest(host: Host = HERE): Digest | undefined {
  const crypto = cryptoOf(host);
  if (crypto === undefined) return undefined;
  return (parts) =>
    Array.isArray(parts) && parts.length === 1 && crypto.hash !== undefined
      ? crypto.hash("sha256", parts[0] as Part, "hex")
      : digestBy(runningSha256(host), parts);
}

/** SHA-256 in JavaScript, for any host. */
export const portableDigest: Digest = (parts) => digestBy(runningSha256({}), parts);

function cryptoOf(host: Host): NodeCrypto | undefined {
  return host === HERE ? CRYPTO_HERE : host.process?.getBuiltinModule?.("node:crypto");
}

function digestBy(hash: RunningHash, parts: Iterable<Part>): string {
  for (const part of parts) hash.update(part);
  return hash.hex();
}

/**
 * Hex SHA-256 of some parts after each other.
 *
 * (crypto.subtle is not used: for a small model the way through its thread takes thirty times as long as the digest.)
 */
export const sha256: Digest = builtinDigest() ?? portableDigest;
