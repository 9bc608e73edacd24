import { appendFile, chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { fileConnection, sluice, workspaceFolder } from "./command-harness.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

/** A workspace that loads into the test's own database. */
async function workspaceWith(connections: object[], files: Record<string, string>): Promise<string> {
  const fields = Object.entries(database.address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return workspaceFolder({
    "config.json": { version: 1, connections, settings: { destination: "postgres", retries: 0 } },
    ".dlt/secrets.toml": `[destination.postgres.credentials]\n${fields.join("\n")}\n`,
    ...files,
  });
}

async function count(table: string): Promise<number> {
  const { rows } = await database.client.query(`select count(*)::int as count from ${table}`);
  return rows[0].count;
}

const ORDERS = "id,item\n1,tea\n2,coffee\n";

describe("run", () => {
  test("loads, reports on stdout, shows progress on stderr, and leaves a log and a summary", async () => {
    const cwd = await workspaceWith([fileConnection(1, "orders")], { "orders.csv": ORDERS });
    const { exit_code, stdout, stderr } = await sluice(["run", "orders"], { cwd });
    expect(exit_code).toBe(0);
    expect(stdout).toMatch(/^orders: success after .*\n {2}orders: 2 inserted → orders\.orders\n/);
    expect(`${stdout}${stderr}`.match(/success after/g)).toHaveLength(1);
    expect(stdout).toMatch(/_events\.jsonl\n.*\.json\n$/);
    expect(stderr).toMatch(/orders {2}.*stream\.finish.*2 rows written/);
    expect(await count("orders.orders")).toBe(2);
    expect(await readdir(join(cwd, "runs"))).toHaveLength(1);
  });

  test("names the command that lets rejects pass, and the one that loads a changed file again", async () => {
    const cwd = await workspaceWith([fileConnection(46, "strict")], { "strict.csv": "id,item\n1,tea\n2,a,b,c\n" });
    const run = async () => (await sluice(["run", "strict"], { cwd })).stdout;
    const allowing = ["--set", "schema.max_rejects=5"];
    expect(await run()).toContain(`\`sluice connections edit strict ${allowing.join(" ")}\``);
    await sluice(["connections", "edit", "strict", ...allowing], { cwd });
    expect(await run()).toContain("strict: success");
    await writeFile(join(cwd, "strict.csv"), "id,item\n9,milk\n2,a\n");
    expect(await run()).toContain("`sluice connections edit strict --option on_changed=reload`");
    await sluice(["connections", "edit", "strict", "--option", "on_changed=reload"], { cwd });
    expect(await run()).toContain("strict: success");
  });

  test("moves only new rows the second time", async () => {
    const cwd = await workspaceWith([fileConnection(2, "again")], { "again.csv": ORDERS });
    await sluice(["run", "again"], { cwd });
    await appendFile(join(cwd, "again.csv"), "3,water\n");
    const { json } = await sluice(["run", "again", "--json"], { cwd });
    expect(json()).toMatchObject({ exit_code: 0, results: [{ status: "success", stats: { again: { inserted: 1 } } }] });
    expect(await count("again.again")).toBe(3);
  });

  test.each([
    [42, "s3", { bucket: "data", path: "a.csv" }, /access_key_id: is missing.*`anonymous`/],
    [43, "sftp", { host: "localhost", username: "u", path: "a.csv" }, /password: is missing.*`private_key`/],
  ])("is refused as its test is, while a secret is missing (%i, %s)", async (number, type, options, message) => {
    const cwd = await workspaceWith([fileConnection(number, "remote", { type, schema: { options } })], {});
    const run = await sluice(["run", "remote"], { cwd });
    expect([run.exit_code, run.stdout]).toEqual([3, expect.stringMatching(message)]);
    const tested = await sluice(["connections", "test", "remote"], { cwd });
    expect([tested.exit_code, tested.stdout]).toEqual([3, expect.stringMatching(message)]);
  });

  test("goes on in the tables it has, under a new name", async () => {
    const cwd = await workspaceWith([fileConnection(41, "before")], { "before.csv": ORDERS });
    await sluice(["run", "before"], { cwd });
    await sluice(["connections", "rename", "before", "after"], { cwd });
    await appendFile(join(cwd, "before.csv"), "3,water\n");
    const { json } = await sluice(["run", "after", "--json"], { cwd });
    expect(json()).toMatchObject({ exit_code: 0, results: [{ stats: { before: { inserted: 1 } } }] });
    expect(await count("before.before")).toBe(3);
  });

  test("does not say that it went on where it has read a changed file anew", async () => {
    const keyed = {
      schema: { options: { path: "anew.csv" }, streams: { anew: { mode: "merge", primary_key: ["id"] } } },
    };
    const cwd = await workspaceWith([fileConnection(27, "anew", keyed)], { "anew.csv": ORDERS });
    await sluice(["run", "anew"], { cwd });
    await appendFile(join(cwd, "anew.csv"), "3,water\n");
    expect((await sluice(["run", "anew"], { cwd })).stdout).toContain("continued from line 3 of anew.csv");
    await writeFile(join(cwd, "anew.csv"), "id,item\n1,milk\n2,coffee\n");
    const { stdout } = await sluice(["run", "anew"], { cwd });
    expect(stdout).toContain("1 updated, 1 unchanged → anew.anew\n");
    expect(stdout).not.toContain("continued");
  });

  test("exits 4 when some connections succeed and some do not, and runs the good ones", async () => {
    const connections = [fileConnection(3, "missing"), fileConnection(4, "good"), { name: "broken", typ: "files" }];
    const cwd = await workspaceWith(connections, { "good.csv": ORDERS });
    const { exit_code, json } = await sluice(["run", "--all", "--parallel", "2", "--json"], { cwd });
    expect(exit_code).toBe(4);
    const statuses = json().results.map(({ connection, status }: Record<string, string>) => [connection, status]);
    expect(statuses).toEqual([
      ["missing", "failed"],
      ["good", "success"],
      ["broken", "failed"],
    ]);
    expect(await count("good.good")).toBe(2);
  });

  test("starts nothing more after a failure with --fail-fast, and says what was left out", async () => {
    const cwd = await workspaceWith([fileConnection(5, "absent"), fileConnection(6, "later")], { "later.csv": ORDERS });
    const { exit_code, stdout } = await sluice(["run", "absent", "later", "--fail-fast"], { cwd });
    expect(exit_code).toBe(1);
    expect(stdout).toContain("not run: later");
  });

  test("exits 3 for a connection that cannot run whatever happens", async () => {
    const cwd = await workspaceWith([fileConnection(7, "off", { enabled: false })], {});
    expect((await sluice(["run", "off"], { cwd })).exit_code).toBe(3);
    const { exit_code, json } = await sluice(["run", "of", "--json"], { cwd });
    expect([exit_code, json().results[0].error.code]).toEqual([3, "connection_unknown"]);
  });

  test("says what a dry run would load, and loads nothing", async () => {
    const cwd = await workspaceWith([fileConnection(8, "dry")], { "dry.csv": ORDERS });
    const { exit_code, stdout } = await sluice(["run", "dry", "--dry-run"], { cwd });
    expect(exit_code).toBe(0);
    expect(stdout).toMatch(/^dry: success after .+: a dry run, nothing was loaded$/m);
    expect(stdout).toContain("dry: would be loaded by append, from its beginning → dry.dry");
    const { rows } = await database.client.query("select from pg_namespace where nspname = 'dry'");
    expect(rows).toHaveLength(0);
  });

  test("exits 130 when it is interrupted before it begins", async () => {
    const cwd = await workspaceWith([fileConnection(9, "stopped")], { "stopped.csv": ORDERS });
    const { exit_code } = await sluice(["run", "stopped"], { cwd, signal: AbortSignal.abort() });
    expect(exit_code).toBe(130);
  });

  test.each([[[]], [["orders", "--all"]], [["--all", "--tag", "x"]]])(
    "wants one way to choose, not %j",
    async (flags) => {
      const cwd = await workspaceWith([fileConnection(1, "orders")], {});
      expect((await sluice(["run", ...flags], { cwd })).exit_code).toBe(2);
    },
  );
});

describe("runs", () => {
  test("lists, shows and prints past runs", async () => {
    const cwd = await workspaceWith([fileConnection(10, "past")], { "past.csv": ORDERS });
    const run = (await sluice(["run", "past", "--json"], { cwd })).json().results[0];
    const list = await sluice(["runs", "list", "--json"], { cwd });
    expect(list.json().runs).toMatchObject([
      { run_id: run.run_id, connection: "past", status: "success", rows_written: 2 },
    ]);
    const shown = await sluice(["runs", "show", run.run_id.slice(0, 20), "--json"], { cwd });
    expect(shown.json()).toMatchObject({ run_id: run.run_id, status: "success" });
    const logs = await sluice(["runs", "logs", "--kind", "run.*", "--json"], { cwd });
    const kinds = logs.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).kind);
    expect(kinds).toEqual(["run.start", "run.finish"]);
    expect((await sluice(["runs", "logs", "--follow"], { cwd })).stdout).toContain("checkpoint.commit");
  });

  test("guesses which stream or kind of a log was meant, and tells a slip from what did not happen", async () => {
    const cwd = await workspaceWith([fileConnection(25, "slips")], { "slips.csv": ORDERS });
    await sluice(["run", "slips"], { cwd });
    const logs = (...flags: string[]) => sluice(["runs", "logs", ...flags], { cwd });
    const stream = await logs("--stream", "slip");
    expect([stream.exit_code, stream.stdout, stream.stderr]).toEqual([
      ...[2, "", expect.stringContaining('Did you mean "slips"?')],
    ]);
    for (const flags of [[], ["--follow"]]) {
      const kind = await logs("--kind", "checkpoint.comit", ...flags);
      expect([kind.exit_code, kind.stderr]).toEqual([2, expect.stringContaining('Did you mean "checkpoint.commit"?')]);
    }
    const quiet = await logs("--kind", "http.*");
    expect([quiet.exit_code, quiet.stdout, quiet.stderr]).toEqual([0, "", expect.stringContaining("No event of run")]);
  });

  test("says whether nothing has run, nothing matches, or there is no such connection", async () => {
    const connections = [fileConnection(44, "listed"), fileConnection(45, "resting")];
    const cwd = await workspaceWith(connections, { "listed.csv": ORDERS });
    const list = (...flags: string[]) => sluice(["runs", "list", ...flags], { cwd });
    expect(await list("--connection", "resting")).toMatchObject({ exit_code: 0, stdout: "No runs yet.\n" });
    await sluice(["run", "listed"], { cwd });
    expect(await list("--connection", "resting")).toMatchObject({ exit_code: 0, stdout: "No run matches.\n" });
    expect(await list("--status", "failed")).toMatchObject({ exit_code: 0, stdout: "No run matches.\n" });
    const unknown = await list("--connection", "lsted");
    expect([unknown.exit_code, unknown.stderr]).toEqual([3, expect.stringContaining('Did you mean "listed"?')]);
    await sluice(["connections", "remove", "listed", "--yes"], { cwd });
    expect(await list("--connection", "listed", "--status", "failed")).toMatchObject({ stdout: "No run matches.\n" });
  });

  test("compares two runs", async () => {
    const cwd = await workspaceWith([fileConnection(26, "twice")], { "twice.csv": ORDERS });
    const first = (await sluice(["run", "twice", "--json"], { cwd })).json().results[0];
    await writeFile(join(cwd, "twice.csv"), `${ORDERS}3,milk\n4,salt\n5,rice\n`);
    await sluice(["run", "twice"], { cwd });
    const compared = await sluice(["runs", "compare", first.run_id, "latest", "--json"], { cwd });
    expect(compared.json()).toMatchObject({
      runs: [{ run_id: first.run_id, status: "success" }, { status: "success" }],
      streams: [{ stream: "twice", change: { rows_written: expect.any(Number) } }],
      state: [{ stream: "twice" }],
    });
    const { stdout, exit_code } = await sluice(["runs", "compare", first.run_id, "latest"], { cwd });
    expect(exit_code).toBe(0);
    expect(stdout).toMatch(/twice +success → success/);
    expect(stdout).toMatch(/\n {2}twice files\S*twice\.csv\S*: .+ → .+\n/);
    const unknown = await sluice(["runs", "compare", "latest", "ffffffff"], { cwd });
    expect([unknown.exit_code, unknown.stderr]).toEqual([3, expect.stringContaining("there is none")]);
  });

  test("shows a run that died as interrupted", async () => {
    const cwd = await workspaceWith([fileConnection(11, "died")], { "died.csv": ORDERS });
    const { events_path } = (await sluice(["run", "died", "--json"], { cwd })).json().results[0];
    const lines = (await readFile(events_path, "utf8")).trim().split("\n");
    const other = events_path.replace(/[0-9a-f]{12}_events/, "0123456789ab_events");
    const id = other.match(/_([0-9a-f-]{36})_events/)[1];
    await writeFile(other, `${lines[0]?.replace(/"run_id":"[^"]+"/, `"run_id":"${id}"`)}\n`);
    const { json } = await sluice(["runs", "list", "--status", "interrupted", "--json"], { cwd });
    expect(json().runs).toMatchObject([{ run_id: id, status: "interrupted" }]);
  });
});

describe("state", () => {
  test("reset makes the next run begin from the beginning, after it was confirmed", async () => {
    const cwd = await workspaceWith([fileConnection(12, "reset")], { "reset.csv": ORDERS });
    await sluice(["run", "reset"], { cwd });
    expect((await sluice(["state", "reset", "reset"], { cwd })).exit_code).toBe(2);
    const { exit_code, json } = await sluice(["state", "reset", "reset", "--yes", "--json"], { cwd });
    expect([exit_code, json().destination.streams]).toEqual([0, { reset: { cursor: null } }]);
    expect(json().backup).toMatch(/backups\/config\.json\..*\.bak$/);
    await sluice(["run", "reset"], { cwd });
    expect(await count("reset.reset")).toBe(4);
  });

  test("adopt takes an edit by hand over, restore drops it", async () => {
    const cwd = await workspaceWith([fileConnection(13, "moved")], { "moved.csv": ORDERS });
    await sluice(["run", "moved"], { cwd });
    const before = (await sluice(["state", "show", "moved", "--json"], { cwd })).json();
    expect(before.config).toEqual(before.destination);
    await editState(cwd, "2026-01-01");
    expect((await sluice(["run", "moved"], { cwd })).exit_code).toBe(3);
    expect((await sluice(["state", "show", "moved"], { cwd })).stdout).toContain("config.json differs");
    expect((await sluice(["state", "restore", "moved", "--yes"], { cwd })).exit_code).toBe(0);
    expect((await sluice(["state", "show", "moved", "--json"], { cwd })).json()).toEqual(before);
    await editState(cwd, "2026-01-01");
    expect((await sluice(["state", "adopt", "moved", "--yes"], { cwd })).exit_code).toBe(0);
    const { destination } = (await sluice(["state", "show", "moved", "--json"], { cwd })).json();
    expect(destination.streams).toEqual({ moved: { cursor: "2026-01-01" } });
  });

  test("adopt --backup goes back to the state in a backup of config.json", async () => {
    const cwd = await workspaceWith([fileConnection(58, "back")], { "back.csv": ORDERS });
    await sluice(["run", "back"], { cwd });
    const before = (await sluice(["state", "show", "back", "--json"], { cwd })).json();
    const { backup } = (await sluice(["state", "reset", "back", "--yes", "--json"], { cwd })).json();
    expect((await sluice(["state", "adopt", "back", "--backup", backup, "--yes"], { cwd })).exit_code).toBe(0);
    const { destination } = (await sluice(["state", "show", "back", "--json"], { cwd })).json();
    expect(destination.streams).toEqual(before.destination.streams);
    const missing = await sluice(["state", "adopt", "back", "--backup", "no-such.bak", "--yes"], { cwd });
    expect(missing.exit_code).not.toBe(0);
    expect(missing.stderr).toContain("no-such.bak");
  });

  test("set moves one stream's cursor, here and at the destination", async () => {
    const cwd = await workspaceWith([fileConnection(14, "put")], { "put.csv": ORDERS });
    await sluice(["run", "put"], { cwd });
    await sluice(["state", "set", "put", "put", '{"files":{}}', "--yes"], { cwd });
    const { config, destination } = (await sluice(["state", "show", "put", "--json"], { cwd })).json();
    expect(config.streams).toEqual({ put: { cursor: { files: {} } } });
    expect(destination).toEqual(config);
    const set = async (...flags: string[]) => {
      const { exit_code, json } = await sluice(["state", "set", "put", "put", ...flags, "--yes", "--json"], { cwd });
      return exit_code === 0 ? json().destination.streams.put.cursor : exit_code;
    };
    expect(await set("1042")).toBe(1042);
    expect(await set("1043", "--string")).toBe("1043");
    expect(await set("1044")).toBe("1044");
    expect(await set("1045", "--json-value")).toBe(1045);
    expect(await set("1046", "--json-value", "--string")).toBe(2);
  });
});

interface Tried {
  step: string;
  ok: boolean;
  skipped?: boolean;
}

async function editState(cwd: string, cursor: string): Promise<void> {
  const config = JSON.parse(await readFile(join(cwd, "config.json"), "utf8"));
  for (const stream of Object.values<{ cursor: unknown }>(config.connections[0].state.streams)) stream.cursor = cursor;
  await writeFile(join(cwd, "config.json"), JSON.stringify(config));
}

describe("connections test, discover and remove --tables", () => {
  test("tell settings, source and destination apart", async () => {
    const cwd = await workspaceWith([fileConnection(15, "probe"), fileConnection(16, "gone")], { "probe.csv": ORDERS });
    const good = (await sluice(["connections", "test", "probe", "--json"], { cwd })).json();
    expect(good).toMatchObject({
      ok: true,
      steps: expect.arrayContaining([expect.objectContaining({ step: "source", ok: true })]),
    });
    const { exit_code, json } = await sluice(["connections", "test", "gone", "--json"], { cwd });
    expect(exit_code).toBe(1);
    const failed = json().steps.filter(({ ok }: { ok: boolean }) => !ok);
    expect(failed).toMatchObject([{ step: "source", message: expect.stringContaining("gone.csv") }]);
    const streams = (await sluice(["connections", "discover", "probe", "--json"], { cwd })).json().streams;
    expect(streams).toMatchObject([{ name: "probe", selected: true, mode: "append" }]);
  });

  test("goes on to source and destination when the settings are wrong, as far as these are known", async () => {
    const drift = fileConnection(19, "drifting", { schema: { options: { path: "probe.csv" }, drift: "evovle" } });
    const pathless = fileConnection(20, "pathless", { schema: { options: { delimeter: ";" } } });
    const nowhere = fileConnection(21, "nowhere", { schema: { options: { path: "probe.csv" } }, destination: "lake" });
    const cwd = await workspaceWith([drift, pathless, nowhere], { "probe.csv": ORDERS });
    const outcomes = async (name: string) => {
      const { exit_code, json } = await sluice(["connections", "test", name, "--json"], { cwd });
      const { steps } = json();
      const states = steps.map((step: Tried) => [step.step.split(" ")[0], step.skipped ? "left" : step.ok]);
      return { exit_code, settings: steps[0], states: Object.fromEntries(states) };
    };
    expect(await outcomes("drifting")).toMatchObject({
      exit_code: 3,
      settings: { problems: [{ path: "connections[0].schema.drift" }] },
      states: { settings: false, source: true, destination: true },
    });
    expect(await outcomes("pathless")).toMatchObject({
      exit_code: 3,
      settings: {
        problems: [
          { path: "connections[1].schema.options.path" },
          { path: "connections[1].schema.options.delimeter", message: expect.stringContaining("delimiter") },
        ],
      },
      states: { settings: false, source: "left", destination: true },
    });
    expect(await outcomes("nowhere")).toMatchObject({
      exit_code: 3,
      settings: { message: expect.stringContaining("lake") },
      states: { settings: false, source: true, destination: "left" },
    });
    const { stdout } = await sluice(["connections", "test", "pathless"], { cwd });
    expect(stdout).toMatch(/failed {2}settings .*\n +connections\[1\]\.schema\.options\.path: /);
  });

  test("warns of a glob that matches nothing, which may be a slip or still to come", async () => {
    const path = ["there.csv", "nwe/*.csv", "old/*.ndjson"];
    const cwd = await workspaceWith([fileConnection(47, "globs", { schema: { options: { path } } })], {
      "there.csv": ORDERS,
    });
    const tested = await sluice(["connections", "test", "globs"], { cwd });
    const warning =
      "no file matches nwe/*.csv, old/*.ndjson. Check the option `path`, unless the files are still to come.";
    expect([tested.exit_code, tested.stdout]).toEqual([0, expect.stringContaining("warn    source")]);
    expect(tested.stdout).toContain(`\n        → ${warning}\n`);
    const { json } = await sluice(["connections", "test", "globs", "--json"], { cwd });
    expect(json().ok).toBe(true);
    expect(json().steps[1]).toMatchObject({ step: "source", ok: true, warnings: [warning] });
    const dry = await sluice(["run", "globs", "--dry-run"], { cwd });
    expect([dry.exit_code, dry.stdout]).toEqual([0, expect.stringContaining(`warning: ${warning}`)]);
  });

  test("tests a disabled connection too", async () => {
    const cwd = await workspaceWith([fileConnection(22, "off", { enabled: false })], { "off.csv": ORDERS });
    const { exit_code, stdout } = await sluice(["connections", "test", "off"], { cwd });
    expect([exit_code, stdout]).toEqual([0, expect.stringContaining("the connection is disabled")]);
  });

  test("drops the tables of a connection only when asked to", async () => {
    const cwd = await workspaceWith([fileConnection(17, "dropped")], { "dropped.csv": ORDERS });
    await sluice(["run", "dropped"], { cwd });
    const { json } = await sluice(["connections", "remove", "dropped", "--tables", "--yes", "--json"], { cwd });
    expect(json().tables_dropped).toEqual(["dropped.dropped"]);
    const { rows } = await database.client.query("select to_regclass('dropped.dropped') as found");
    expect(rows[0].found).toBeNull();
  });
});

describe("db", () => {
  test("query prints rows, changes nothing without --write, and says where a query is wrong", async () => {
    const cwd = await workspaceWith([], {});
    const { json } = await sluice(["db", "query", "select 9007199254740993 as big, null as none;", "--json"], { cwd });
    expect(json()).toMatchObject({ columns: ["big", "none"], rows: [["9007199254740993", null]], more: false });
    const shown = await sluice(["db", "query", `select 1 as id, '' as "Note", null as none`], { cwd });
    expect(shown.stdout).toBe('id  Note  none\n 1  ""    null\n');
    const limited = await sluice(["db", "query", "-", "--limit", "2", "--json"], {
      cwd,
      stdin: "select generate_series(1, 9)",
    });
    expect(limited.json()).toMatchObject({ rows: [["1"], ["2"]], more: true });
    const refused = await sluice(["db", "query", "create table t (a int)"], { cwd });
    expect([refused.exit_code, refused.stderr]).toEqual([1, expect.stringContaining("--write")]);
    const two = await sluice(["db", "query", "commit; create table t (a int)"], { cwd });
    expect(two.exit_code).toBe(1);
    const wrong = await sluice(["db", "query", "select 1\nfrom nowhere", "--json"], { cwd });
    expect(wrong.json().error).toMatchObject({ code: "query_refused", message: expect.stringContaining("nowhere") });
    expect((await sluice(["db", "query", "create table t (a int)", "--write"], { cwd })).exit_code).toBe(0);
  });

  test("url shows the password only when asked to", async () => {
    const cwd = await workspaceWith([], {});
    const { port, database: name, username, password = "" } = database.address;
    const plain = (await sluice(["db", "url"], { cwd })).stdout;
    expect(plain).toContain(`${username}@127.0.0.1:${port}/${name}`);
    expect(plain).not.toContain(password);
    expect((await sluice(["db", "url", "--with-password"], { cwd })).stdout).toContain(encodeURIComponent(password));
  });

  test("status and test say what answers", async () => {
    const cwd = await workspaceWith([], {});
    expect((await sluice(["db", "status", "--json"], { cwd })).json()).toMatchObject({ kind: "server", ok: true });
    const { exit_code, json } = await sluice(["db", "test", "--json"], { cwd });
    expect([exit_code, json().ok]).toEqual([0, true]);
    const elsewhere = await sluice(["db", "test"], { cwd, env: { DESTINATION__POSTGRES__CREDENTIALS__PORT: "1" } });
    expect([elsewhere.exit_code, elsewhere.stdout]).toEqual([1, expect.stringMatching(/failed {2}tcp/)]);
  });
});

describe("doctor", () => {
  test("finds what is wrong in each place, and mends what can be mended", async () => {
    const cwd = await workspaceWith([fileConnection(18, "fine"), { name: "broken", typ: "x" }], { "fine.csv": ORDERS });
    await chmod(join(cwd, ".dlt/secrets.toml"), 0o644);
    const { exit_code, json } = await sluice(["doctor", "--json"], { cwd });
    expect(exit_code).toBe(1);
    const failed = json().checks.filter(({ outcome }: { outcome: string }) => outcome === "failed");
    expect(new Set(failed.map(({ check }: { check: string }) => check))).toEqual(new Set(["secrets", "connection"]));
    const fixed = (await sluice(["doctor", "--fix", "--json"], { cwd })).json();
    const left = fixed.checks.filter(({ outcome }: { outcome: string }) => outcome === "failed");
    expect(left).toMatchObject([{ check: "connection", message: expect.stringContaining("broken") }]);
  });

  test("says only once what keeps several checks from looking", async () => {
    const cwd = await workspaceWith([fileConnection(23, "one"), fileConnection(24, "two")], {});
    await chmod(join(cwd, ".dlt/secrets.toml"), 0o644);
    const exposed = (await sluice(["doctor"], { cwd })).stdout;
    expect(exposed.match(/secrets_exposed/g)).toHaveLength(1);
    expect(exposed).toContain('two is not checked: mend what failed under "secrets" first');
    await writeFile(join(cwd, "config.json"), "{ broken");
    const { exit_code, stdout } = await sluice(["doctor"], { cwd });
    expect([exit_code, stdout.match(/config_not_json/g)?.length]).toEqual([1, 1]);
    expect(stdout).toMatch(/^left {4}destination +not checked: mend what failed under "config" first$/m);
  });
});
