import { defineConfig } from "vitest/config";

/** Where a machine-readable report goes too, when somebody asks for one (.ci/run). */
const report = process.env.STILLPOINT_TEST_REPORT;

export default defineConfig({
  test: {
    ...(report ? { reporters: ["default", ["json", { outputFile: report }]] } : {}),
    projects: [
      {
        test: {
          name: "unit",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/ci/**"],
          testTimeout: 60_000,
        },
      },
      {
        // needs what scripts/test-ci.sh installs
        test: {
          name: "ci",
          include: ["tests/ci/**/*.test.ts"],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
