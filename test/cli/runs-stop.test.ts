import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { parseOutput, startHeadless } from "../headless/headless-process.ts";
import { testWorkspace } from "../runner/test-workspace.ts";
import { sluice } from "./command-harness.ts";

const streams = { cards: { rows: 300, wait_after: 200 }, lists: { rows: 50 } };
const connections = [{ name: "board", options: { streams }, schema: { inference_rows: 20 } }];

test("a stream of a run in another process is stopped, and that run says partial", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections });
  const { child, ended } = await startHeadless(ws, ["board"]);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  await expect.poll(() => said, { timeout: 30_000 }).toContain('"waiting"');
  const stop = (...flags: string[]) => sluice(["runs", "stop", ...flags, "--json"], { cwd: ws.root });
  const slip = await stop("--stream", "card");
  expect([slip.exit_code, slip.stderr]).toEqual([2, expect.stringContaining('Did you mean "cards"?')]);
  const other = await stop("--connection", "bored");
  expect([other.exit_code, other.stderr]).toEqual([3, expect.stringContaining("there is none of that name")]);
  const stopped = await stop("--connection", "board", "--stream", "cards");
  expect(stopped.json()).toMatchObject({ connection: "board", ended: false, stopping: ["cards"], over: [] });
  const { code, stdout } = await ended;
  expect(code).toBe(4);
  const { result } = parseOutput(stdout);
  expect(result).toMatchObject({ status: "partial", stats: { cards: { inserted: 200 }, lists: { inserted: 50 } } });
  expect(stopped.json().run_id).toBe(result.run_id);
  const late = await sluice(["runs", "stop", result.run_id], { cwd: ws.root });
  expect([late.exit_code, late.stdout]).toEqual([0, expect.stringContaining("over: it ended as partial")]);
  const none = await stop("--connection", "board");
  expect([none.exit_code, none.json()]).toMatchObject([0, { run_id: null, connection: "board", ended: true }]);
  expect((await sluice(["runs", "stop"], { cwd: ws.root })).stdout).toContain("No run is going on.");
  expect((await stop("ffffffff")).exit_code).toBe(3);
});

test("one of several runs of a process is stopped, and the others go on", async () => {
  await using database = await freshDatabase();
  const several = [...connections, { name: "other", options: { streams: { cards: streams.cards } } }];
  await using ws = await testWorkspace({ address: database.address, connections: several });
  const run = (name: string) => ws.run(name, {}, {});
  const both = Promise.all([run("board"), run("other")]);
  const runs = () => sluice(["runs", "list", "--status", "running", "--json"], { cwd: ws.root });
  await expect.poll(async () => (await runs()).json().runs.length, { timeout: 30_000 }).toBe(2);
  const vague = await sluice(["runs", "stop"], { cwd: ws.root });
  expect([vague.exit_code, vague.stderr]).toEqual([2, expect.stringContaining("2 are going on")]);
  const stopped = await sluice(["runs", "stop", "--connection", "other"], { cwd: ws.root });
  expect(stopped.stdout).toContain("The run of other stops at the next checkpoint.");
  await writeFile(join(ws.root, "go"), "");
  const [board, other] = await both;
  expect([board.result.status, other.result.status]).toEqual(["success", "cancelled"]);
});
