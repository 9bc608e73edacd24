import { Box } from "ink";
import type { ReactNode } from "react";
import { errorCatalogue } from "../../../core/error-catalogue.ts";
import type { SluiceError } from "../../../core/errors.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import { useSession } from "../../session-context.ts";
import { useKept } from "../../state/kept.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { Panes, useBodySize } from "../../ui/layout.tsx";
import { Table } from "../../ui/table.tsx";
import { useFilter } from "../../ui/use-filter.tsx";
import { useList } from "../../ui/use-list.ts";
import { keptChoices, streamActions } from "./stream-actions.ts";
import { type Choices, type StreamRow, streamRows } from "./stream-choices.ts";
import { STREAM_COLUMNS } from "./stream-columns.ts";
import { StreamPane } from "./stream-details.tsx";
import { type Offer, useOffered } from "./use-offered.ts";

/** What the source of a connection offers, and what of it is loaded how. */
export function StreamsScreen({ name }: { name: string }): ReactNode {
  const { offered, again } = useOffered(name);
  if (offered.state === "asking") return <Toned tone="live">{`● asking ${name} for its streams…`}</Toned>;
  if (offered.state === "failed") return <Failed name={name} error={offered.error} again={again} />;
  return <Streams offer={offered.offer} again={again} />;
}

function Streams({ offer, again }: { offer: Offer; again(): void }): ReactNode {
  const session = useSession();
  const { rows: height } = useBodySize();
  const [choices, setChoices] = useKept<Choices>(keptChoices(offer.connection.name), {});
  const rows = streamRows(offer.streams, offer.settings, choices);
  const filter = useFilter({ rows, fieldsOf: findableBy, fields: "stream, mode, load, about" });
  const room = Math.max(1, height - 2 - filter.height);
  const list = useList({ name: "streams", rows: filter.rows, idOf: ({ name }) => name, height: room });
  const picking = { offer, rows, shown: filter.rows, selected: list.selected, choices, setChoices, again };
  const loaded = rows.filter(({ selected }) => selected).length;
  return (
    <KeyScope title="Streams" actions={[...filter.actions, ...streamActions(session, picking), ...list.actions]}>
      <Panes
        first={
          <>
            {filter.line}
            {filter.rows.length === 0 ? (
              <Nothing isFiltered={filter.isOn} />
            ) : (
              <Table list={list} columns={STREAM_COLUMNS} />
            )}
            <Box flexGrow={1} />
            <Toned tone="dim">{`${loaded} of ${rows.length} streams are loaded`}</Toned>
          </>
        }
        second={list.selected === undefined ? null : <StreamPane key={list.selected.name} row={list.selected} />}
      />
    </KeyScope>
  );
}

function findableBy({ name, mode, selected, description }: StreamRow) {
  return { stream: name, mode, load: selected ? "yes" : "no", about: description ?? "" };
}

function Nothing({ isFiltered }: { isFiltered: boolean }): ReactNode {
  if (isFiltered) return <Toned>No stream matches the filter. Esc shows all again.</Toned>;
  return <Toned>The source offers no streams. r asks it again.</Toned>;
}

interface FailedProps {
  name: string;
  error: SluiceError;
  again(): void;
}

function Failed({ name, error, again }: FailedProps): ReactNode {
  const { redactor, router } = useSession();
  const actions = [
    {
      ...{ id: "streams.again", keys: ["r"], title: "ask again", footer: 100, run: again },
      help: "Ask the source again.",
    },
    {
      ...{ id: "streams.edit", keys: ["e"], title: "edit", footer: 90, help: "Change the connection's settings." },
      run: () => router.replace({ screen: "edit", name }),
    },
  ];
  return (
    <KeyScope title="Streams" actions={actions}>
      <Prose tone="bad">{`✗ [${error.code}] ${redactor.text(error.message)}`}</Prose>
      <Prose>{`What to do: ${errorCatalogue[error.code].remedy}`}</Prose>
    </KeyScope>
  );
}
