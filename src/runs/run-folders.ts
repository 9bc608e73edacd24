import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type LogName, parseLogName, parseSummaryName, type SummaryName } from "./artifact-names.ts";

export interface DayOfRuns {
  /** `2026-11-20` */
  day: string;
  logs: LogName[];
  summaries: SummaryName[];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The days that have runs, newest first; each is listed only when it is asked for, if it is `wanted`. Nothing is opened. */
export async function* listDays(
  runs: string,
  runLogs: string,
  wanted: (day: string) => boolean = () => true,
): AsyncGenerator<DayOfRuns> {
  const days = new Set(
    [...(await namesIn(runs)), ...(await namesIn(runLogs))].filter((name) => DAY.test(name) && wanted(name)),
  );
  for (const day of [...days].sort().reverse()) {
    const [logFiles, summaryFiles] = await Promise.all([namesIn(join(runLogs, day)), namesIn(join(runs, day))]);
    yield {
      day,
      logs: logFiles.flatMap((file) => parseLogName(join(runLogs, day), file) ?? []),
      summaries: summaryFiles.flatMap((file) => parseSummaryName(join(runs, day), file) ?? []),
    };
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
}
