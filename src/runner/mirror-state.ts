import { asSluiceError } from "../core/errors.ts";
import { canonicalJson, type JsonValue } from "../core/json.ts";
import { reached } from "../core/milestones.ts";
import type { LoadSession } from "../pipelines/load/load-session.ts";
import type { StateMirror } from "../pipelines/load/plan.ts";
import { mergeState } from "../workspace/state-mirror.ts";
import { stateForEvent } from "./event-state.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Copies the destination's state into config.json. The rows are committed by then, so a config.json that cannot be
 * written does not fail the run: it is told, and the next run reconciles. Returns what the destination holds.
 */
export async function mirrorState(
  run: RunContext,
  session: LoadSession,
  connectionId: string,
): Promise<StateMirror | undefined> {
  const state = await session.currentState().catch(() => undefined);
  if (state === undefined) return undefined;
  reached("before_state_merge");
  try {
    const { before, after, deleted } = await mergeState(run.deps.workspace, connectionId, state);
    reached("after_state_merge");
    if (deleted) {
      run.warn("the connection was deleted from config.json during its run: its state stays in the destination alone.");
      return state;
    }
    if (canonicalJson(asJson(before)) !== canonicalJson(asJson(after))) {
      const states = { before: stateForEvent(before), after: stateForEvent(after) };
      const data = { ...states, before_from: "config.json", after_from: "destination" };
      run.events.emit({ kind: "state.merge", data });
    }
  } catch (error) {
    const { code, message } = asSluiceError(error);
    const saying = `the state in config.json was not brought up to date (the rows and the destination's state are safe): ${message}`;
    run.warn(saying, { code });
  }
  return state;
}

function asJson(state: StateMirror | undefined): JsonValue {
  return (state ?? null) as JsonValue;
}
