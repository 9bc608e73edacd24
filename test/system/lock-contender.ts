import { readFileSync } from "node:fs";
import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { acquireFileLock } from "../../src/system/file-lock.ts";

/**
 * Takes and gives back one lock, over and over, and reports in `violations` whenever it meets another holder. Kills
 * itself with SIGKILL at a random moment when told to.
 */
const [folder = "", rounds = "0", killAfterMs = "0"] = process.argv.slice(2);
if (Number(killAfterMs) > 0) setTimeout(() => process.kill(process.pid, "SIGKILL"), Number(killAfterMs));

for (let round = 0; round < Number(rounds); round++) {
  const lock = await acquireFileLock(join(folder, "contended"), { purpose: "contending", wait_ms: 60_000 });
  await assertAlone();
  const count = Number(await readFile(join(folder, "counter"), "utf8"));
  await writeFile(join(folder, "holder"), String(process.pid));
  await sleep(Math.random() * 3);
  await assertAlone(process.pid);
  await writeFile(join(folder, "counter.new"), String(count + 1));
  await rename(join(folder, "counter.new"), join(folder, "counter"));
  await writeFile(join(folder, "holder"), "");
  await appendFile(join(folder, "rounds"), "x");
  await lock.release();
}

/** A holder that was killed leaves its pid behind: only a living one proves that two held the lock at once. */
async function assertAlone(expected?: number): Promise<void> {
  const holder = Number(await readFile(join(folder, "holder"), "utf8").catch(() => "0"));
  if (expected === undefined ? holder !== 0 && isRunning(holder) : holder !== expected) {
    await appendFile(join(folder, "violations"), `${process.pid} met ${holder} where ${expected ?? 0} was expected\n`);
  }
}

/** A killed process can still be signalled until its parent has taken note of its end, which may take a busy parent long. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}
