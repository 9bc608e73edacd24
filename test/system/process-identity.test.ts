import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import { isAlive, processStatus, thisProcess } from "../../src/system/process-identity.ts";

const PATIENT = { timeout: 20_000 };

test("this process is alive and always has the same identity", () => {
  expect(thisProcess()).toEqual(thisProcess());
  expect(thisProcess().pid).toBe(process.pid);
  expect(isAlive(thisProcess())).toBe(true);
});

test.skipIf(process.platform !== "linux")(
  "a process that has ended is dead, even while nobody has asked for its exit code",
  async () => {
    // The shell replaces itself with `sleep`, which never asks for the exit code of the child that it inherits. The child
    // must not end before that: the shell would still ask.
    const script = "cat <&3 >&2 & echo $!; exec sleep 60";
    const parent = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore", "pipe"] });
    const read = (pid: unknown, file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8");
    const stat = (pid: unknown) => read(pid, "stat").split(") ")[1]?.split(" ") ?? [];
    try {
      const pid = Number(String((await once(parent.stdout as Readable, "data"))[0]));
      await expect.poll(() => read(parent.pid, "comm"), PATIENT).toBe("sleep\n");
      const child = { pid, started: thisProcess().started.replace(/^\d+/, String(stat(pid)[19])) };
      expect(isAlive(child)).toBe(true);
      (parent.stdio[3] as Writable).end();
      await expect.poll(() => stat(pid)[0], PATIENT).toBe("Z");
      expect(isAlive(child)).toBe(false);
    } finally {
      parent.kill("SIGKILL");
      await once(parent, "exit");
    }
    expect(processStatus({ ...thisProcess(), pid: parent.pid as number })).toBe("dead");
  },
);

test.skipIf(process.platform !== "linux")(
  "a killed process is dead only when its last thread is: one of them may still be about to change a file",
  async () => {
    for (let round = 0; round < 10; round++) {
      const child = spawn(process.execPath, ["-e", "process.kill(process.pid, 'SIGKILL')"], { stdio: "ignore" });
      const stat = () => readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      const who = { pid: child.pid as number, started: thisProcess().started.replace(/^\d+/, String(stat()[19])) };
      // No pause: the event loop would take note of the end, and the process be gone.
      while (isAlive(who));
      expect(stat().slice(17, 18), `threads of a dead process in round ${round}`).toEqual(["1"]);
      await once(child, "exit");
    }
  },
);

test("a pid that went to another process is dead", () => {
  const { pid, started } = thisProcess();
  expect(processStatus({ pid, started: started.replace(/^\d+/, "1") })).toBe("dead");
});

test("a process of another machine, container or boot cannot be judged, and is not taken for alive", () => {
  const stranger = { pid: process.pid, started: "77@another-boot/1" };
  expect(processStatus(stranger)).toBe("elsewhere");
  expect(isAlive(stranger)).toBe(false);
});
