/** The name and version of the host, for the provenance of a result. */
export function runtimeName(): string {
  const host = globalThis as {
    Deno?: { version?: { deno?: string } };
    Bun?: { version?: string };
    process?: { versions?: { node?: string } };
    navigator?: { userAgent?: string };
  };
  if (host.Deno?.version?.deno) return `Deno ${host.Deno.version.deno}`;
  if (host.Bun?.version) return `Bun ${host.Bun.version}`;
  if (host.process?.versions?.node) return `Node ${host.process.versions.node}`;
  return host.navigator?.userAgent ?? "unknown";
}
