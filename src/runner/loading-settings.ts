import { SluiceError } from "../core/errors.ts";
import type { StreamPlan } from "../pipelines/load/plan.ts";

/** Settings that say how rows meet rows by key: in the other modes they would do nothing without a word. */
const OF_MERGE = ["version_field", "deleted_field", "deletes", "keep_history"] as const;

/** Throws connection_invalid for settings that do nothing, or contradict each other, in the mode that the stream has. */
export function assertSettingsFit(connection: string, plan: StreamPlan): void {
  const problem = problemOf(plan);
  if (problem === undefined) return;
  const message = `planning ${plan.stream} of ${connection}: ${problem}`;
  throw new SluiceError("connection_invalid", message, { details: { stream: plan.stream } });
}

function problemOf(plan: StreamPlan): string | undefined {
  const idle = OF_MERGE.find((name) => plan[name] !== undefined && plan[name] !== false);
  if (plan.mode !== "merge" && idle !== undefined)
    return `\`${idle}\` means something in the mode merge only and the stream's is ${plan.mode}. Set its mode, or unset \`${idle}\`.`;
  if (plan.deletes !== undefined && plan.deleted_field === undefined)
    return "`deletes` says what becomes of rows that are marked as deleted. Name their mark with `deleted_field`, or unset `deletes`.";
  if (plan.keep_history !== true) return undefined;
  if (plan.deletes === "soft")
    return "with `keep_history` a row that is marked as deleted stops being current and stays as history. Unset `deletes`.";
  if (plan.version_field !== undefined && plan.deleted_field !== undefined)
    return "with `keep_history` a version that comes late, after the mark of its row's deletion, would be history or not by where the run was cut. Unset `version_field` or `deleted_field`.";
  if (plan.nested === "tables")
    return '`nested: "tables"` keeps the rows of lists as they are now, and with `keep_history` nothing would say which of them belong to an earlier version. Set the stream\'s `nested` to jsonb, or unset `keep_history`.';
  if (plan.replace_by !== undefined)
    return "with `keep_history` nothing is ever replaced, not even by a full refresh. Unset `replace_by`.";
  return undefined;
}
