import { expect, test } from "vitest";
import { runChild } from "../../src/system/child-process.ts";

test("output, exit code and a one-line summary come back without an exception", async () => {
  const result = await runChild("sh", ["-c", "echo out; echo err >&2; exit 3"]);
  expect(result).toMatchObject({
    ok: false,
    exit_code: 3,
    stdout: "out\n",
    stderr: "err\n",
    summary: "sh -c: exit code 3",
  });
});

test("a program that does not exist is an answer too", async () => {
  const result = await runChild("no-such-program-at-all");
  expect(result).toMatchObject({ ok: false, exit_code: undefined });
  expect(result.summary).toContain("not found");
});

test("lines come as they are written, the last one without its line feed too", async () => {
  const lines: string[] = [];
  await runChild("printf", ["one\ntwo\r\nthree"], { onLine: (line, from) => lines.push(`${from}: ${line}`) });
  expect(lines).toEqual(["stdout: one", "stdout: two", "stdout: three"]);
});

test("the child has the environment that it is given and no other", async () => {
  const result = await runChild("/usr/bin/env", [], { env: { ONLY: "this", NOT: undefined } });
  expect(result.stdout).toBe("ONLY=this\n");
});

test("a child reads what it is given and otherwise nothing", async () => {
  expect((await runChild("cat", [], { input: "é😀" })).stdout).toBe("é😀");
  expect((await runChild("cat")).ok).toBe(true);
});

test("a child that takes too long is ended and said to have been", async () => {
  const result = await runChild("sleep", ["60"], { timeout_ms: 50 });
  expect(result).toMatchObject({ ok: false, timed_out: true, cancelled: false, signal: "SIGTERM" });
});

test("a cancelled child that ignores SIGTERM is killed after its grace", async () => {
  const cancel = new AbortController();
  const running = runChild("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"], {
    signal: cancel.signal,
    grace_ms: 50,
    onLine: () => cancel.abort(),
  });
  expect(await running).toMatchObject({ ok: false, cancelled: true, signal: "SIGKILL" });
});
