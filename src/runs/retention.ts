import { rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { dayOf } from "../core/time.ts";
import { listDays } from "./run-folders.ts";

const DAY_MS = 86_400_000;

/** Deletes logs and summaries of days before the last `days`. Other people's files stay. Returns how many went. */
export async function pruneRuns(runs: string, runLogs: string, days: number, now: number): Promise<number> {
  const oldest = dayOf(now - days * DAY_MS);
  let deleted = 0;
  for await (const { day, logs, summaries } of listDays(runs, runLogs)) {
    if (day >= oldest) continue;
    for (const { path } of [...logs, ...summaries]) {
      await unlink(path);
      deleted += 1;
    }
    for (const folder of [join(runs, day), join(runLogs, day)]) await rmdir(folder).catch(() => {});
  }
  return deleted;
}
