import { SluiceError } from "../../core/errors.ts";
import { canonicalJson, type JsonValue } from "../../core/json.ts";
import type { StateMirror } from "./plan.ts";

/** What comparing config.json's state with the destination's has found. */
export type Finding =
  /** Both say the same. */
  | { found: "same" }
  /** The connection has never been loaded anywhere, as far as either knows. */
  | { found: "new" }
  /** config.json is behind: a backup of it was restored, or a run could not write it. */
  | { found: "config_older" }
  /** The destination is behind: it was restored from a backup, or emptied of later commits. */
  | { found: "destination_older" }
  /** The destination knows nothing of the connection: it is new, another one, or was emptied. */
  | { found: "destination_empty" }
  /** Somebody changed cursors in config.json by hand. */
  | { found: "edited"; differences: string[] };

/** Compares the two places that state is kept in. The destination is right in every case but a hand edit, which is an error. */
export function compareState(mirror: StateMirror | undefined, destination: StateMirror): Finding {
  if (mirror === undefined || isEmpty(mirror)) return { found: isEmpty(destination) ? "new" : "config_older" };
  if (isEmpty(destination)) return { found: "destination_empty" };
  if (mirror.destination_id !== null && mirror.destination_id !== destination.destination_id) {
    return { found: "config_older" };
  }
  if (mirror.revision > destination.revision) return { found: "destination_older" };
  if (mirror.revision < destination.revision) return { found: "config_older" };
  const differences = differencesOf(mirror, destination);
  return differences.length === 0 ? { found: "same" } : { found: "edited", differences };
}

/** What a person is told; undefined when there is nothing to tell. */
export function explain(finding: Finding): string | undefined {
  switch (finding.found) {
    case "config_older":
      return "config.json's state is older than the destination's: the destination's cursors are used";
    case "destination_older":
      return "the destination's state is older than config.json's, as after restoring a backup: the destination's cursors are used";
    case "destination_empty":
      return "the destination knows nothing of this connection: everything is loaded from the beginning";
    default:
      return undefined;
  }
}

export function editedError(connection: string, differences: readonly string[]): SluiceError {
  return new SluiceError(
    "state_edited",
    `starting ${connection}: its state in config.json was changed by hand (${differences.join("; ")}). ` +
      `Take the change over with \`sluice state adopt ${connection}\`, or drop it with \`sluice state restore ${connection}\`.`,
    { details: { differences: [...differences] } },
  );
}

function isEmpty(state: StateMirror): boolean {
  return state.revision === 0 && Object.keys(state.streams).length === 0 && Object.keys(state.global).length === 0;
}

function differencesOf(mirror: StateMirror, destination: StateMirror): string[] {
  const streams = new Set([...Object.keys(mirror.streams), ...Object.keys(destination.streams)]);
  const differences: string[] = [];
  for (const stream of [...streams].sort()) {
    const here = mirror.streams[stream]?.cursor;
    const there = destination.streams[stream]?.cursor;
    if (canonicalJson(here) !== canonicalJson(there))
      differences.push(`${stream}: ${shown(here)} instead of ${shown(there)}`);
  }
  if (canonicalJson(mirror.global) !== canonicalJson(destination.global)) differences.push("global state");
  return differences;
}

const SHOWN_CHARACTERS = 80;

function shown(cursor: JsonValue | undefined): string {
  const text = JSON.stringify(cursor ?? null);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
