import { isDeepStrictEqual } from "node:util";
import type { JsonValue } from "../../core/json.ts";
import type { JointColumns, JointCursor, JointPart, Row, SlicedRows } from "../define-connector.ts";
import { HeldRows } from "./held-rows.ts";
import { type PropertyType, propertyTypes } from "./json-schema.ts";
import { hasValue, withoutColumns } from "./record-slices.ts";

/** A batch is given out when it has this many rows or bytes; those of all streams together when they have that many. */
const BATCH_ROWS = 2000;
const BATCH_BYTES = 4 * 1024 * 1024;
const HELD_ROWS = 20_000;
const HELD_BYTES = 16 * 1024 * 1024;

interface OpenStream {
  held: HeldRows;
  /** About how much text the rows were, as far as that is known. */
  bytes: number;
  schema: JsonValue | undefined;
  /** Columns of the schema that wait for a value to say of what type they are. */
  byValue: Map<string, PropertyType>;
  /** Fields that are left out. */
  isLeftOut: (field: string) => boolean;
  /** How many of the rows were there when the stream was marked; undefined once later ones have been given out. */
  mark: number | undefined;
}

/**
 * Gathers records that come one by one, of many streams, into batches, and turns schemas into columns. A column that
 * values decide about is left to the loader with its first value; one without any gets its schema's type at the end.
 */
export class JointBatches {
  readonly #streams = new Map<string, OpenStream>();
  readonly #selection: (stream: string) => (field: string) => boolean;
  readonly #waits: boolean;
  #parts: JointPart[] = [];
  #held = 0;
  #heldBytes = 0;

  /**
   * `selection` says which fields of a stream are left out. With `waits`, the rows of a stream are held back until
   * something speaks of them, as long as there is room: nobody has to wait for a stream that is in the midst of something.
   */
  constructor(
    selection: (stream: string) => (field: string) => boolean = () => () => false,
    { waits = false }: { waits?: boolean } = {},
  ) {
    this.#selection = selection;
    this.#waits = waits;
  }

  /** What has been given to it and is ready, in order. */
  take(): JointPart[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  knows(stream: string): boolean {
    return this.#streams.has(stream);
  }

  schema(stream: string, schema: JsonValue | undefined): void {
    const open = this.#open(stream);
    if (open.schema !== undefined && isDeepStrictEqual(open.schema, schema)) return;
    this.#flush(stream, open);
    open.schema = schema ?? {};
    const types = [...propertyTypes(schema)].filter(([name]) => !open.isLeftOut(name));
    open.byValue = new Map(types.filter(([, { byValue }]) => byValue));
    this.#parts.push(
      columnsOf(
        stream,
        types.filter(([, { byValue }]) => !byValue),
      ),
    );
  }

  row(stream: string, row: Row): void {
    const open = this.#open(stream);
    open.held.add(row);
    this.#hold(stream, open, { count: 1, bytes: 0 });
  }

  /** Many rows at once, which were about so many bytes of text; what they keep of memory is given back. */
  slices(stream: string, rows: SlicedRows, bytes = 0): void {
    const open = this.#open(stream);
    open.held.addSlices(withoutColumns(rows, open.isLeftOut));
    this.#hold(stream, open, { count: rows.count, bytes });
  }

  #hold(stream: string, open: OpenStream, { count, bytes }: { count: number; bytes: number }): void {
    open.bytes += bytes;
    this.#held += count;
    this.#heldBytes += bytes;
    const isFull = open.held.count >= BATCH_ROWS || open.bytes >= BATCH_BYTES;
    if (!this.#waits && isFull) this.#flush(stream, open);
    else if (this.#held >= HELD_ROWS || this.#heldBytes >= HELD_BYTES) this.flush();
  }

  /** All rows so far are given out before what comes next. */
  flush(): void {
    for (const [stream, open] of this.#streams) this.#flush(stream, open);
  }

  /** The rows that it speaks of first: of one stream, or of all. */
  part(part: JointPart): void {
    const of = part.kind === "cursor" ? part.of : part.stream;
    const open = of === undefined ? undefined : this.#streams.get(of);
    if (of === undefined) this.flush();
    else if (open !== undefined) this.#flush(of, open);
    this.#parts.push(part);
  }

  /** A place among the rows that may have to be returned to: of one stream, or of all. */
  mark(of: string | undefined): void {
    for (const stream of this.#openOf(of)) stream.mark = stream.held.count;
  }

  /** As `part`, without the rows that have come since the mark. Gives nothing where such rows have gone out already. */
  partAtMark(part: JointCursor): void {
    const streams = this.#openOf(part.of);
    if (streams.some(({ mark }) => mark === undefined)) return;
    for (const stream of streams) {
      const { mark = 0, held } = stream;
      this.#held -= held.count - mark;
      held.cutAt(mark);
    }
    this.part(part);
  }

  #openOf(of: string | undefined): OpenStream[] {
    return [...this.#streams].filter(([stream]) => of === undefined || stream === of).map(([, open]) => open);
  }

  /** No value came that could have decided. */
  end(): void {
    this.flush();
    for (const [stream, { byValue }] of this.#streams)
      if (byValue.size > 0) this.#parts.push(columnsOf(stream, [...byValue]));
  }

  #open(stream: string): OpenStream {
    const present = this.#streams.get(stream);
    if (present !== undefined) return present;
    const open: OpenStream = {
      ...{ held: new HeldRows(), bytes: 0, mark: 0, schema: undefined, byValue: new Map() },
      isLeftOut: this.#selection(stream),
    };
    this.#streams.set(stream, open);
    return open;
  }

  #flush(stream: string, open: OpenStream): void {
    const { held, mark } = open;
    if (held.count === 0) return;
    open.mark = mark === held.count ? 0 : undefined;
    this.#held -= held.count;
    this.#heldBytes -= open.bytes;
    let { bytes } = open;
    open.bytes = 0;
    for (const batch of held.take(BATCH_ROWS)) {
      for (const name of open.byValue.keys()) if (hasValue(batch, name)) open.byValue.delete(name);
      this.#parts.push({ kind: "rows", stream, batch: bytes === 0 ? batch : { ...batch, bytes } });
      bytes = 0;
    }
  }
}

function columnsOf(stream: string, types: readonly (readonly [string, PropertyType])[]): JointColumns {
  return {
    kind: "columns",
    stream,
    columns: types.map(([name, { type, nullable }]) => ({ name, type, nullable })),
  };
}
