import { isJsonObject } from "../../../core/json.ts";
import type { ListedConnection } from "../../../workspace/config-file.ts";
import type { Connection } from "../../../workspace/config-schema.ts";
import type { RunDetails, ShelfView, ShelvedRun } from "../../state/run-shelf.ts";
import type { Status } from "../../theme/status-look.ts";
import type { Findable } from "../../ui/filter.ts";

/** What the list remembers is kept under this name. */
export const CONNECTIONS_LIST = "connections";

/** A connection with what is known of its runs. */
export interface ConnectionRow {
  name: string;
  type: string;
  title: string;
  tags: readonly string[];
  /** Undefined for an entry that is not valid. */
  connection: Connection | undefined;
  problems: readonly { path: string; message: string }[];
  /** What to show first: a broken entry, a disabled one, else the last run. */
  status: Status;
  /** Newest first. */
  runs: readonly ShelvedRun[];
  /** Undefined while it has not been read, or there is none. */
  lastRun: Exclude<RunDetails, "unreadable"> | undefined;
  /** The id of a run that is going on. */
  live: string | undefined;
}

export function connectionRows(connections: readonly ListedConnection[], shelf: ShelfView): ConnectionRow[] {
  return connections.map((listed) => rowOf(listed, shelf));
}

/** By these a connection is found. */
export function findableBy({ name, type, status, title, tags }: ConnectionRow): Findable {
  return { name, type, status, title, tag: tags.join(" ") };
}

/** Where the entry is in config.json: the row says which it is. */
const ENTRY = /^connections\[\d+\]\.?/;

/** Why it cannot run or its last run has failed, with what to press; undefined when all is well. */
export function troubleOf({ connection, problems, status, lastRun }: ConnectionRow): string | undefined {
  if (connection === undefined) {
    const places = problems.map(({ path, message }) => `${path.replace(ENTRY, "")}: ${message}`.replace(/^: /, ""));
    return `${places.join(" ")} Press e to mend it.`;
  }
  if (status === "unreadable") return "The summary of its last run cannot be read here. Press Enter for its runs.";
  if (status === "running" || status === "disabled" || lastRun?.error == null) return undefined;
  return `[${lastRun.error.code}] ${lastRun.error.message}`;
}

function rowOf(listed: ListedConnection, shelf: ShelfView): ConnectionRow {
  const runs = shelf.byConnection.get(listed.name) ?? [];
  const [newest] = runs;
  const details = newest === undefined ? undefined : shelf.details.get(newest.key);
  const lastRun = details === "unreadable" ? undefined : details;
  const live = liveRunOf(runs, shelf);
  const shown = { name: listed.name, runs, lastRun, live };
  if (!listed.valid) {
    const raw = isJsonObject(listed.raw) ? listed.raw : {};
    const type = typeof raw.type === "string" ? raw.type : "?";
    return { ...shown, type, title: "", tags: [], connection: undefined, problems: listed.problems, status: "invalid" };
  }
  const { connection } = listed;
  const last = newest === undefined ? "never" : details === "unreadable" ? "unreadable" : (lastRun?.status ?? "unread");
  const status = live !== undefined ? "running" : connection.enabled ? last : "disabled";
  const { type, title = "", tags } = connection;
  return { ...shown, type, title, tags, connection, problems: [], status };
}

function liveRunOf(runs: readonly ShelvedRun[], { live }: ShelfView): string | undefined {
  if (live.size === 0) return undefined;
  return runs.find(({ log }) => log !== undefined && live.has(log.run_id))?.log?.run_id;
}
