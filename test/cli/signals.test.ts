import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { ROOT, workspaceFolder } from "./command-harness.ts";

const MAIN = join(ROOT, "src/main.ts");

/** A connector that never comes to an end; `deaf` ones do not even hear that they should. */
const ENDLESS = `import { setTimeout as sleep } from "node:timers/promises";
import { defineConnector, z } from "sluice/connector";
export default defineConnector({
  name: "endless",
  title: "Endless",
  description: "Numbers without end.",
  options: z.strictObject({ deaf: z.boolean().default(false).describe("whether it goes on when told to stop") }),
  secrets: z.strictObject({}),
  async check() {
    return { message: "fine" };
  },
  streams: [
    {
      name: "numbers",
      ordered: true,
      async *read({ options, signal }) {
        for (let id = 1; ; id++) {
          yield { rows: [{ id }], cursor: String(id) };
          await sleep(options.deaf ? 3_600_000 : 5, undefined, options.deaf ? {} : { signal });
        }
      },
    },
  ],
});
`;

async function startRun(deaf: boolean) {
  const database = await freshDatabase();
  const fields = Object.entries(database.address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const connection = { name: "numbers", type: "endless", schema: { options: { deaf } } };
  const folder = await workspaceFolder({
    "config.json": { version: 1, connections: [connection], settings: { destination: "postgres" } },
    ".dlt/secrets.toml": `[destination.postgres.credentials]\n${fields.join("\n")}\n`,
    "connectors/endless.ts": ENDLESS,
  });
  const child = spawn(process.execPath, [MAIN, "run", "numbers", "--json"], { cwd: folder });
  let stdout = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  await logHas(folder, "stream.start");
  return { folder, child, output: () => stdout };
}

/** Waits until the run's log tells of an event. */
async function logHas(folder: string, kind: string): Promise<void> {
  for (;;) {
    const files = await readdir(join(folder, "run_logs"), { recursive: true }).catch(() => []);
    const log = files.find((file) => file.endsWith(".jsonl"));
    const content = log === undefined ? "" : await readFile(join(folder, "run_logs", log), "utf8");
    if (content.includes(`"kind":"${kind}"`)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s ends a run in good order with exit code %i", async (signal, exit_code) => {
  const { child, output } = await startRun(false);
  child.kill(signal);
  const [code] = await once(child, "close");
  expect(code).toBe(exit_code);
  expect(JSON.parse(output())).toMatchObject({ exit_code, results: [{ status: "cancelled" }] });
});

test("a second signal ends a run that does not listen", async () => {
  const { child } = await startRun(true);
  // Two that come too close together are one to the operating system.
  const insisting = setInterval(() => child.kill("SIGINT"), 100);
  const [code] = await once(child, "close");
  clearInterval(insisting);
  expect(code).toBe(130);
});
