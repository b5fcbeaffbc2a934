import { afterAll } from "vitest";
import { removeFolders } from "../cli/run.ts";

/** Vitest runs this once for each file of tests, also where files share their modules. */
afterAll(removeFolders);
