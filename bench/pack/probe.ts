/**
 * Which adapter Dawn finds with the driver that the environment names: one line of JSON, {"name", "software"}.
 * Exit codes: 0 found, 4 none, or Dawn can't be loaded.
 */
import { adapterName, isSoftware, requestAdapter } from "../../src/gpu/device.ts";

try {
  const { info } = await requestAdapter();
  console.log(JSON.stringify({ name: adapterName(info), software: isSoftware(info) }));
} catch (error) {
  const reason = error instanceof Error ? (error.cause instanceof Error ? error.cause : error) : error;
  console.error(reason instanceof Error ? reason.message : String(reason));
  process.exitCode = 4;
}
