import type { SlicedRows } from "../define-connector.ts";
import { isAt } from "../formats/json-tokens.ts";
import { LineSlicer, MAX_FIELDS } from "../formats/line-slicer.ts";
import { BlockPool } from "../formats/slice-blocks.ts";
import { MessageRest } from "./message-rest.ts";

/** A message as it was parsed: an object with whatever is in it. */
export type Message = Readonly<Record<string, unknown>>;

/** Where a program's RECORD messages hold what is a row. */
export interface RecordPlace {
  /** The way to the record through the message: `["record"]`. */
  path: readonly string[];
  /** What stands beside it and says of which stream it is. */
  named: readonly string[];
  /** What stands beside it, differs from one message to the next and says nothing of the row. */
  ignored: string;
}

/** Records of one stream that came one after the other, and what all of their messages say besides. */
export class RecordRun {
  /** Any of the messages, with null in the record's place. */
  readonly message: Message;
  /** Whoever takes them gives their memory back. */
  readonly rows: SlicedRows;
  /** About how much text they were. */
  readonly bytes: number;

  constructor(message: Message, rows: SlicedRows, bytes: number) {
    this.message = message;
    this.rows = rows;
    this.bytes = bytes;
  }
}

/** How RECORD messages of one stream begin, up to the record itself. */
interface Beginning {
  text: Buffer;
  slicer: LineSlicer;
  /** There is a run. */
  isOpen: boolean;
  /** What the messages of the run have behind the record, as it was last seen. */
  rest: MessageRest | undefined;
  /** The messages of the run without their records. */
  message: Message;
  /** The same as text: another one begins another run. */
  key: string;
  /** What they say of the stream. */
  stream: string;
  /** Bytes of the run so far. */
  length: number;
}

/** Programs with more streams than this get no more beginnings learnt. */
const MAX_BEGINNINGS = 100;

/**
 * Reads RECORD messages without parsing them. Those of a stream begin alike, hold records of one shape (`line-slicer.ts`)
 * and end alike. What is not plainly so is parsed by the caller and given to `join`.
 *
 * Streams that come mixed have runs side by side; one stream has one at a time, so that its records keep their order.
 */
export class RecordRuns {
  readonly #place: RecordPlace;
  /** The one that was met last comes first. */
  readonly #beginnings: Beginning[] = [];
  readonly #blocks = new BlockPool();
  #finished: RecordRun[] = [];

  constructor(place: RecordPlace) {
    this.#place = place;
  }

  /** Whether the line from `start` to `end` is a record that is in a run now. */
  read(bytes: Buffer, start: number, end: number): boolean {
    const beginning = this.#beginningAt(bytes, start);
    if (beginning === undefined || !this.#isTaken(beginning, bytes, { start, end })) return false;
    beginning.length += end - start;
    return true;
  }

  #isTaken(beginning: Beginning, bytes: Buffer, { start, end }: { start: number; end: number }): boolean {
    const from = start + beginning.text.length;
    const { slicer } = this.#opened(beginning);
    const at = slicer.add(bytes, from, end);
    if (at === -1) return false;
    if (beginning.rest?.isAt(bytes, at, end) === true) return true;
    const rest = bytes.toString("utf8", at, end);
    const message = parse(`${beginning.text}null${rest}`);
    const isRecord = message?.["type"] === "RECORD" && this.#recordOf(message) === null;
    if (!isRecord || !this.#isOfRun(beginning, message)) slicer.drop();
    if (!isRecord) return false;
    const isSame = this.#goOn(beginning, message);
    beginning.rest = new MessageRest(rest, this.#place.ignored);
    return isSame || this.#opened(beginning).slicer.add(bytes, from, end) === at;
  }

  /** Takes a message that was parsed into a run; false when it is no record, or not one of a kind that is known. */
  join(line: string, message: Message): boolean {
    const record = this.#recordOf(message);
    if (!isObject(record) || message["type"] !== "RECORD") return false;
    const bytes = Buffer.from(line);
    const beginning = this.#beginningAt(bytes, 0) ?? this.#learn(line);
    if (beginning === undefined) return false;
    this.#goOn(beginning, this.#without(message));
    const { slicer } = this.#opened(beginning);
    slicer.learn(record);
    beginning.length += bytes.length;
    if (slicer.columns.length > MAX_FIELDS) this.#forget(beginning);
    return true;
  }

  /** The runs so far, in the order of their ends. */
  take(): RecordRun[] {
    for (const beginning of this.#beginnings) this.#finish(beginning);
    const runs = this.#finished;
    this.#finished = [];
    return runs;
  }

  #beginningAt(bytes: Buffer, start: number): Beginning | undefined {
    const beginnings = this.#beginnings;
    for (let i = 0; i < beginnings.length; i++) {
      const beginning = beginnings[i] as Beginning;
      if (!isAt(beginning.text, bytes, start)) continue;
      if (i === 0) return beginning;
      beginnings.unshift(...beginnings.splice(i, 1));
      this.#endOthers(beginning);
      return beginning;
    }
    return undefined;
  }

  /** What comes next has this besides: the run goes on if that is what it had so far, which is given. */
  #goOn(beginning: Beginning, message: Message): boolean {
    if (this.#isOfRun(beginning, message)) return true;
    this.#finish(beginning);
    const [key, stream] = [this.#keyOf(message), this.#streamOf(message)];
    Object.assign(beginning, { message, key, stream, rest: undefined });
    this.#endOthers(beginning);
    return false;
  }

  /** Runs of the same stream whose messages begin otherwise are over. */
  #endOthers(beginning: Beginning): void {
    for (const other of this.#beginnings)
      if (other.isOpen && other.stream === beginning.stream && other !== beginning) this.#finish(other);
  }

  #streamOf(message: Message): string {
    const beside = this.#valueAt(message, this.#place.path.slice(0, -1)) as Message;
    return JSON.stringify(this.#place.named.map((name) => beside[name]));
  }

  #isOfRun({ key }: Beginning, message: Message): boolean {
    return key === this.#keyOf(message);
  }

  #keyOf(message: Message): string {
    const { ignored } = this.#place;
    return JSON.stringify(message, (name, value) => (name === ignored ? undefined : value));
  }

  #opened(beginning: Beginning): Beginning {
    if (!beginning.isOpen) beginning.slicer.open();
    beginning.isOpen = true;
    return beginning;
  }

  #finish(beginning: Beginning): void {
    const { slicer, message, isOpen, length } = beginning;
    if (!isOpen) return;
    beginning.isOpen = false;
    beginning.length = 0;
    const rows = slicer.close();
    if (rows.count > 0) this.#finished.push(new RecordRun(message, rows, length));
    else rows.release();
  }

  #forget(beginning: Beginning): void {
    this.#finish(beginning);
    this.#beginnings.splice(this.#beginnings.indexOf(beginning), 1);
  }

  /** The line up to its record, if it is what it seems: the beginning of a message whose record comes next. */
  #learn(line: string): Beginning | undefined {
    const name = `${JSON.stringify(this.#place.path.at(-1))}:`;
    const at = line.indexOf(name);
    if (at === -1 || this.#beginnings.length >= MAX_BEGINNINGS) return undefined;
    const end = at + name.length;
    const text = line.slice(0, line[end] === " " ? end + 1 : end);
    const message = parse(`${text}null${"}".repeat(this.#place.path.length)}`);
    if (message === undefined || this.#recordOf(message) !== null) return undefined;
    const slicer = new LineSlicer(this.#blocks);
    const none = { isOpen: false, rest: undefined, key: "", stream: "", length: 0 };
    const beginning = { text: Buffer.from(text), slicer, message, ...none };
    this.#beginnings.unshift(beginning);
    return beginning;
  }

  #recordOf(message: Message): unknown {
    return this.#valueAt(message, this.#place.path);
  }

  #valueAt(message: Message, path: readonly string[]): unknown {
    let at: unknown = message;
    for (const name of path) at = isObject(at) ? at[name] : undefined;
    return at;
  }

  #without(message: Message, path: readonly string[] = this.#place.path): Message {
    const [name = "", ...further] = path;
    const inner = message[name] as Message;
    return { ...message, [name]: further.length === 0 ? null : this.#without(inner, further) };
  }
}

function isObject(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): Message | undefined {
  try {
    return JSON.parse(text) as Message;
  } catch {
    return undefined;
  }
}
