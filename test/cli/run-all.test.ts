import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runAll } from "../../src/cli/actions/run.ts";
import { loadRegistry } from "../../src/connector/registry.ts";
import { systemClock } from "../../src/core/time.ts";
import { openWorkspace } from "../../src/workspace/locate.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { configOf, workspaceFolder } from "./command-harness.ts";

test("--fail-fast starts nothing while a failed run is still giving back what it holds", async () => {
  await using database = await freshDatabase();
  const connections = ["bad", "good", "later"].map((name) => ({ name, type: "staged", destination: "postgres" }));
  const fields = Object.entries(database.address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const root = await workspaceFolder({
    "config.json": configOf(...connections),
    ".dlt/secrets.toml": `[destination.postgres.credentials]\n${fields.join("\n")}\n`,
    "connectors/staged.ts": STAGED,
  });
  const workspace = openWorkspace({ workspace: root, cwd: root, env: {} });
  const registry = loadRegistry({ builtin: join(root, "connectors") });
  const started: string[] = [];
  const results = await runAll(["bad", "good", "later"], {
    deps: { workspace, registry, clock: systemClock, version: "1.2.3" },
    requestFor: (connection) => ({ connection, trigger: "cli", retries: 0 }),
    onEvent({ kind, connection }) {
      if (kind === "run.start") started.push(connection);
      if (kind === "run.finish") writeFileSync(join(root, `${connection}.finished`), "");
    },
    signal: new AbortController().signal,
    parallel: 2,
    failFast: true,
  });
  expect(existsSync(join(root, "good.finished"))).toBe(true);
  expect(started.sort()).toEqual(["bad", "good"]);
  expect(results.map(({ connection, status }) => [connection, status])).toEqual([
    ["bad", "failed"],
    ["good", "success"],
  ]);
});

/** `bad` fails, and ends only well after `good` has, which waits for that failure. */
const STAGED = `import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ConnectorError, defineConnector, z } from "sluice/connector";

const finished = async (ctx, name) => {
  while (!existsSync(join(ctx.workspace, name + ".finished"))) await setTimeout(5, undefined, { signal: ctx.signal });
};

export default defineConnector({
  name: "staged",
  title: "Staged",
  description: "Fails and succeeds in a given order.",
  options: z.strictObject({}),
  secrets: z.strictObject({}),
  async check() {
    return { message: "fine" };
  },
  streams: [{
    name: "rows",
    async *read(ctx) {
      if (ctx.connection === "bad") {
        ctx.defer(async () => {
          await finished(ctx, "good");
          await setTimeout(500);
        });
        throw new ConnectorError("source_refused", "no");
      }
      await finished(ctx, "bad");
      yield { rows: [{ id: 1 }] };
    },
  }],
});
`;
