import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import { changeActions } from "./connection-changes.ts";
import type { ConnectionRow } from "./connection-rows.ts";

export interface Chosen {
  /** Under the cursor. */
  selected: ConnectionRow | undefined;
  /** The marked ones, else the one under the cursor. */
  chosen: readonly ConnectionRow[];
  all: readonly ConnectionRow[];
  clearMarks(): void;
  select(name: string): void;
}

export function connectionActions(session: Session, chosen: Chosen): Action[] {
  return [...runActions(session, chosen), ...changeActions(session, chosen), ...goActions(session, chosen)];
}

function runActions(session: Session, { selected, chosen, all, clearMarks }: Chosen): Action[] {
  const enabled = all.filter(({ connection }) => connection?.enabled === true);
  const run = async (rows: readonly ConnectionRow[]) => {
    await startRuns(session, rows);
    clearMarks();
  };
  return [
    {
      ...{ id: "connections.run", keys: ["r"], title: chosen.length > 1 ? `run ${chosen.length}` : "run", footer: 100 },
      help: "Run the selected connection, or all that are marked. (Run Selected, Run One)",
      disabled: selected === undefined ? "there is no connection yet" : firstReason(chosen),
      command: `sluice run ${chosen.map(({ name }) => name).join(" ")}`,
      run: () => run(chosen),
    },
    {
      ...{ id: "connections.run-all", keys: ["R"], title: "run all", footer: 40 },
      help: "Run every enabled connection, each in a process of its own.",
      disabled: enabled.length === 0 ? "no connection is enabled" : undefined,
      command: "sluice run --all",
      run: () => run(enabled.filter(({ live }) => live === undefined)),
    },
    {
      ...{ id: "connections.stop", keys: ["s"], title: "stop", footer: 45 },
      help: "Stop the run that is going on at its next checkpoint. What was committed stays.",
      disabled: selected?.live === undefined ? "it is not running" : undefined,
      run: async () => {
        if (selected?.live === undefined) return;
        await session.control.stop(selected.live);
        session.notices.say(`${selected.name} stops at its next checkpoint`);
      },
    },
  ];
}

/** Starts each by itself: one that cannot begin does not keep the others. */
async function startRuns(session: Session, rows: readonly ConnectionRow[]): Promise<void> {
  const { control, notices, router } = session;
  const started = await Promise.allSettled(rows.map(({ name }) => control.start({ connection: name })));
  const failed = started.filter((each) => each.status === "rejected");
  const [failure] = failed;
  const [first] = started.filter((each) => each.status === "fulfilled");
  if (failure !== undefined) notices.fail(failure.reason);
  else
    notices.say(rows.length === 1 ? `${rows[0]?.name} has started` : `${rows.length} connections have started`, "good");
  if (rows.length === 1 && first !== undefined) router.open({ screen: "live", run_id: first.value });
}

function goActions({ router }: Session, { selected }: Chosen): Action[] {
  const lastLog = selected?.runs[0]?.log;
  return [
    {
      ...{ id: "connections.open", keys: ["enter", "l", "right"], title: "its runs", footer: 95 },
      help: "Open the selected connection; while it runs, the live view.",
      disabled: selected === undefined ? "there is no connection yet" : undefined,
      run: () => {
        if (selected?.live !== undefined) router.open({ screen: "live", run_id: selected.live });
        else if (selected !== undefined) router.open({ screen: "connection", name: selected.name });
      },
    },
    {
      ...{ id: "connections.log", keys: ["o"], title: "log", footer: 46 },
      help: "Open the log of its last run: everything that happened, event by event.",
      disabled:
        selected === undefined ? "there is no connection yet" : lastLog === undefined ? "it has no log" : undefined,
      command: `sluice runs logs --connection ${selected?.name ?? ""}`,
      run: () => {
        if (lastLog !== undefined) router.open({ screen: "log", run_id: lastLog.run_id });
      },
    },
    {
      ...{ id: "connections.state", keys: ["S"], title: "state", footer: 22 },
      help: "How far its streams have been read, and moving that.",
      disabled: selected === undefined ? "there is no connection yet" : undefined,
      run: () => {
        if (selected !== undefined) router.open({ screen: "state", connection: selected.name });
      },
    },
    {
      ...{ id: "connections.history", keys: ["H"], title: "all runs", footer: 25 },
      help: "Every run of the workspace, newest first.",
      run: () => router.open({ screen: "history" }),
    },
  ];
}

function firstReason(rows: readonly ConnectionRow[]): string | undefined {
  for (const { name, connection, live } of rows) {
    if (connection === undefined) return `${name} is invalid`;
    if (!connection.enabled) return `${name} is disabled`;
    if (live !== undefined) return `${name} is running`;
  }
  return undefined;
}
