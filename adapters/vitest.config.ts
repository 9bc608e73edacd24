import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run adapters`: programs of others from the Python registry. No part of `npm test`. */
export default defineConfig({
  resolve: {
    alias: { "sluice/connector": fileURLToPath(new URL("../src/connector/index.ts", import.meta.url)) },
  },
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    include: ["adapters/**/*.test.ts"],
    globalSetup: ["test/harness/postgres-server.ts"],
    setupFiles: ["test/harness/database-cleanup.ts"],
    pool: "forks",
    // They share a workspace, so that packages are installed once.
    fileParallelism: false,
    // Installing a package may take minutes.
    testTimeout: 900_000,
    hookTimeout: 240_000,
    reporters: ["verbose"],
  },
});
