import type { JsonObject, JsonValue } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { JointPart, JointStream, Row } from "../define-connector.ts";
import { JointBatches } from "../external/joint-batches.ts";
import { leftOut } from "../external/left-out.ts";
import { type Message, programRecords } from "../external/program-messages.ts";
import { RecordRun } from "../external/record-runs.ts";
import { readBatchFiles } from "./batch-files.ts";
import { type CatalogEntry, type Selection, selectInCatalog } from "./catalog.ts";
import { joinState, type KeptState, splitState } from "./singer-state.ts";
import { StreamNames } from "./stream-names.ts";
import type { Tap, TapContext } from "./tap.ts";

export interface TapReading {
  tap: Tap;
  entries: readonly CatalogEntry[];
  streams: readonly JointStream[];
  kept: KeptState;
}

/** Some taps print a state after every record: of those that come close together only the last is worth a batch's end. */
const STATE_EVERY_ROWS = 1000;
const STATE_EVERY_MS = 1000;
const RECORDS = { path: ["record"], named: ["stream"], ignored: "time_extracted" };

/** Runs the tap for the chosen streams and gives what it prints. */
export async function* readTap(ctx: TapContext, reading: TapReading): AsyncGenerator<JointPart> {
  const messages = new TapMessages(ctx, reading);
  const args = await tapArguments(ctx, reading);
  for await (const group of programRecords(ctx, reading.tap.program, args, RECORDS)) {
    for (const message of group) {
      if (message instanceof RecordRun) messages.records(message);
      else if (message["type"] === "BATCH") yield* messages.files(message);
      else messages.take(message);
    }
    yield* messages.ready();
  }
  if (ctx.signal.aborted) return;
  messages.end();
  yield* messages.ready();
}

async function tapArguments(ctx: TapContext, { tap, entries, streams, kept }: TapReading): Promise<string[]> {
  if (ctx.options.plain === true) return [];
  const { catalog_flag = "--catalog", metadata = {}, properties = {} } = ctx.options;
  const chosen = new Map<string, Selection>(
    streams.map(({ name, mode, cursorField }) => [
      name,
      { mode, cursorField, metadata: (metadata[name] ?? {}) as JsonObject, isLeftOut: leftOut(properties[name]) },
    ]),
  );
  const catalog = await tap.folder.write("catalog.json", selectInCatalog(entries, chosen));
  const state = joinState(streams, kept);
  const stateArguments = state === undefined ? [] : ["--state", await tap.folder.write("state.json", state)];
  return [...tap.configArguments, catalog_flag, catalog, ...stateArguments];
}

/** What the tap has printed, on its way to the loader. */
class TapMessages {
  readonly #ctx: TapContext;
  readonly #streams: readonly JointStream[];
  readonly #batches: JointBatches;
  readonly #names: StreamNames;
  readonly #leftOut = new Map<string, (field: string) => boolean>();
  readonly #versions: Record<string, number>;
  /** Versions that this run has seen begin, and whether rows of it have come. */
  readonly #begun = new Map<string, boolean>();
  #state: JsonValue | undefined;
  #rowsSinceState = 0;
  #stateAt = Date.now();
  #versionsMoved = false;

  constructor(ctx: TapContext, { entries, streams, kept }: TapReading) {
    this.#ctx = ctx;
    this.#streams = streams;
    for (const [stream, patterns] of Object.entries(ctx.options.properties ?? {}))
      this.#leftOut.set(stream, leftOut(patterns));
    this.#batches = new JointBatches((stream) => this.#leftOut.get(stream) ?? (() => false));
    this.#names = new StreamNames(entries, new Set(streams.map(({ name }) => name)));
    this.#versions = { ...kept.versions };
  }

  ready(): JointPart[] {
    return this.#batches.take();
  }

  take(message: Message): void {
    const { type } = message;
    if (type === "RECORD") this.#record(message);
    else if (type === "SCHEMA") this.#schema(message);
    else if (type === "STATE") this.#stateOf(message);
    else if (type === "ACTIVATE_VERSION") this.#activate(message);
    else this.#ctx.log("debug", `the tap printed a message of the unknown type ${String(type).slice(0, 40)}`);
  }

  /** Records that came one after the other. */
  records({ message, rows, bytes }: RecordRun): void {
    const stream = this.#streamOf(message);
    if (stream === undefined) {
      rows.release();
      return;
    }
    if (typeof message["version"] === "number") this.#versionOf(stream, message["version"]);
    this.#batches.slices(stream, rows, bytes);
    this.#came(stream, rows.count);
  }

  /** Records that the tap has written into files and only names. */
  async *files(message: Message): AsyncGenerator<JointPart> {
    const stream = this.#streamOf(message);
    if (stream === undefined) return;
    yield* this.ready();
    for await (const rows of readBatchFiles(this.#ctx, message)) {
      for (const row of rows) this.#row(stream, row);
      yield* this.ready();
    }
  }

  /** The tap has ended well: the last state holds, whatever came after it. */
  end(): void {
    this.#batches.end();
    if (this.#state !== undefined || this.#versionsMoved) this.#giveState();
  }

  #record(message: Message): void {
    const stream = this.#streamOf(message);
    if (stream === undefined) return;
    const row = message["record"];
    if (typeof row !== "object" || row === null || Array.isArray(row)) throw withoutRecord(stream);
    if (typeof message["version"] === "number") this.#versionOf(stream, message["version"]);
    this.#row(stream, row as Row);
  }

  #row(stream: string, row: Row): void {
    const isLeftOut = this.#leftOut.get(stream);
    const kept =
      isLeftOut === undefined ? row : Object.fromEntries(Object.entries(row).filter(([name]) => !isLeftOut(name)));
    this.#batches.row(stream, kept);
    this.#came(stream, 1);
  }

  #came(stream: string, rows: number): void {
    if (this.#begun.get(stream) === false) this.#begun.set(stream, true);
    this.#rowsSinceState += rows;
  }

  #schema(message: Message): void {
    const stream = this.#streamOf(message);
    if (stream !== undefined) this.#batches.schema(stream, message["schema"] as JsonValue);
  }

  #stateOf({ value }: Message): void {
    this.#state = (value ?? {}) as JsonValue;
    const isDue = this.#rowsSinceState >= STATE_EVERY_ROWS || Date.now() - this.#stateAt >= STATE_EVERY_MS;
    if (isDue) this.#giveState();
  }

  #giveState(): void {
    const cursor =
      this.#state === undefined
        ? { kind: "cursor" as const, global: { versions: { ...this.#versions } } }
        : splitState(this.#state, this.#streams, this.#versions);
    this.#batches.part(cursor);
    this.#state = undefined;
    this.#versionsMoved = false;
    this.#rowsSinceState = 0;
    this.#stateAt = Date.now();
  }

  /** Rows of another version than those in the table are a table of their own. */
  #versionOf(stream: string, version: number): void {
    const known = this.#versions[stream];
    if (known === version) return;
    if (known !== undefined) this.#batches.part({ kind: "begins_anew", stream });
    this.#versions[stream] = version;
    this.#versionsMoved = true;
    this.#begun.set(stream, false);
  }

  /** At the end of a table that was read whole; some taps print it at the beginning of the first one too. */
  #activate(message: Message): void {
    const stream = this.#streamOf(message);
    if (stream === undefined || typeof message["version"] !== "number") return;
    this.#versionOf(stream, message["version"]);
    if (this.#begun.get(stream) !== false) this.#batches.part({ kind: "complete", stream });
  }

  #streamOf(message: Message): string | undefined {
    const { stream } = message;
    if (typeof stream !== "string") throw withoutStream(message);
    const name = this.#names.resolve(stream);
    if (name === "unselected") {
      if (this.#names.isNew(stream))
        this.#ctx.log("info", `the tap gives records of ${stream}, which is not selected: they are left out`);
      return undefined;
    }
    return name;
  }
}

function withoutStream({ type }: Message): ConnectorError {
  const message = `reading from the tap: a message of the type ${String(type).slice(0, 40)} names no stream. Report it to the tap's authors.`;
  return new ConnectorError("source_format", message);
}

function withoutRecord(stream: string): ConnectorError {
  const message = `reading ${stream} from the tap: a RECORD message holds no record. Report it to the tap's authors.`;
  return new ConnectorError("source_format", message);
}
