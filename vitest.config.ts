import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: { "sluice/connector": fileURLToPath(new URL("./src/connector/index.ts", import.meta.url)) },
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/harness/postgres-server.ts"],
    setupFiles: ["test/harness/database-cleanup.ts"],
    pool: "forks",
    maxWorkers: 2,
    // Limits are for what hangs: a machine that has much else to do may take ten times as long as it does alone.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    // A rejection that nobody handles fails the run.
    dangerouslyIgnoreUnhandledErrors: false,
    reporters: ["default"],
  },
});
