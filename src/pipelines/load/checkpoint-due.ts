import type { StreamPlan } from "./plan.ts";

/** A checkpoint is due when any of these is reached: often enough to lose little, seldom enough to cost little. */
const CHECKPOINT_BYTES = 256 * 1024 * 1024;
const CHECKPOINT_MS = 5000;

/** Whether enough has come since the last checkpoint that another is worth its cost. */
export function isCheckpointDue(
  plan: Pick<StreamPlan, "checkpoint_bytes" | "checkpoint_ms">,
  bytes: number,
  ms: number,
): boolean {
  const { checkpoint_bytes = CHECKPOINT_BYTES, checkpoint_ms = CHECKPOINT_MS } = plan;
  return bytes >= checkpoint_bytes || ms >= checkpoint_ms;
}
