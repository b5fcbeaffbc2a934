/** The host's own, where it can be had without waiting: it is several times as fast, and need not be loaded. */
interface NodeCrypto {
  createHash(name: "sha256"): { update(bytes: Uint8Array): unknown; digest(format: "hex"): string };
}

interface Host {
  readonly process?: { getBuiltinModule?(name: "node:crypto"): NodeCrypto | undefined };
}

type Digest = (parts: readonly Uint8Array[]) => string;

/** Node's and Deno's, or undefined in a browser. */
export function builtinDigest(host: Host = globalThis as Host): Digest | undefined {
  const crypto = host.process?.getBuiltinModule?.("node:crypto");
  if (crypto === undefined) return undefined;
  return (parts) => {
    const hash = crypto.createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
  };
}

/** In JavaScript, anywhere. */
export async function portableDigest(): Promise<Digest> {
  const [{ sha256 }, { bytesToHex }] = await Promise.all([
    import("@noble/hashes/sha2.js"),
    import("@noble/hashes/utils.js"),
  ]);
  return (parts) => {
    const hash = sha256.create();
    for (const part of parts) hash.update(part);
    return bytesToHex(hash.digest());
  };
}

/**
 * Hex SHA-256 of some bytes after each other.
 *
 * (Not by crypto.subtle: for a small model its way through a thread takes thirty times as long as the digest.)
 */
export const sha256: Digest = builtinDigest() ?? (await portableDigest());
