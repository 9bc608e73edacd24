/** The one text that stands for null. */
const NULL = "\\N";

/** Turns COPY's text form into values: text or null, and true or false in the columns that are booleans. */
export class CopyTextDecoder {
  readonly #isBoolean: readonly boolean[];
  /** Begins a row that has not ended yet. */
  #rest: Buffer[] = [];

  constructor(isBoolean: readonly boolean[]) {
    this.#isBoolean = isBoolean;
  }

  /** The rows that end in these bytes. */
  decode(bytes: Buffer): unknown[][] {
    const end = bytes.lastIndexOf(0x0a);
    if (end === -1) {
      this.#rest.push(bytes);
      return [];
    }
    const whole = Buffer.concat([...this.#rest, bytes.subarray(0, end)]).toString("utf8");
    this.#rest = end + 1 === bytes.length ? [] : [bytes.subarray(end + 1)];
    return whole.split("\n").map((line) => this.#row(line));
  }

  #row(line: string): unknown[] {
    const fields: unknown[] = line.split("\t");
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as string;
      if (field === NULL) fields[i] = null;
      else if (this.#isBoolean[i] === true) fields[i] = field === "t";
      else if (field.includes("\\")) fields[i] = field.replace(ESCAPE, meantBy);
    }
    return fields;
  }
}

const ESCAPE = /\\([\s\S])/g;
const CHARACTERS: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function meantBy(_match: string, letter: string): string {
  return CHARACTERS[letter] ?? letter;
}
