import type { TableTransaction } from "./checkpoint.ts";
import { CopyLane } from "./copy-lane.ts";
import type { Lane, LaneName } from "./lane.ts";
import type { LoadTarget } from "./load-target.ts";
import type { StreamPlan } from "./plan.ts";
import { RebuildLane, type Winnow } from "./rebuild-lane.ts";
import { StagingLane } from "./staging-lane.ts";
import { TruncateLane } from "./truncate-lane.ts";

/** The whole table is made anew at the end. */
export function isRebuild(plan: StreamPlan): boolean {
  return plan.mode === "replace" || (plan.full_refresh && plan.keep_history !== true);
}

export function laneOf(plan: StreamPlan): LaneName {
  if (isRebuild(plan)) return plan.replace_by === "truncate" && plan.mode !== "merge" ? "truncate" : "rebuild";
  return plan.mode === "append" && plan.ordered ? "copy" : "staging";
}

/**
 * The run's id, where rows are to bring it along into the table. Other lanes store it when rows leave the staging table,
 * or have it as the default of a table of theirs.
 */
export function carriedRunId(target: LoadTarget): string | undefined {
  return laneOf(target.plan) === "copy" ? target.copiedRunId : undefined;
}

/** With `winnow` staged rows are sorted out before they are stored. */
export function chooseLane(transaction: TableTransaction, nextStagingName: () => string, winnow?: Winnow): Lane {
  switch (laneOf(transaction.target.plan)) {
    case "truncate":
      return new TruncateLane(transaction);
    case "rebuild":
      return new RebuildLane(transaction, nextStagingName(), winnow);
    case "copy":
      return new CopyLane(transaction);
    case "staging":
      return new StagingLane(transaction, nextStagingName());
  }
}
