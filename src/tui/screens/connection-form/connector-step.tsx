import { Box } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import type { ListedConnector } from "../../../connector/registry.ts";
import { asSluiceError } from "../../../core/errors.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import { useSession } from "../../session-context.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useFilter } from "../../ui/use-filter.tsx";
import { useList } from "../../ui/use-list.ts";
import { registryOf } from "./use-connector.ts";

export interface ConnectorStepProps {
  height: number;
  onChoose(type: string): void;
}

/** Lines for what the selected one is, or why it cannot be used. */
const ABOUT_ROWS = 4;

/** Every connector that there is; a broken one is listed with its error and does not hide the others. */
export function ConnectorStep({ height, onChoose }: ConnectorStepProps): ReactNode {
  const { redactor } = useSession();
  const all = useConnectors();
  const filter = useFilter({
    rows: all ?? [],
    fieldsOf: (row) => ({
      name: row.name,
      about: row.ok ? `${row.title} ${row.description}` : "broken",
      from: row.origin,
    }),
    fields: "name, about, from",
  });
  const list = useList({
    name: "connectors",
    rows: filter.rows,
    idOf: ({ name }) => name,
    height: Math.max(1, height - 1 - filter.height - ABOUT_ROWS),
  });
  const { selected } = list;
  const choose: Action = {
    ...{ id: "connector.choose", keys: ["enter", "l", "right"], title: "choose", footer: 100 },
    help: "Connect with the selected connector.",
    disabled: selected === undefined ? "there is no connector" : selected.ok ? undefined : "its file is broken",
    run: () => {
      if (selected !== undefined) onChoose(selected.name);
    },
  };
  if (all === undefined) return <Toned tone="dim">looking for connectors…</Toned>;
  return (
    <KeyScope title="Connectors" actions={[choose, ...filter.actions, ...list.actions]}>
      {filter.line}
      {filter.rows.length === 0 ? (
        <Toned>No connector matches the filter. Esc shows all again.</Toned>
      ) : (
        <Table list={list} columns={COLUMNS} />
      )}
      <Box flexDirection="column" height={ABOUT_ROWS} flexShrink={0} overflow="hidden" paddingTop={1}>
        {selected === undefined ? null : selected.ok ? (
          <Prose tone="dim">{selected.description}</Prose>
        ) : (
          <Prose tone="bad">{`✗ ${redactor.text(selected.error.message)}`}</Prose>
        )}
      </Box>
    </KeyScope>
  );
}

const COLUMNS: readonly Column<ListedConnector>[] = [
  { title: "connector", width: 20, cell: ({ name }) => name },
  {
    title: "what it connects",
    width: "grow",
    cell: (row) => (row.ok ? row.title : { text: "✗ cannot be loaded", tone: "bad" }),
  },
  {
    title: "from",
    width: 14,
    cell: ({ origin }) => ({ text: origin === "builtin" ? "Sluice" : "this workspace", tone: "dim" }),
  },
];

function useConnectors(): readonly ListedConnector[] | undefined {
  const session = useSession();
  const [found, setFound] = useState<readonly ListedConnector[]>();
  useEffect(() => {
    let isWanted = true;
    const take = (all: readonly ListedConnector[]) => {
      if (isWanted) setFound(all);
    };
    const list = async () => registryOf(session).list();
    list().then(take, (error) => {
      session.notices.fail(asSluiceError(error));
      take([]);
    });
    return () => {
      isWanted = false;
    };
  }, [session]);
  return found;
}
