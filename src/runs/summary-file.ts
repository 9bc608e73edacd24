import { readFile, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { SluiceError } from "../core/errors.ts";
import { childTables, errorReport, eventData, runStatus, streamOutcome, trigger } from "../core/events.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { writeFileExclusive } from "../system/atomic-file.ts";
import { makeFolder } from "../system/make-folder.ts";
import { summaryPath } from "./artifact-names.ts";
import { artifactsUnwritable } from "./event-log.ts";

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();
const json = z.json() as z.ZodType<JsonValue>;
const jsonObject = z.record(z.string(), z.json()) as unknown as z.ZodType<JsonObject>;

export const stateMirror = z
  .object({
    version: z.literal(1),
    revision: count.describe("grows by one with every commit"),
    destination_id: z.string().nullable(),
    global: jsonObject,
    streams: z.record(z.string(), z.object({ cursor: json })),
  })
  .describe("How far each stream has been loaded");

export const streamStats = z.object({
  table: z.string().describe("`namespace.table`"),
  mode: z.string(),
  outcome: streamOutcome,
  rows_read: count,
  rows_written: count.describe("rows that the destination has acknowledged"),
  inserted: count,
  updated: count,
  unchanged: count.default(0).describe("rows of `merge` that the table had already as they came"),
  deleted: count,
  rejected: count.describe("rows set aside in `_sluice_rejects`"),
  bytes: count.describe("bytes read from the source"),
  duration_ms: ms,
  continued_from: json
    .default(null)
    .describe("the cursor that it went on from; null when it was read from its beginning"),
  continued_at: z.string().nullable().default(null).describe("the same in a few words for people"),
  child_tables: childTables.optional(),
  error: errorReport.nullable(),
});
export type StreamStats = z.infer<typeof streamStats>;

export const runSummary = z.object({
  v: z.literal(1),
  run_id: z.uuid(),
  connection: z.string(),
  type: z.string().describe("the connector's name"),
  status: runStatus,
  exit_code: count,
  trigger,
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime(),
  duration_ms: ms,
  attempts: count,
  error: errorReport.nullable(),
  report: z.string().describe("short text for people"),
  warnings: z
    .array(z.string())
    .describe("what did not stop the run and should still be known, connectors' warnings among it: each once"),
  state: stateMirror.nullable().describe("after the run; null when the destination was never reached"),
  state_before: stateMirror.nullable(),
  stats: z.record(z.string(), streamStats).describe("by stream"),
  progress_counts: z.record(z.string(), count).describe("rows written by stream"),
  schema_changes: z.array(eventData["schema.change"].extend({ stream: z.string() })),
  events_path: z.string().nullable().describe("null when the event log could not be made"),
  destination: z
    .object({ host: z.string(), port: count, database: z.string(), namespace: z.string() })
    .nullable()
    .describe("null when the destination was never reached"),
  version: z.string().describe("of Sluice"),
});
export type RunSummary = z.infer<typeof runSummary>;

/**
 * Stores a run's summary and returns its path. A summary is never overwritten: when the millisecond is taken, the next
 * free one names it. Throws `artifacts_unwritable`.
 */
export async function writeSummary(folder: string, summary: RunSummary): Promise<string> {
  const text = `${JSON.stringify(summary, undefined, 2)}\n`;
  for (let at = Date.parse(summary.started_at); ; at++) {
    const path = summaryPath(folder, summary.connection, at);
    if (await claimed(path, text)) return path;
  }
}

/** False when the path is taken. */
async function claimed(path: string, text: string): Promise<boolean> {
  const doing = `writing the summary ${path}`;
  await makeFolder(dirname(path)).catch((error) => {
    throw artifactsUnwritable(doing, error);
  });
  try {
    await writeFileExclusive(path, text, { milestones: ["before_summary_made", "after_summary_made"] });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw artifactsUnwritable(doing, rootCause(error));
  }
}

/** Finds out before anything is loaded whether a summary could be written there. Throws `artifacts_unwritable`. */
export async function assertSummaryWritable(folder: string, connection: string, at: number): Promise<void> {
  const path = summaryPath(folder, connection, at);
  const probe = `${path}.${process.pid}.probe`;
  try {
    await makeFolder(dirname(path));
    await writeFile(probe, "");
    await unlink(probe);
  } catch (error) {
    throw artifactsUnwritable(`preparing the summary ${path}`, rootCause(error));
  }
}

/** Throws `run_unknown` when the file is no summary. */
export async function readSummary(path: string): Promise<RunSummary> {
  const text = await readFile(path, "utf8");
  try {
    return runSummary.parse(JSON.parse(text));
  } catch (cause) {
    throw new SluiceError("run_unknown", `reading ${path}: ${whatItIs(text)}`, { cause });
  }
}

/** Of a text that is not a summary of ours. */
function whatItIs(text: string): string {
  const [, version] = /^\s*\{\s*"v"\s*:\s*(\d+)/.exec(text) ?? [];
  if (version === undefined || Number(version) <= 1) return "it is not the summary of a run.";
  return `it is of version ${version}, which a newer Sluice has written; this one reads version 1. Open it with that one.`;
}

function rootCause(error: unknown): unknown {
  return error instanceof SluiceError ? (error.cause ?? error) : error;
}
