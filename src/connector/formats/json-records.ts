import { ConnectorError } from "../connector-error.ts";
import { pointerTo, unescapeKey } from "./json-pointer.ts";
import { JsonScanner, nonBlank } from "./json-scanner.ts";

const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_LIST = 0x5d;

/**
 * Where the records of a JSON document are: "" for a document that is a list itself; else its one list of objects, or
 * its one empty list; else "", the document itself being the one record. Reads the document to its end unless it is a
 * list. @throws ConnectorError `source_format` when there are several lists of objects.
 */
export async function findRecords(chunks: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const finder = new ListFinder();
  for await (const chunk of chunks) if (finder.look(chunk)) return "";
  const { filled, empty } = finder;
  if (filled.length > 1) throw several(name, filled);
  const [only = empty.length === 1 ? empty[0] : undefined] = filled;
  return only ?? "";
}

class ListFinder {
  /** Pointers to the document's lists of objects, and to its empty lists. */
  readonly filled: string[] = [];
  readonly empty: string[] = [];
  readonly #scanner = new JsonScanner();
  #started = false;
  /** The list that has just opened. */
  #opened: string | undefined;

  /** True when the document is a list. */
  look(chunk: Uint8Array): boolean {
    if (!this.#started) {
      const first = nonBlank(chunk, 0);
      if (first !== -1 && chunk[first] === OPEN_LIST) return true;
      this.#started = first !== -1;
    }
    this.#lookInside(chunk, 0);
    for (let at = this.#nextMember(chunk, 0); at !== -1; at = this.#nextMember(chunk, at))
      this.#lookInside(chunk, at + 1);
    return false;
  }

  /** Index to go on at; -1 at the end of the chunk. */
  #nextMember(chunk: Uint8Array, from: number): number {
    const member = this.#scanner.next(chunk, from, 1);
    if (member === undefined || member === "closed") return -1;
    const key = unescapeKey(member.key);
    this.#opened = chunk[member.index] === OPEN_LIST && key !== undefined ? pointerTo(key) : undefined;
    return member.index;
  }

  /** What the list that has just opened begins with. */
  #lookInside(chunk: Uint8Array, from: number): void {
    if (this.#opened === undefined) return;
    const first = nonBlank(chunk, from);
    if (first === -1) return;
    if (chunk[first] === OPEN_OBJECT) this.filled.push(this.#opened);
    if (chunk[first] === CLOSE_LIST) this.empty.push(this.#opened);
    this.#opened = undefined;
  }
}

function several(name: string, lists: readonly string[]): ConnectorError {
  return new ConnectorError(
    "source_format",
    `reading ${name}: it has several lists of records: ${lists.join(", ")}. Set the option \`records\` to the one that is meant, or to "" for the whole document.`,
    { details: { file: name, lists: [...lists] } },
  );
}
