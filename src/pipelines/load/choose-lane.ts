import type { TableTransaction } from "./checkpoint.ts";
import { CopyLane } from "./copy-lane.ts";
import type { Lane } from "./lane.ts";
import type { StreamPlan } from "./plan.ts";
import { RebuildLane, type Winnow } from "./rebuild-lane.ts";
import { StagingLane } from "./staging-lane.ts";
import { TruncateLane } from "./truncate-lane.ts";

/** The whole table is made anew at the end. */
export function isRebuild(plan: StreamPlan): boolean {
  return plan.mode === "replace" || (plan.full_refresh && plan.keep_history !== true);
}

/** With `winnow` staged rows are sorted out before they are stored. */
export function chooseLane(transaction: TableTransaction, nextStagingName: () => string, winnow?: Winnow): Lane {
  const { plan } = transaction.target;
  if (isRebuild(plan) && plan.replace_by === "truncate" && plan.mode !== "merge") return new TruncateLane(transaction);
  if (isRebuild(plan)) return new RebuildLane(transaction, nextStagingName(), winnow);
  if (plan.mode === "append" && plan.ordered) return new CopyLane(transaction);
  return new StagingLane(transaction, nextStagingName());
}
