import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { JointPart, JointStream, Row } from "../define-connector.ts";
import { JointBatches } from "../external/joint-batches.ts";
import { leftOut } from "../external/left-out.ts";
import type { Message } from "../external/program-messages.ts";
import type { RecordRun } from "../external/record-runs.ts";
import { type CatalogStream, readsOn } from "./airbyte-catalog.ts";
import { splitState } from "./airbyte-state.ts";
import { PendingStates } from "./pending-states.ts";
import type { SourceReading } from "./read-source.ts";
import { RecordCounts } from "./record-counts.ts";
import type { SourceContext } from "./source.ts";
import { StreamIndex } from "./stream-index.ts";
import { StreamStatuses } from "./stream-statuses.ts";

/** What a source has printed in a read, on its way to the loader. */
export class ReadMessages {
  readonly #ctx: SourceContext;
  readonly #name: string;
  readonly #index: StreamIndex;
  /** By name, the streams that are loaded, and whether their states are kept. */
  readonly #chosen: ReadonlyMap<string, boolean>;
  readonly #streams: readonly JointStream[];
  readonly #catalog: readonly CatalogStream[];
  readonly #leftOut = new Map<string, (property: string) => boolean>();
  readonly #batches: JointBatches;
  readonly #pending: PendingStates;
  readonly #counts: RecordCounts;
  readonly #statuses: StreamStatuses;
  readonly #told = new Set<string>();

  constructor(ctx: SourceContext, { source, catalog, streams, kept }: SourceReading) {
    this.#ctx = ctx;
    this.#name = source.program.name;
    this.#catalog = catalog;
    this.#streams = streams;
    this.#index = new StreamIndex(catalog);
    this.#chosen = new Map(streams.map((stream) => [stream.name, keepsState(this.#catalogOf(stream.name), stream)]));
    for (const [stream, patterns] of Object.entries(ctx.options.properties ?? {}))
      this.#leftOut.set(stream, leftOut(patterns));
    this.#batches = new JointBatches((stream) => this.#leftOut.get(stream) ?? (() => false), { waits: true });
    this.#pending = new PendingStates(
      kept,
      streams.every(({ mode }) => mode === "replace"),
      this.#batches,
    );
    this.#counts = new RecordCounts(ctx, this.#name);
    this.#statuses = new StreamStatuses(ctx, this.#name);
  }

  ready(): JointPart[] {
    return this.#batches.take();
  }

  take(message: Message): void {
    const { type } = message;
    if (type === "RECORD") this.#record(objectOf(message["record"]));
    else if (type === "STATE") this.#state(objectOf(message["state"]));
    else if (type === "TRACE") this.#trace(objectOf(message["trace"]));
    else this.#ctx.log("debug", `${this.#name} printed a message of the type ${String(type).slice(0, 40)}`);
  }

  /** Records that came one after the other. */
  records({ message, rows, bytes }: RecordRun): void {
    const { stream: named, namespace, meta } = objectOf(message["record"]);
    const stream = this.#streamOf(named, namespace);
    if (stream === undefined) {
      rows.release();
      return;
    }
    this.#begin(stream);
    this.#batches.slices(stream.id, rows, bytes);
    this.#came(stream.id, rows.count, meta);
  }

  /**
   * The source has ended well: streams that it has said nothing else of are complete, and the last states hold. Throws
   * when it has begun streams and not completed them.
   */
  end(): void {
    this.#statuses.assertComplete();
    for (const name of this.#chosen.keys()) {
      const isGiven = this.#statuses.areNone || this.#batches.knows(name);
      if (isGiven && !this.#statuses.speakOf(name)) this.#complete(name);
    }
    this.#pending.giveAll();
    this.#batches.end();
  }

  /** The source has failed: what its last states speak of holds all the same. */
  breakOff(): void {
    this.#pending.giveWithoutRest();
  }

  #record({ stream: named, namespace, data, meta }: JsonObject): void {
    const stream = this.#streamOf(named, namespace);
    if (stream === undefined) return;
    if (!isJsonObject(data ?? null)) throw withoutData(this.#name, stream.id);
    this.#begin(stream);
    const isLeftOut = this.#leftOut.get(stream.id);
    const row = data as Row;
    const kept =
      isLeftOut === undefined ? row : Object.fromEntries(Object.entries(row).filter(([name]) => !isLeftOut(name)));
    this.#batches.row(stream.id, kept);
    this.#came(stream.id, 1, meta);
  }

  #came(stream: string, rows: number, meta: JsonValue | undefined): void {
    this.#counts.add(stream, rows);
    this.#pending.rowsCame(stream, rows);
    if (meta !== undefined && meta !== null) this.#sayChanges(stream, objectOf(meta));
  }

  /** The columns of a stream are known before its records. */
  #begin({ id, schema }: CatalogStream): void {
    if (!this.#batches.knows(id)) this.#batches.schema(id, schema);
  }

  #state(state: JsonObject): void {
    const split = splitState(state, this.#index, this.#chosen);
    if (split === undefined) return;
    const { cursor, records } = split;
    this.#counts.compare(cursor.of, records);
    this.#pending.take(cursor);
  }

  #trace(trace: JsonObject): void {
    if (trace["type"] === "STREAM_STATUS") this.#status(objectOf(trace["stream_status"]));
    else if (trace["type"] === "ESTIMATE") this.#estimate(objectOf(trace["estimate"]));
    else this.#ctx.log("debug", `${this.#name} printed a trace of the type ${String(trace["type"]).slice(0, 40)}`);
  }

  #status(status: JsonObject): void {
    const stream = this.#index.described(status["stream_descriptor"]);
    if (stream === undefined || !this.#chosen.has(stream.id)) return;
    this.#begin(stream);
    this.#statuses.take(stream.id, status);
    if (status["status"] === "COMPLETE") this.#complete(stream.id);
  }

  /** What was kept to go on with a read of the whole has served. */
  #complete(name: string): void {
    const stream = this.#catalogOf(name);
    this.#begin(stream);
    const isOver = this.#chosen.get(name) === true && !readsOn(stream, this.#streamNamed(name));
    if (isOver) this.#pending.take({ kind: "cursor", of: name, streams: { [name]: null } });
    this.#pending.give(name);
    this.#batches.part({ kind: "complete", stream: name });
  }

  #estimate({ type, name, namespace, row_estimate: rows, byte_estimate: bytes }: JsonObject): void {
    const what = type === "SYNC" ? "all streams" : (this.#index.find(name, namespace)?.id ?? String(name));
    const data: JsonObject = {
      program: this.#name,
      ...(rows === undefined ? {} : { rows }),
      ...(bytes === undefined ? {} : { bytes }),
    };
    const counts = [
      ...(rows === undefined ? [] : [`${rows} rows`]),
      ...(bytes === undefined ? [] : [`${bytes} bytes`]),
    ];
    this.#sayOnce(
      `estimate ${what} ${counts}`,
      "info",
      `${this.#name} expects about ${counts.join(", ")} of ${what}`,
      data,
    );
  }

  /** What a source could not give as it was. */
  #sayChanges(stream: string, { changes }: JsonObject): void {
    for (const change of Array.isArray(changes) ? changes.filter(isJsonObject) : []) {
      const { field, change: how, reason } = change;
      const said = `${this.#name} gives "${field}" of ${stream} otherwise than it is at the source: ${how} (${reason})`;
      this.#sayOnce(said, "warn", said, { stream });
    }
  }

  #sayOnce(key: string, level: "info" | "warn", said: string, data: JsonObject = {}): void {
    if (!this.#told.has(key)) this.#ctx.log(level, said, data);
    this.#told.add(key);
  }

  #streamOf(name: JsonValue | undefined, namespace: JsonValue | undefined): CatalogStream | undefined {
    const stream = this.#index.find(name, namespace);
    if (stream === undefined) throw unknownStream(this.#name, String(name));
    if (this.#chosen.has(stream.id)) return stream;
    const said = `${this.#name} gives records of ${stream.id}, which is not selected: they are left out`;
    this.#sayOnce(said, "info", said);
    return undefined;
  }

  #catalogOf(name: string): CatalogStream {
    return this.#catalog.find(({ id }) => id === name) as CatalogStream;
  }

  #streamNamed(wanted: string): JointStream {
    return this.#streams.find(({ name }) => name === wanted) as JointStream;
  }
}

/** A read of the whole begins anew every time, unless it can be gone on with and its rows stay. */
function keepsState(stream: CatalogStream, chosen: JointStream): boolean {
  return readsOn(stream, chosen) || (chosen.mode !== "replace" && stream.isResumable);
}

function unknownStream(program: string, stream: string): ConnectorError {
  const message = `reading from ${program}: it gives records of "${stream}", which its catalog does not have. Report it to the source's authors.`;
  return new ConnectorError("source_format", message, { details: { program, stream } });
}

function withoutData(program: string, stream: string): ConnectorError {
  const message = `reading ${stream} from ${program}: a RECORD message holds no data. Report it to the source's authors.`;
  return new ConnectorError("source_format", message, { details: { program, stream } });
}

function objectOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null ? (value as JsonObject) : {};
}
