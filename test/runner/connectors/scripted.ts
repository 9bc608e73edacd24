import { existsSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectorContext, ConnectorError, defineConnector, type ReadContext, z } from "sluice/connector";

/** A connector whose connection says what its source is like: rows numbered from 1, with the trouble it is to make. */

const trouble = z.strictObject({
  after: z.int().describe("rows that come before it"),
  code: z.string().optional().describe("of the error; a plain Error without one"),
  message: z.string().describe("of the error"),
  times: z.int().optional().describe("how often it happens, counted over all runs; always unless given"),
});

const stream = z.strictObject({
  rows: z.int().describe("rows at the source"),
  batch: z.int().optional().describe("rows in a batch; 10 unless given"),
  ordered: z.boolean().optional().describe("whether every batch carries a cursor"),
  pause_ms: z.int().optional().describe("before each batch"),
  wait_after: z.int().optional().describe("rows after which it waits until there is a file `go` in the workspace"),
  hang_after: z.int().optional().describe("rows after which nothing more comes until the run is stopped"),
  deaf: z.boolean().optional().describe("whether it hangs on when it is told to stop"),
  say: z.string().optional().describe("said before each batch"),
  warn: z.string().optional().describe("a warning before each batch; $FROM is the number of rows before it"),
  fail: trouble.optional().describe("the error it makes"),
});

const options = z.strictObject({
  streams: z.record(z.string(), stream).describe("what it offers"),
  discover_fails: z.int().optional().describe("how often finding the streams fails"),
  chatty: z.boolean().optional().describe("whether it keeps talking while it waits"),
  label: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe("not used"),
});

const secrets = z.strictObject({
  token: z.string().optional().describe("not needed"),
});

type Options = z.infer<typeof options>;
type Secrets = z.infer<typeof secrets>;

// biome-ignore lint/style/noDefaultExport: the default export is what makes a file a connector.
export default defineConnector({
  name: "scripted",
  title: "Scripted",
  description: "Does what its options say.",
  options,
  secrets,
  check: async ({ options: { streams } }) => ({ message: `${Object.keys(streams).length} streams` }),
  streams: async (ctx) => {
    if ((await countUp(ctx, "discover")) <= (ctx.options.discover_fails ?? 0)) throw new Error("the source is asleep");
    return Object.entries(ctx.options.streams).map(([name, { ordered = true }]) => ({
      name,
      ordered,
      read: (context) => read(context, name),
    }));
  },
});

async function* read(ctx: ReadContext<Options, Secrets>, name: string) {
  const script = ctx.options.streams[name];
  if (script === undefined) return;
  const { rows, batch = 10, pause_ms = 0, say, warn } = script;
  await countUp(ctx, `read_${name}`);
  for (let from = Number(ctx.cursor ?? 0); from < rows; from += batch) {
    if (pause_ms > 0) await sleep(pause_ms);
    if (say !== undefined) ctx.log("info", say);
    if (warn !== undefined) ctx.log("warn", warn.replaceAll("$FROM", String(from)));
    await makeTrouble(ctx, name, from);
    const to = Math.min(from + batch, rows);
    const ids = Array.from({ length: to - from }, (_, index) => from + index + 1);
    yield { rows: ids.map((id) => ({ id, text: `row ${id}` })), cursor: to };
  }
}

async function makeTrouble(ctx: ReadContext<Options, Secrets>, name: string, read: number): Promise<void> {
  const { fail, wait_after = Infinity, hang_after = Infinity, deaf = false } = ctx.options.streams[name] ?? {};
  if (read >= wait_after) await waitForGo(ctx);
  if (read >= hang_after) ctx.log("info", "hanging");
  if (read >= hang_after) await hang(deaf ? undefined : ctx.signal);
  if (fail === undefined || read < fail.after) return;
  if ((await countUp(ctx, `fail_${name}`)) > (fail.times ?? Number.POSITIVE_INFINITY)) return;
  const message = fail.message.replaceAll("$TOKEN", ctx.secrets.token ?? "");
  throw fail.code === undefined ? new Error(message) : new ConnectorError(fail.code as never, message);
}

async function waitForGo(ctx: ReadContext<Options, Secrets>): Promise<void> {
  const go = join(ctx.workspace, "go");
  if (!existsSync(go)) ctx.log("info", "waiting");
  while (!existsSync(go) && !ctx.signal.aborted) {
    if (ctx.options.chatty) ctx.log("info", "still waiting".padEnd(300, "."));
    await sleep(10);
  }
}

function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setInterval(() => {}, 1000);
    timer.unref();
    signal?.addEventListener("abort", () => {
      clearInterval(timer);
      reject(signal.reason);
    });
  });
}

/** How often something has happened in the workspace, over all processes. */
async function countUp(ctx: ConnectorContext<Options, Secrets>, what: string): Promise<number> {
  const path = join(ctx.workspace, `${what}.count`);
  await appendFile(path, "x");
  return (await readFile(path, "utf8")).length;
}
