import { sha256 as noble } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** The host's SHA-256, if there is one that answers at once: it is several times as fast. */
interface NodeCrypto {
  /** Hashes in one step, without an object; from Node 20.12 on. */
  hash?(name: "sha256", bytes: Uint8Array, format: "hex"): string;
  createHash(name: "sha256"): { update(bytes: Uint8Array): unknown; digest(format: "hex"): string };
}

interface Host {
  readonly process?: { getBuiltinModule?(name: "node:crypto"): NodeCrypto | undefined };
}

type Digest = (parts: Iterable<Uint8Array>) => string;

/** The SHA-256 of Node and Deno; undefined in a browser. */
export function builtinDigest(host: Host = globalThis as Host): Digest | undefined {
  const crypto = host.process?.getBuiltinModule?.("node:crypto");
  if (crypto === undefined) return undefined;
  return (parts) => {
    if (Array.isArray(parts) && parts.length === 1 && crypto.hash !== undefined)
      return crypto.hash("sha256", parts[0], "hex");
    const hash = crypto.createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
  };
}

/** A SHA-256 of bytes that come one after another. */
export interface RunningHash {
  update(part: Uint8Array): void;
  hex(): string;
}

/** By the host's SHA-256, or in JavaScript where there is none. */
export function runningSha256(host: Host = globalThis as Host): RunningHash {
  const crypto = host.process?.getBuiltinModule?.("node:crypto");
  if (crypto === undefined) {
    const hash = noble.create();
    return { update: (part) => void hash.update(part), hex: () => bytesToHex(hash.digest()) };
  }
  const hash = crypto.createHash("sha256");
  return { update: (part) => void hash.update(part), hex: () => hash.digest("hex") };
}

/** SHA-256 in JavaScript, for any host. */
export const portableDigest: Digest = (parts) => {
  const hash = noble.create();
  for (const part of parts) hash.update(part);
  return bytesToHex(hash.digest());
};

/**
 * Hex SHA-256 of some bytes after each other.
 *
 * (crypto.subtle is not used: for a small model the way through its thread takes thirty times as long as the digest.)
 */
export const sha256: Digest = builtinDigest() ?? portableDigest;
