import { type ReactNode, useCallback, useEffect, useState } from "react";
import { asSluiceError } from "../../../core/errors.ts";
import { isoTime } from "../../../core/time.ts";
import { readSummary } from "../../../runs/summary-file.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { runIdOf, type ShelfView, type ShelvedRun } from "../../state/run-shelf.ts";
import { useStore } from "../../state/store.ts";
import { useNow } from "../../state/use-now.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import type { Findable } from "../../ui/filter.ts";
import { useBodySize } from "../../ui/layout.tsx";
import { SelectedNote } from "../../ui/selected-note.tsx";
import { Table } from "../../ui/table.tsx";
import { useFilter } from "../../ui/use-filter.tsx";
import { useList } from "../../ui/use-list.ts";
import { columnsOf } from "./run-columns.ts";

const AGO_MS = 30_000;

/** Why the selected run cannot be read. */
const NOTE_ROWS = 3;

/** Every run of the workspace, or of one connection, newest first. */
export function HistoryScreen({ connection }: { connection?: string }): ReactNode {
  const session = useSession();
  const shelf = useStore(session.runs);
  const now = useNow(AGO_MS);
  const { rows: height } = useBodySize();
  const all = connection === undefined ? shelf.runs : (shelf.byConnection.get(connection) ?? []);
  const fieldsOf = useCallback((run: ShelvedRun) => findableBy(run, shelf), [shelf]);
  const filter = useFilter({ rows: all, fieldsOf, fields: "connection, status, date, error" });
  const note = filter.rows.some(({ key }) => shelf.details.get(key) === "unreadable") ? NOTE_ROWS : 0;
  const list = useList({
    ...{ name: "runs", rows: filter.rows, idOf: ({ key }: ShelvedRun) => key },
    height: Math.max(1, height - 1 - filter.height - note),
  });
  const why = useWhyUnreadable(list.selected, shelf);
  const visible = filter.rows.slice(list.top, list.top + list.height);
  // A filter asks for what is not on the screen: then everything must be read.
  const wanted = filter.isOn ? all : visible;
  useEffect(() => session.runs.want(wanted));
  const actions = [...runActions(session, list.selected, shelf), ...filter.actions, ...list.actions];
  return (
    <KeyScope title={connection === undefined ? "Runs" : `Runs of ${connection}`} actions={actions}>
      {filter.line}
      {filter.rows.length === 0 ? (
        <Empty isScanned={shelf.isScanned} isFiltered={filter.isOn} />
      ) : (
        <Table list={list} columns={columnsOf(shelf, now)} />
      )}
      {note === 0 ? null : <SelectedNote rows={NOTE_ROWS} tone="warn" text={why} />}
    </KeyScope>
  );
}

/** Asks the selected run's summary once more what is wrong with it. */
function useWhyUnreadable(run: ShelvedRun | undefined, { details }: ShelfView): string | undefined {
  const { redactor } = useSession();
  const [found, setFound] = useState<{ path: string; why: string }>();
  const path = run !== undefined && details.get(run.key) === "unreadable" ? run.summary?.path : undefined;
  useEffect(() => {
    if (path === undefined) return;
    readSummary(path).catch((error) => setFound({ path, why: asSluiceError(error).message }));
  }, [path]);
  return found === undefined || found.path !== path ? undefined : `? ${redactor.text(found.why)}`;
}

function Empty({ isScanned, isFiltered }: { isScanned: boolean; isFiltered: boolean }): ReactNode {
  if (!isScanned) return <Toned tone="dim">reading…</Toned>;
  if (isFiltered) return <Toned>No run matches the filter. Esc shows all again.</Toned>;
  return <Prose>No run yet. Go back with Esc and press r to run a connection.</Prose>;
}

function runActions(session: Session, run: ShelvedRun | undefined, shelf: ShelfView): Action[] {
  const { router, terminal, notices, control } = session;
  const id = run === undefined ? undefined : runIdOf(run, shelf);
  const missing = run === undefined ? "there is no run" : id === undefined ? "its files cannot be read" : undefined;
  return [
    {
      ...{ id: "runs.open", keys: ["enter", "l", "right"], title: "open", footer: 100, disabled: missing },
      help: "Open the run: what it did, and why it failed if it did. While it goes on, the live view.",
      run: () => {
        if (id !== undefined) router.open({ screen: shelf.live.has(id) ? "live" : "run", run_id: id });
      },
    },
    {
      ...{ id: "runs.log", keys: ["o"], title: "log", footer: 70, disabled: missing ?? whyNoLog(run) },
      help: "Open the log of the run: everything that happened, event by event.",
      ...(id === undefined ? {} : { command: `sluice runs logs ${id}` }),
      run: () => {
        if (id !== undefined) router.open({ screen: "log", run_id: id });
      },
    },
    {
      ...{
        id: "runs.again",
        keys: ["r"],
        title: "run again",
        footer: 75,
        disabled: missing ?? whyNotAgain(run, shelf),
      },
      help: "Run its connection again, from where it got to, and watch that.",
      ...(run === undefined ? {} : { command: `sluice run ${run.connection}` }),
      run: async () => {
        if (run === undefined) return;
        const here = router.current();
        const run_id = await control.start({ connection: run.connection });
        if (router.current() === here) router.open({ screen: "live", run_id });
      },
    },
    {
      ...{ id: "runs.copy-id", keys: ["y"], title: "copy id", footer: 20, disabled: missing },
      help: "Put the run's id on the clipboard.",
      run: () => {
        if (id !== undefined && terminal.copy(id)) notices.say(`${id} is copied`, "good");
      },
    },
  ];
}

function whyNoLog(run: ShelvedRun | undefined): string | undefined {
  return run?.log === undefined ? "its log is gone; only the summary is left" : undefined;
}

function whyNotAgain(run: ShelvedRun | undefined, { byConnection, live }: ShelfView): string | undefined {
  if (run === undefined || live.size === 0) return undefined;
  const isLive = byConnection.get(run.connection)?.some(({ log }) => log !== undefined && live.has(log.run_id));
  return isLive === true ? "its connection is running" : undefined;
}

function findableBy({ key, connection, at }: ShelvedRun, { details }: ShelfView): Findable {
  const known = details.get(key);
  const read = known === undefined || known === "unreadable" ? undefined : known;
  return { connection, date: isoTime(at).slice(0, 16), status: read?.status ?? "", error: read?.error?.code ?? "" };
}
