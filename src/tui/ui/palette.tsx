import { Box } from "ink";
import { type ReactNode, useState } from "react";
import { isoTime } from "../../core/time.ts";
import type { Action } from "../keys/action.ts";
import { shownKey } from "../keys/press.ts";
import { type ReachableAction, reachableActions } from "../keys/reachable-actions.ts";
import type { KeyScope } from "../keys/scope-stack.ts";
import { rarelyNeeded } from "../screens/rarely-needed.ts";
import type { Session } from "../session.ts";
import { useSession } from "../session-context.ts";
import { connectionsOf } from "../state/config-store.ts";
import type { Place } from "../state/place.ts";
import { Toned } from "../theme/toned.tsx";
import { askPick } from "./ask-pick.tsx";
import { fuzzyFind } from "./fuzzy.ts";
import { sameAs } from "./help.tsx";
import { ModalFrame, useModalSize } from "./modal.tsx";
import { SelectedNote } from "./selected-note.tsx";
import { type Column, Table } from "./table.tsx";
import { newEdit, type TextEdit } from "./text-edit.ts";
import { TextField } from "./text-field.tsx";
import { useList } from "./use-list.ts";

/** Something that the palette offers: an action of the screen, or a thing to go to. */
export interface PaletteEntry {
  id: string;
  title: string;
  note: string;
  key: string;
  /** The command line that does the same. */
  command?: string | undefined;
  choose(): void;
}

/** What the selected one does, in full, and its command line. */
const NOTE_ROWS = 3;
/** Of so many runs that one is looked for by its id or connection. */
const RUNS = 50;

const COLUMNS: readonly Column<PaletteEntry>[] = [
  { title: "do or open", width: "grow", cell: ({ title }) => title },
  { title: "key", width: 8, cell: ({ key }) => ({ text: key, tone: "key" }) },
  { title: "", width: "grow", cell: ({ note }) => ({ text: note, tone: "dim" }) },
];

/** Every action that works here and everything there is to open, found by a few letters. */
export function openPalette(session: Session): void {
  const scopes = session.keys.active;
  session.modals.open((close) => <Palette entries={paletteEntries(session, scopes)} onClose={close} />);
}

function Palette({ entries, onClose }: { entries: readonly PaletteEntry[]; onClose(): void }): ReactNode {
  const { columns, rows } = useModalSize();
  const [edit, setEdit] = useState(newEdit());
  const found = fuzzyFind(edit.text, entries, ({ title, note }) => ({ name: title, note }));
  const list = useList({ name: "palette", rows: found, idOf: ({ id }) => id, height: rows - 2 - NOTE_ROWS });
  const change = (next: TextEdit) => {
    setEdit(next);
    const [best] = fuzzyFind(next.text, entries, ({ title, note }) => ({ name: title, note }));
    if (best !== undefined) list.select(best.id);
  };
  const choose = () => {
    onClose();
    list.selected?.choose();
  };
  const moves = list.actions.map((move) => ({ ...move, keys: move.keys.filter((key) => key.length > 1) }));
  const actions: Action[] = [
    {
      id: "palette.choose",
      keys: ["enter"],
      title: "choose",
      footer: 100,
      help: "Do or open what is selected.",
      run: choose,
    },
    ...moves,
  ];
  return (
    <ModalFrame title="Do or open" actions={actions} onClose={onClose}>
      <Box flexShrink={0}>
        <Toned tone="key">: </Toned>
        <TextField edit={edit} onChange={change} width={columns - 2} placeholder="a few letters of it" />
      </Box>
      {found.length === 0 ? (
        <Toned>Nothing here is called that. Esc closes.</Toned>
      ) : (
        <Table list={list} columns={COLUMNS} />
      )}
      <Box flexGrow={1} />
      <SelectedNote rows={NOTE_ROWS} text={list.selected?.note} hint={sameAs(list.selected?.command)} />
    </ModalFrame>
  );
}

export function paletteEntries(session: Session, scopes: readonly KeyScope[]): PaletteEntry[] {
  const seen = new Set<string>();
  const actions = reachableActions(scopes)
    .filter(({ action: { id } }) => !id.startsWith("list.") && !seen.has(id) && seen.add(id))
    .map((found) => entryOf(session, found));
  return [...actions, ...objects(session)];
}

function entryOf({ keys, notices }: Session, { action, keys: [key = ""] }: ReachableAction): PaletteEntry {
  const why = action.disabled === undefined ? "" : `Not now: ${action.disabled}. `;
  return {
    ...{ id: action.id, title: action.title, note: `${why}${action.help}`, key: shownKey(key) },
    command: action.command,
    choose: () => {
      // The scope below has the keys again only when the palette is gone from the screen.
      setImmediate(() => {
        if (!keys.performById(action.id)) notices.say(`${action.title} cannot be done here any more`, "warn");
      });
    },
  };
}

function objects(session: Session): PaletteEntry[] {
  const go = (id: string, title: string, note: string, place: Place): PaletteEntry => ({
    ...{ id, title, note, key: "" },
    choose: () => session.router.open(place),
  });
  const connections = connectionsOf(session.config.get()).map(({ name }) =>
    go(`connection ${name}`, name, "connection", { screen: "connection", name }),
  );
  const { runs, live } = session.runs.get();
  const known = runs.slice(0, RUNS).flatMap(({ connection, at, log }) => {
    if (log === undefined) return [];
    const place: Place = { screen: live.has(log.run_id) ? "live" : "run", run_id: log.run_id };
    const started = `${isoTime(at).slice(0, 16).replace("T", " ")} UTC`;
    return [go(`run ${log.run_id}`, `${connection} ${started}`, `run ${log.run_id}`, place)];
  });
  return [...originEntries(session), ...connections, ...known];
}

/** The menu of Sluice's ancestor, in its words and from wherever one is. */
function originEntries(session: Session): PaletteEntry[] {
  const { router, notices, control } = session;
  const entry = (title: string, note: string, choose: () => void | Promise<void>, command?: string): PaletteEntry => ({
    ...{ id: `origin ${title}`, title, note, key: "", command },
    choose: () => void Promise.resolve(choose()).catch(notices.fail),
  });
  const switched = (place: Place) => () => router.switchTo(place);
  const runOne = async () => {
    const names = connectionsOf(session.config.get()).flatMap((one) =>
      one.valid && one.connection.enabled ? [one.name] : [],
    );
    if (names.length === 0) return notices.say("no connection is enabled", "warn");
    const column: Column<string> = { title: "connection", width: "grow", cell: (name) => name };
    const columns = () => [column];
    const name = await askPick(session, { title: "Run which one?", rows: names, idOf: (each) => each, columns });
    if (name === undefined) return;
    router.open({ screen: "live", run_id: await control.start({ connection: name }) });
  };
  return [
    entry("Run Selected", "open Connections: space marks, r runs the marked", switched({ screen: "connections" })),
    entry("Run One", "choose a connection and run it", runOne),
    entry(
      "Settings: Sync",
      "retries, time limits and streams at once, in $EDITOR",
      async () => (await rarelyNeeded.editSettings()).editSettings(session),
      "sluice settings set <key>=<value>",
    ),
    entry("Settings: Database", "where the rows go", switched({ screen: "database" })),
  ];
}

/** For the key that opens it. */
export function usePaletteAction(): Action {
  const session = useSession();
  return {
    ...{ id: "app.palette", keys: [":", "ctrl+p"], title: "do or open", footer: 85 },
    help: "Find any action and any connection, run or screen by a few letters.",
    run: () => openPalette(session),
  };
}
