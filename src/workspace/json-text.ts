/** JSON text with the place of every value, for saying where something is wrong and for changing it in place. */

export type JsonNode =
  | { kind: "object"; start: number; end: number; members: JsonMember[] }
  | { kind: "array"; start: number; end: number; items: JsonNode[] }
  | { kind: "scalar"; start: number; end: number };

export interface JsonMember {
  key: string;
  /** Where the key's opening quote stands. */
  start: number;
  value: JsonNode;
}

/** `offset` counts UTF-16 units from the start of the text. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Throws JsonSyntaxError at the first place that is not JSON. */
export function parseJsonText(text: string): JsonNode {
  return new JsonReader(text).document();
}

/** Line and column, both from 1, and the line itself. */
export function placeInText(text: string, offset: number): { line: number; column: number; shown: string } {
  const before = text.slice(0, offset).split("\n");
  const start = offset - (before.at(-1) as string).length;
  const end = text.indexOf("\n", start);
  const shown = text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "");
  return { line: before.length, column: offset - start + 1, shown };
}

/** The node at a path of keys and indexes, as far as the path leads. */
export function nodeAt(root: JsonNode, path: readonly PropertyKey[]): JsonNode {
  let node = root;
  for (const step of path) {
    const next =
      node.kind === "object"
        ? node.members.findLast((member) => member.key === step)?.value
        : node.kind === "array"
          ? node.items[step as number]
          : undefined;
    if (next === undefined) break;
    node = next;
  }
  return node;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y;
const WORD = /(?:true|false|null)(?!\w)/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings must not hold control characters
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

class JsonReader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  document(): JsonNode {
    this.skipSpace();
    const root = this.value();
    this.skipSpace();
    if (this.at < this.text.length) this.fail("there is something after the end of the document");
    return root;
  }

  private value(): JsonNode {
    const start = this.at;
    const first = this.text[start];
    if (first === "{") return this.object();
    if (first === "[") return this.array();
    if (first === '"') this.string();
    else if (this.take(NUMBER) === undefined && this.take(WORD) === undefined) this.failAt(first, "expected a value");
    return { kind: "scalar", start, end: this.at };
  }

  private object(): JsonNode {
    const start = this.at;
    const members: JsonMember[] = [];
    this.list("}", () => {
      const keyAt = this.at;
      if (this.text[keyAt] !== '"') this.failAt(this.text[keyAt], "expected a key in double quotes");
      const key = this.string();
      this.skipSpace();
      if (this.text[this.at] !== ":") this.fail("expected a colon after the key");
      this.at++;
      this.skipSpace();
      members.push({ key, start: keyAt, value: this.value() });
    });
    return { kind: "object", start, end: this.at, members };
  }

  private array(): JsonNode {
    const start = this.at;
    const items: JsonNode[] = [];
    this.list("]", () => items.push(this.value()));
    return { kind: "array", start, end: this.at, items };
  }

  private list(close: "}" | "]", element: () => void): void {
    this.at++;
    this.skipSpace();
    if (this.text[this.at] === close) {
      this.at++;
      return;
    }
    for (;;) {
      element();
      this.skipSpace();
      const next = this.text[this.at];
      if (next !== "," && next !== close) this.fail(`expected a comma or ${close}`);
      this.at++;
      if (next === close) return;
      const comma = this.at - 1;
      this.skipSpace();
      if (this.text[this.at] === close) throw new JsonSyntaxError(comma, `a comma stands before ${close}`);
    }
  }

  private string(): string {
    const found = this.take(STRING);
    if (found === undefined) this.fail("the text in quotes does not end properly, or holds a wrong escape");
    return JSON.parse(found as string) as string;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private skipSpace(): void {
    this.take(SPACE);
  }

  private failAt(first: string | undefined, otherwise: string): never {
    if (first === "/" || first === "#") this.fail("comments are not allowed in JSON");
    if (first === "'") this.fail("text must stand in double quotes");
    return this.fail(otherwise);
  }

  private fail(message: string): never {
    throw new JsonSyntaxError(this.at, this.at >= this.text.length ? "the file ends too early" : message);
  }
}
