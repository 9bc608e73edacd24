import { once } from "node:events";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { acquireFileLock } from "../../src/system/file-lock.ts";

/**
 * Tries each of many locks once, at the moments that all racers are given, and notes those it has won. Holds them until
 * stdin ends. Says `ready`, waits to be told the time of the first race, and says `done`.
 */
const [folder = "", races = "0", everyMs = "10"] = process.argv.slice(2);
process.stdout.write("ready\n");
const [startsAt] = await once(process.stdin, "data");
for (let race = 0; race < Number(races); race++) {
  await sleep(Math.max(0, Number(startsAt) + race * Number(everyMs) - Date.now()));
  const won = await acquireFileLock(join(folder, `race-${race}`), { wait_ms: 0 }).then(
    () => true,
    (error: { code?: string }) => {
      if (error.code !== "file_locked") throw error;
      return false;
    },
  );
  if (won) await appendFile(join(folder, `race-${race}.winners`), `${process.pid}\n`);
}
process.stdout.write("done\n");
process.stdin.resume();
