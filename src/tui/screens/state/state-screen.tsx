import { type ReactNode, useMemo } from "react";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { type ConfigState, connectionsOf } from "../../state/config-store.ts";
import { useStore } from "../../state/store.ts";
import { useRemembered } from "../../state/visit-context.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import type { Findable } from "../../ui/filter.ts";
import { useBodySize } from "../../ui/layout.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useFilter } from "../../ui/use-filter.tsx";
import { useList } from "../../ui/use-list.ts";
import { stateActions } from "./state-actions.ts";
import { changeActions } from "./state-changes.ts";
import { type Compared, type StateEntry, type StateRow, stateRows } from "./state-tree.ts";

const NOTHING_COMPARED: ReadonlyMap<string, Compared> = new Map();
const NOTHING_TOGGLED: ReadonlySet<string> = new Set();

/** How far every stream has been read, as a tree: connections, their streams, the parts of a cursor. */
export function StateScreen({ connection: wanted }: { connection?: string }): ReactNode {
  const session = useSession();
  const config = useStore(session.config);
  const { rows: height } = useBodySize();
  const [toggled, setToggled] = useRemembered("toggled", NOTHING_TOGGLED);
  const [compared, setCompared] = useRemembered("compared", NOTHING_COMPARED);
  // Thousands of streams need not be laid out anew for each key.
  const entries = useMemo(() => entriesOf(config, wanted, compared), [config, wanted, compared]);
  const rows = useMemo(() => stateRows(entries, toggled), [entries, toggled]);
  const filter = useFilter({ rows, fieldsOf: findableBy, fields: "connection, stream" });
  const room = Math.max(1, height - 1 - filter.height);
  const list = useList({ name: "state", rows: filter.rows, idOf: ({ id }) => id, height: room });
  const toggle = (row: StateRow) => setToggled((before) => toggledWith(before, row.id));
  const learn = (name: string, found: Compared | undefined) =>
    setCompared((before) => new Map([...before, ...(found === undefined ? [] : [[name, found] as const])]));
  const row = list.selected;
  const about = { row, entry: entries.find(({ connection }) => connection === row?.connection), learn };
  const actions = [
    ...stateActions(session, { ...about, rows: filter.rows, toggle, select: list.select }),
    ...changeActions(session, about),
  ];
  return (
    <KeyScope title="State" actions={[...actions, ...filter.actions, ...list.actions]}>
      {filter.line}
      {filter.rows.length === 0 ? (
        <Empty config={config.state} isFiltered={filter.isOn} wanted={wanted} />
      ) : (
        <Table list={list} columns={columnsFor(session)} />
      )}
    </KeyScope>
  );
}

function entriesOf(
  config: ConfigState,
  wanted: string | undefined,
  compared: ReadonlyMap<string, Compared>,
): StateEntry[] {
  return connectionsOf(config).flatMap((listed): StateEntry[] => {
    if (!listed.valid || (wanted !== undefined && listed.name !== wanted)) return [];
    return [{ connection: listed.name, mirror: listed.connection.state, compared: compared.get(listed.name) }];
  });
}

function findableBy({ connection, stream = "", text, note }: StateRow): Findable {
  return { connection, stream, text, note };
}

function toggledWith(before: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const after = new Set(before);
  if (!after.delete(id)) after.add(id);
  return after;
}

function Empty({ config, isFiltered, wanted }: { config: string; isFiltered: boolean; wanted: string | undefined }) {
  if (config === "loading") return <Toned tone="dim">reading…</Toned>;
  if (isFiltered) return <Toned>No state matches the filter. Esc shows all again.</Toned>;
  if (wanted !== undefined)
    return <Prose>{`${wanted} is not there, or its settings are invalid. Press 1 for the connections.`}</Prose>;
  return <Prose>There is no connection yet, so nothing has been read. Press 1 for the connections.</Prose>;
}

function columnsFor({ redactor }: Session): Column<StateRow>[] {
  return [
    {
      ...{ title: "connection, stream", width: 26 },
      cell: ({ depth, label, hasParts, isOpen }) => ({
        text: `${"  ".repeat(depth)}${hasParts ? (isOpen ? "▾" : "▸") : " "} ${label}`,
        tone: depth === 0 ? "strong" : "plain",
      }),
    },
    { title: "read up to", width: "grow", cell: ({ text }) => redactor.text(text) },
    {
      ...{ title: "", width: 22, from: 70 },
      cell: ({ note, isWrong }) => ({ text: redactor.text(note), tone: isWrong ? "warn" : "dim" }),
    },
  ];
}
