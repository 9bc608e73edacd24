import { SluiceError } from "../../core/errors.ts";
import type { StreamPlan } from "./plan.ts";

/** Postgres's own limit. */
const MAX_COLUMNS = 1600;

/** Of what Sluice adds to a table: when and by which run; between which times. */
const METADATA_COLUMNS = 2;
const HISTORY_COLUMNS = 2;

/**
 * @throws SluiceError schema_unsupported when the table, or the one that its rows pass through on their way, would need
 * more columns than Postgres allows.
 */
export function assertRoom(plan: StreamPlan, label: string, columns: number): void {
  const added = (plan.metadata ? METADATA_COLUMNS : 0) + (plan.keep_history === true ? HISTORY_COLUMNS : 0);
  // What keeps the order in which rows came.
  const passing = isStaged(plan) ? 1 : 0;
  const needed = columns + Math.max(added, passing);
  if (needed <= MAX_COLUMNS) return;
  const remedy = plan.metadata
    ? "Set `metadata: false` to do without the two columns that Sluice adds, or leave columns out."
    : "Leave columns out, or load it by append or replace, whose rows need none of their own on their way.";
  throw new SluiceError(
    "schema_unsupported",
    `loading ${label}: ${needed} columns are needed and a Postgres table holds ${MAX_COLUMNS}. ${remedy}`,
  );
}

function isStaged({ mode, ordered, full_refresh }: StreamPlan): boolean {
  return mode === "merge" || (mode === "append" && !ordered && !full_refresh);
}
