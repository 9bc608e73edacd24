import { z } from "zod";
import { errorReport, runStatus } from "../core/events.ts";
import { stateMirror, streamStats } from "../runs/summary-file.ts";

/** The last line of the headless runner, and what every run ends with (contract). */
export const runResult = z.object({
  v: z.literal(1),
  kind: z.literal("result"),
  run_id: z.uuid().nullable().describe("null when no run came about, for example after bad arguments"),
  connection: z.string().nullable(),
  status: runStatus,
  report_text: z.string().describe("short text for people"),
  state_updates: stateMirror
    .nullable()
    .describe("the state after the run with only the streams that this run moved; null when none was"),
  stats: z.record(z.string(), streamStats).describe("by stream"),
  exit_code: z.number().int().nonnegative(),
  events_path: z.string().nullable(),
  summary_path: z.string().nullable(),
  error: errorReport.nullable(),
});
export type RunResult = z.infer<typeof runResult>;
