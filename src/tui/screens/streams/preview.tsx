import { type ReactNode, useEffect, useState } from "react";
import { asSluiceError } from "../../../core/errors.ts";
import { type Preview, previewStream } from "../../../runner/preview-stream.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { ModalFrame, useModalSize } from "../../ui/modal.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { textWidth } from "../../ui/text-width.ts";
import { useList } from "../../ui/use-list.ts";
import type { Offer } from "./use-offered.ts";

/** As many as tell what a stream looks like. */
const ROWS = 10;
/** A longer value is cut: another column beside it tells more. */
const WIDEST = 28;

/** Reads the first rows of a stream and shows them; closing it stops the source. */
export function openPreview({ modals }: Session, offer: Offer, stream: string): void {
  modals.open((close) => <PreviewModal offer={offer} stream={stream} onClose={close} />);
}

type Reading = { state: "reading" } | { state: "failed"; message: string } | { state: "ready"; preview: Preview };

function PreviewModal({ offer, stream, onClose }: { offer: Offer; stream: string; onClose(): void }): ReactNode {
  const reading = usePreview(offer, stream);
  if (reading.state === "ready") return <PreviewTable preview={reading.preview} stream={stream} onClose={onClose} />;
  return (
    <ModalFrame title={`First rows of ${stream}`} actions={[]} onClose={onClose}>
      {reading.state === "reading" ? (
        <Toned tone="dim">reading… Esc stops it.</Toned>
      ) : (
        <Prose tone="bad">{`✗ ${reading.message}`}</Prose>
      )}
    </ModalFrame>
  );
}

function PreviewTable({ preview, stream, onClose }: { preview: Preview; stream: string; onClose(): void }): ReactNode {
  const { rows: height, columns: room } = useModalSize();
  const { redactor } = useSession();
  const [first, setFirst] = useState(0);
  const rows = preview.rows.map((values, id) => ({
    id: String(id),
    texts: values.map((value) => redactor.text(valueText(value))),
  }));
  const list = useList({ name: "preview", rows, idOf: ({ id }) => id, height: Math.max(1, height - 2) });
  const count = preview.columns.length;
  const go = (to: number) => setFirst(Math.min(Math.max(to, 0), Math.max(0, count - 1)));
  const columns = preview.columns.slice(first).map((title, index): Column<(typeof rows)[number]> => {
    const at = first + index;
    const widest = Math.max(textWidth(title), ...rows.map(({ texts }) => textWidth(texts[at] ?? "")));
    return { title, width: Math.min(widest, WIDEST), cell: ({ texts }) => texts[at] ?? "" };
  });
  const width = columns.reduce((sum, column) => sum + Number(column.width) + 2, 0);
  const actions: Action[] = [
    {
      ...{ id: "preview.right", keys: ["l", "right"], title: "columns right", footer: 90 },
      help: "Go one column to the right.",
      disabled: width > room || columns.length === 0 ? undefined : "the last column is shown",
      run: () => go(first + 1),
    },
    {
      ...{ id: "preview.left", keys: ["h", "left"], title: "columns left", footer: 89 },
      help: "Go one column to the left.",
      disabled: first > 0 ? undefined : "the first column is shown",
      run: () => go(first - 1),
    },
  ];
  return (
    <ModalFrame title={`First rows of ${stream}`} actions={[...actions, ...list.actions]} onClose={onClose}>
      {rows.length === 0 ? <Toned>The stream is empty.</Toned> : <Table list={list} columns={columns} />}
      <Toned tone="dim">{summaryOf(preview, first)}</Toned>
    </ModalFrame>
  );
}

function summaryOf({ rows, columns, isCut, rejects }: Preview, first: number): string {
  const more = isCut ? ", and there may be more" : ", which are all";
  const from = columns.length === 0 ? "" : `; columns ${first + 1} to ${columns.length}`;
  const aside = rejects === 0 ? "" : `; ${rejects} could not be read`;
  return rows.length === 0 ? aside.slice(2) : `${rows.length} rows${more}${from}${aside}`;
}

function usePreview(offer: Offer, stream: string): Reading {
  const { workspace, redactor } = useSession();
  const [reading, setReading] = useState<Reading>({ state: "reading" });
  useEffect(() => {
    const stopping = new AbortController();
    const take = (found: Reading) => {
      if (!stopping.signal.aborted) setReading(found);
    };
    const { connection, source } = offer;
    const asking = { workspace, signal: stopping.signal, say: () => {}, addSecrets: redactor.add };
    previewStream(asking, source, { connection, stream, limit: ROWS }).then(
      (preview) => take({ state: "ready", preview }),
      (error) => take({ state: "failed", message: redactor.text(asSluiceError(error).message) }),
    );
    return () => stopping.abort();
  }, [workspace, redactor, offer, stream]);
  return reading;
}

/** A value on one line, as a person would write it. */
function valueText(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "invalid date" : value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)) ?? "";
}
