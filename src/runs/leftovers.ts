import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { dayOf } from "../core/time.ts";
import { parseSummaryName } from "./artifact-names.ts";

/** How the names end of a summary's temporary file and of the file that tries whether one could be written. */
const UNFINISHED = /\.\d+(-[0-9a-f]{8}\.tmp|\.probe)$/;

/**
 * Removes what runs of a connection have left that were killed while they wrote a summary, from a day on. To be called
 * while its runs are locked out: then nobody is writing one.
 */
export async function clearLeftovers(runs: string, connection: string, since: number): Promise<void> {
  for (const day of await namesIn(runs)) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || day < dayOf(since)) continue;
    for (const name of await namesIn(join(runs, day))) {
      if (isLeftover(name, connection)) await unlink(join(runs, day, name)).catch(() => {});
    }
  }
}

function isLeftover(name: string, connection: string): boolean {
  if (!UNFINISHED.test(name)) return false;
  const summary = name.replace(UNFINISHED, "").replace(/^\./, "");
  return parseSummaryName("", summary)?.connection === connection;
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
