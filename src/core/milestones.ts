import { channel } from "node:diagnostics_channel";

/**
 * The places of a run where a crash would tell most, in no order of their own. Whoever wants to know subscribes to the
 * diagnostics channel `sluice:milestone` of this process; without a subscriber reaching one costs nothing.
 */
export const MILESTONES = [
  "run_lock_taken",
  "file_lock_awaited",
  "file_lock_taken",
  "copy_ended",
  "columns_committed",
  "staging_merged",
  "before_swap",
  "after_swap",
  "before_commit",
  "after_commit",
  "joint_columns_committed",
  "joint_before_commit",
  "joint_after_commit",
  "before_state_merge",
  "after_state_merge",
  "before_file_replaced",
  "after_file_replaced",
  "before_file_made",
  "after_file_made",
  "before_summary_made",
  "after_summary_made",
  "after_history",
] as const;

export type Milestone = (typeof MILESTONES)[number];

const milestones = channel("sluice:milestone");

/** Subscribers run before it returns, and may hold the process or end it there. */
export function reached(milestone: Milestone): void {
  if (milestones.hasSubscribers) milestones.publish(milestone);
}
