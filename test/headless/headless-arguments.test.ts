import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { headless as spec } from "../../src/cli/commands/headless.ts";
import { optionsOf } from "../../src/cli/global-options.ts";
import { HEADLESS_FLAGS } from "../../src/headless/headless-arguments.ts";
import { headlessCommand } from "../../src/headless/headless-command.ts";
import { runResult } from "../../src/runner/run-result.ts";
import { CONNECTORS, testWorkspace } from "../runner/test-workspace.ts";
import { parseOutput } from "./headless-process.ts";

async function headless(args: readonly string[], { cwd = "/nowhere", input = "" } = {}) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  stdin.end(input);
  const said = Promise.all([text(stdout), text(stderr)]);
  const host = { stdin, stdout, stderr, env: {}, cwd, version: "0.0.0-test", connectors: { builtin: CONNECTORS } };
  const code = await headlessCommand(args, host);
  stdout.end();
  stderr.end();
  const [out, err] = await said;
  return { code, stdout: out, stderr: err, stdin };
}

test.for([
  [[], "which connection"],
  [["board", "other"], "one connection at a time"],
  [["board", "--strem", "x"], 'Did you mean "--stream"?'],
  [["board", "--stream"], "--stream"],
  [["board", "--retries", "many"], "--retries"],
  [["board", "--retries=-1"], "--retries"],
  [["board", "--retries="], "--retries"],
  [["board", "--retries", "1.5"], "--retries"],
  [["board", "--timeout", "0"], "--timeout"],
  [["board", "--backoff", "Infinity"], "--backoff"],
  [["board", "--full-refresh=yes"], "full-refresh"],
  [["board", "--request", "file.json"], '--request takes only "-"'],
] as const)("arguments %j end in a result line that says what is wrong", async ([args, expected]) => {
  const { code, stdout, stderr } = await headless(args);
  const { events, result } = parseOutput(stdout);
  expect(code).toBe(2);
  expect(events).toEqual([]);
  expect(runResult.parse(result)).toMatchObject({ exit_code: 2, run_id: null, error: { code: "usage" } });
  expect(result.error.message).toContain(expected);
  expect(stderr).toContain(expected);
});

test.for([
  ["", "not one JSON object"],
  ["{", "not one JSON object"],
  ["[1]", "must be an object"],
  ["null", "must be an object"],
  ['{"connection":"board","strem":"x"}', 'Did you mean "stream"?'],
  ['{"connection":"board","retries":"3"}', "retries"],
  ["{}", "which connection"],
] as const)("the request %j ends in a result line that says what is wrong", async ([input, expected]) => {
  const { code, stdout } = await headless(["--request", "-"], { input });
  const { result } = parseOutput(stdout);
  expect(code).toBe(2);
  expect(result.error).toMatchObject({ code: "usage", message: expect.stringContaining(expected) });
});

test("the help names the flags that are understood, and no others", () => {
  const told = optionsOf(spec).map(({ flags }) => /^--([\w-]+)/.exec(flags)?.[1]);
  expect(told.sort()).toEqual(Object.keys(HEADLESS_FLAGS).sort());
});

test("takes --json, which changes nothing, and says so in its help", async () => {
  await using ws = await testWorkspace({ connections: [{ name: "board" }] });
  const plain = await headless(["boards"], { cwd: ws.root });
  const json = await headless(["boards", "--json"], { cwd: ws.root });
  expect(withoutRun(json.stdout)).toEqual(withoutRun(plain.stdout));
  const [option] = optionsOf(spec).filter(({ flags }) => flags === "--json");
  expect(option?.description).toContain("always JSON lines");
  expect(spec.arguments?.[0]).toMatchObject({ name: "connection", optional: true });
});

/** What is the same for every run. */
function withoutRun(stdout: string) {
  const { result } = parseOutput(stdout);
  return { error: result.error, exit_code: result.exit_code, status: result.status };
}

test("a connection that does not exist ends in a result line with a guess", async () => {
  await using ws = await testWorkspace({ connections: [{ name: "board" }] });
  const { code, stdout } = await headless(["boards"], { cwd: ws.root });
  expect(code).toBe(3);
  expect(parseOutput(stdout).result.error).toMatchObject({
    code: "connection_unknown",
    message: expect.stringContaining('"board"'),
  });
});

test("a folder that is no workspace ends in a result line and stays as it was", async () => {
  await using ws = await testWorkspace({ connections: [] });
  const { code, stdout } = await headless(["board", "--workspace", ".dlt"], { cwd: ws.root });
  expect(code).toBe(3);
  expect(parseOutput(stdout).result).toMatchObject({ events_path: null, summary_path: null, status: "failed" });
});

test("stdin is left alone unless the request is to come from it", async () => {
  await using ws = await testWorkspace({ connections: [{ name: "board" }] });
  const { stdin } = await headless(["board"], { cwd: ws.root, input: "untouched" });
  expect(stdin.readableFlowing).toBeNull();
  expect(String(stdin.read())).toBe("untouched");
});

test("an output whose other end breaks is told on stderr and does not fail the run", async () => {
  await using ws = await testWorkspace({ connections: [{ name: "board", enabled: false }] });
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  stdout.once("data", () => stdout.destroy(new Error("write EPIPE")));
  const host = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: {},
    cwd: ws.root,
    version: "0",
    connectors: { builtin: CONNECTORS },
  };
  expect(await headlessCommand(["board"], host)).toBe(3);
  stderr.end();
  expect(await text(stderr)).toContain("write EPIPE");
});
