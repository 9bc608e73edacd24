import { MASK } from "../../core/redaction.ts";
import { readPath } from "./json-path.ts";

/** Longest quotation of a vendor's words, in characters. */
const MAX_CHARACTERS = 300;

/** Where vendors say in JSON what went wrong, the most telling first. */
const PATHS = [
  "error.message",
  "errors[0].message",
  "errors[0].detail",
  "error_description",
  "message",
  "Message",
  "detail",
  "Detail",
  "error.errors[0].message",
  "errors[0].title",
  "errorMessages[0]",
  "error.description",
  "error",
  "errors[0]",
  "title",
  "reason",
  "description",
  "fault.faultstring",
];

/** Long words of letters and digits are taken for keys, unless they are addresses or ids. */
const KEY_LIKE = /(?<![\w./:-])(?=[\w+/=.-]*\d)(?=[\w+/=.-]*[A-Za-z])[\w+/=.-]{24,}/g;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the body of a refusal says, short, in one line and without secrets; undefined when it says nothing. */
export function vendorMessage(body: unknown, text: string, secrets: readonly string[]): string | undefined {
  const said = body === undefined ? plainText(text) : firstText(body);
  return said === undefined ? undefined : quotable(said, secrets);
}

/** The text without secrets, in one line and not too long. */
export function quotable(text: string, secrets: readonly string[]): string {
  let safe = text;
  for (const secret of secrets) if (secret.length > 3) safe = safe.replaceAll(secret, MASK);
  safe = safe
    .replace(KEY_LIKE, (word) => (UUID.test(word) ? word : MASK))
    .replace(/\s+/g, " ")
    .trim();
  return safe.length > MAX_CHARACTERS ? `${safe.slice(0, MAX_CHARACTERS)}…` : safe;
}

function firstText(body: unknown): string | undefined {
  for (const path of PATHS) {
    const found = readPath(body, path);
    if (typeof found === "string" && found.trim() !== "") return found;
  }
  return typeof body === "string" && body.trim() !== "" ? body : undefined;
}

/** Of a page of HTML its title. */
function plainText(text: string): string | undefined {
  if (/^\s*<(!doctype|html|head|body|\?xml)/i.test(text)) return /<title[^>]*>([^<]*)/i.exec(text)?.[1];
  return text.trim() === "" || text.includes("\u0000") ? undefined : text;
}
