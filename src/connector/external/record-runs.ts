import { LineShape, MAX_FIELDS } from "../formats/line-shape.ts";
import type { RecordTable } from "./record-table.ts";

/** A message as it was parsed: an object with whatever is in it. */
export type Message = Readonly<Record<string, unknown>>;

/** Where a program's RECORD messages hold what is a row. */
export interface RecordPlace {
  /** The way to the record through the message: `["record"]`. */
  path: readonly string[];
  /** What stands beside it, differs from one message to the next and says nothing of the row. */
  ignored: string;
}

/** Records of one stream that came one after the other, and what all of their messages say besides. */
export class RecordRun {
  /** Any of the messages, with null in the record's place. */
  readonly message: Message;
  readonly table: RecordTable;
  /** About how much text they were. */
  readonly bytes: number;

  constructor(message: Message, table: RecordTable, bytes = 0) {
    this.message = message;
    this.table = table;
    this.bytes = bytes;
  }
}

/** How RECORD messages of one stream begin, up to the record itself. */
interface Beginning {
  text: string;
  shape: LineShape;
  /** The shape has been given the text that is read. */
  isOpen: boolean;
  /** What the messages of the run have behind the record, as it was last seen. */
  rest: string | undefined;
  /** The messages of the run without their records. */
  message: Message;
  /** The same as text: another one begins another run. */
  key: string;
  /** Characters of the run so far. */
  length: number;
}

/** Programs with more streams than this get no more beginnings learnt. */
const MAX_BEGINNINGS = 100;

/**
 * Reads RECORD messages without parsing them. Those of a stream begin alike, hold records of one shape (`line-shape.ts`)
 * and end alike. What is not plainly so is parsed by the caller and given to `join`.
 */
export class RecordRuns {
  readonly #place: RecordPlace;
  readonly #ignored: RegExp;
  /** The one that was met last comes first. */
  readonly #beginnings: Beginning[] = [];
  #text = "";
  #finished: RecordRun[] = [];

  constructor(place: RecordPlace) {
    this.#place = place;
    this.#ignored = new RegExp(`,\\s*"${place.ignored}":\\s*(?:"[^"\\\\]*"|\\d+)`);
  }

  /** The block of text that `read` is asked about from now on; all runs have been taken. */
  open(text: string): void {
    this.#text = text;
  }

  /** Whether the line from `start` to `end` is a record that is in a run now. */
  read(start: number, end: number): boolean {
    const beginning = this.#beginningAt(this.#text, start);
    if (beginning === undefined || !this.#isTaken(beginning, start, end)) return false;
    beginning.length += end - start;
    return true;
  }

  #isTaken(beginning: Beginning, start: number, end: number): boolean {
    const { shape } = this.#opened(beginning);
    const from = start + beginning.text.length;
    const at = shape.readObject(from, end);
    if (at === -1) return false;
    const rest = this.#text.slice(at, end).replace(this.#ignored, "");
    if (rest === beginning.rest) return true;
    const message = parse(`${beginning.text}null${rest}`);
    const isRecord = message?.["type"] === "RECORD" && this.#recordOf(message) === null;
    if (isRecord && this.#isOfRun(beginning, message)) {
      beginning.rest = rest;
      return true;
    }
    shape.drop();
    if (!isRecord) return false;
    this.#goOn(beginning, message, rest);
    return this.#opened(beginning).shape.readObject(from, end) === at;
  }

  /** Takes a message that was parsed into a run; false when it is no record, or not one of a kind that is known. */
  join(line: string, message: Message): boolean {
    const record = this.#recordOf(message);
    if (!isObject(record) || message["type"] !== "RECORD") return false;
    const beginning = this.#beginningAt(line, 0) ?? this.#learn(line);
    if (beginning === undefined) return false;
    this.#goOn(beginning, this.#without(message), undefined);
    const { shape } = this.#opened(beginning);
    shape.learn(record);
    beginning.length += line.length;
    if (shape.columns.length > MAX_FIELDS) this.#forget(beginning);
    return true;
  }

  /** The runs so far, in the order of their ends. */
  take(): RecordRun[] {
    for (const beginning of this.#beginnings) this.#finish(beginning);
    const runs = this.#finished;
    this.#finished = [];
    return runs;
  }

  #beginningAt(text: string, start: number): Beginning | undefined {
    const beginnings = this.#beginnings;
    for (let i = 0; i < beginnings.length; i++) {
      const beginning = beginnings[i] as Beginning;
      if (!text.startsWith(beginning.text, start)) continue;
      if (i > 0) beginnings.unshift(...beginnings.splice(i, 1));
      return beginning;
    }
    return undefined;
  }

  /** What comes next has this besides: the run goes on if that is what it had so far. */
  #goOn(beginning: Beginning, message: Message, rest: string | undefined): void {
    if (this.#isOfRun(beginning, message)) return;
    this.#finish(beginning);
    Object.assign(beginning, { key: this.#keyOf(message), message, rest });
  }

  #isOfRun({ key }: Beginning, message: Message): boolean {
    return key === this.#keyOf(message);
  }

  #keyOf(message: Message): string {
    const { ignored } = this.#place;
    return JSON.stringify(message, (name, value) => (name === ignored ? undefined : value));
  }

  #opened(beginning: Beginning): Beginning {
    if (!beginning.isOpen) beginning.shape.open(this.#text);
    beginning.isOpen = true;
    return beginning;
  }

  #finish(beginning: Beginning): void {
    const { shape, message, isOpen, length } = beginning;
    Object.assign(beginning, { isOpen: false, length: 0 });
    if (!isOpen) return;
    const values = shape.close();
    if (values.length === 0) return;
    const table = { columns: [...shape.columns], values, untyped: shape.numbers };
    this.#finished.push(new RecordRun(message, table, length));
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
    const beginning = { text, shape: new LineShape(), isOpen: false, rest: undefined, message, key: "", length: 0 };
    this.#beginnings.unshift(beginning);
    return beginning;
  }

  #recordOf(message: Message): unknown {
    let at: unknown = message;
    for (const name of this.#place.path) at = isObject(at) ? at[name] : undefined;
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
