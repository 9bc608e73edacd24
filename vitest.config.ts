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
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A rejection that nobody handles fails the run.
    dangerouslyIgnoreUnhandledErrors: false,
    reporters: ["default"],
  },
});
