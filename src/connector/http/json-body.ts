import { isUtf8 } from "node:buffer";
import { hasInexactNumber, parseExactJson } from "../formats/exact-numbers.ts";
import { quotable } from "./vendor-message.ts";

/** Says why a body is not the JSON that it should be. */
export class JsonBodyError extends Error {
  /** It begins as JSON and ends too early. */
  readonly truncated: boolean;

  constructor(message: string, truncated: boolean, cause?: unknown) {
    super(message, { cause });
    this.truncated = truncated;
  }
}

export interface BodyKind {
  /** The field `Content-Type`. */
  contentType: string | undefined;
  /** Masked where the body is quoted. */
  secrets: readonly string[];
}

/** The text of a body in the character set that its field names; UTF-8 unless it names one. */
export function bodyText(bytes: Buffer, contentType: string | undefined): string {
  const label = /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? "")?.[1];
  if (label === undefined || /^utf-?8$/i.test(label)) return withoutMark(bytes.toString("utf8"));
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return withoutMark(bytes.toString("utf8"));
  }
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** The body as JSON, with all digits of its numbers. @throws JsonBodyError */
export function parseJsonBody(bytes: Buffer, kind: BodyKind): unknown {
  const text = bodyText(bytes, kind.contentType);
  try {
    return hasInexactNumber(text) ? parseExactJson(text) : JSON.parse(text);
  } catch (cause) {
    throw describe(bytes, text, kind, cause);
  }
}

function describe(bytes: Buffer, text: string, kind: BodyKind, cause: unknown): JsonBodyError {
  const what = `${bytes.length} bytes of ${kind.contentType ?? "no stated type"}`;
  if (text.trim() === "") return new JsonBodyError("an empty body instead of JSON", true, cause);
  if (/^\s*[[{"]/.test(text)) {
    const early = /end of JSON input|Unterminated|after array element in JSON|after property value/.test(String(cause));
    const truncated = early && endsThere(text, String(cause));
    const utf8 = isUtf8(bytes) ? "" : ", which are not UTF-8";
    return new JsonBodyError(
      `${what}${utf8} that ${truncated ? "end before the JSON is closed" : "are not valid JSON"}`,
      truncated,
      undefined,
    );
  }
  return new JsonBodyError(`${what} instead of JSON${beginning(text, kind)}`, false, undefined);
}

/** The parser's position, where its message has one, tells damage in the middle from an early end. */
function endsThere(text: string, said: string): boolean {
  const position = /at position (\d+)/.exec(said)?.[1];
  return position === undefined || Number(position) >= text.trimEnd().length;
}

/** What is not JSON has no rows in it: its beginning may be shown. */
function beginning(text: string, { secrets }: BodyKind): string {
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1];
  if (title !== undefined) return `, a page titled "${quotable(title, secrets)}"`;
  return `, beginning with "${quotable(text.slice(0, 60), secrets)}"`;
}
