import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { type JsonNode, parseJsonText } from "./json-text.ts";

/**
 * Changes JSON text so that it says `after`, touching only what differs: order, spacing, number spelling and line ends
 * of everything else stay. `text` must be valid JSON.
 */
export function editJsonText(text: string, after: JsonValue): string {
  const before = JSON.parse(text) as JsonValue;
  if (isDeepStrictEqual(before, after)) return text;
  const root = parseJsonText(text);
  const renderer: Renderer = { text, indent: indentOf(text), newline: text.includes("\r\n") ? "\r\n" : "\n" };
  const body = render(renderer, root, { before, after, depth: 0 });
  const edited = text.slice(0, root.start) + body + text.slice(root.end);
  return isDeepStrictEqual(JSON.parse(edited), after)
    ? edited
    : text.slice(0, root.start) + format(renderer, after, 0) + text.slice(root.end);
}

interface Renderer {
  text: string;
  /** One level of indentation; empty for a document on one line. */
  indent: string;
  newline: string;
}

interface Change<T extends JsonValue = JsonValue> {
  before: T;
  after: T;
  depth: number;
}

/** An element of a list or object with the white space around it. */
interface Element {
  gap: string;
  body: string;
  /** What stands between it and its comma. */
  tail: string;
}

function render(renderer: Renderer, node: JsonNode, { before, after, depth }: Change): string {
  if (isDeepStrictEqual(before, after)) return renderer.text.slice(node.start, node.end);
  if (node.kind === "object" && node.members.length > 0 && isJsonObject(before) && isJsonObject(after)) {
    return renderObject(renderer, node, { before, after, depth });
  }
  if (node.kind === "array" && node.items.length > 0 && Array.isArray(before) && Array.isArray(after)) {
    return renderArray(renderer, node, { before, after, depth });
  }
  return format(renderer, after, depth);
}

function renderObject(
  renderer: Renderer,
  node: Extract<JsonNode, { kind: "object" }>,
  { before, after, depth }: Change<JsonObject>,
): string {
  const { text } = renderer;
  const places = node.members.map(({ start, value }) => ({ start, end: value.end }));
  const gaps = gapsOf(renderer, node, places);
  const elements: Element[] = [];
  for (const [index, { key, start, value }] of node.members.entries()) {
    if (!Object.hasOwn(after, key)) continue;
    const change = { before: before[key] as JsonValue, after: after[key] as JsonValue, depth: depth + 1 };
    elements.push({
      ...gaps.of(index),
      body: text.slice(start, value.start) + render(renderer, value, change),
    });
  }
  const colon = renderer.indent === "" && !text.includes('": ') ? ":" : ": ";
  for (const key of Object.keys(after).filter((name) => !Object.hasOwn(before, name))) {
    const body = `${JSON.stringify(key)}${colon}${format(renderer, after[key] as JsonValue, depth + 1)}`;
    elements.push({ gap: gaps.next, body, tail: "" });
  }
  return join("{", elements, { gaps, close: "}" });
}

/** Elements that are the same at both ends stay; those between are changed one by one, then added or left out. */
function renderArray(
  renderer: Renderer,
  node: Extract<JsonNode, { kind: "array" }>,
  { before, after, depth }: Change<JsonValue[]>,
): string {
  const gaps = gapsOf(renderer, node, node.items);
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && isDeepStrictEqual(before[head], after[head])) head++;
  let tail = 0;
  while (tail < shorter - head && isDeepStrictEqual(before.at(-1 - tail), after.at(-1 - tail))) tail++;
  const elements = after.map((value, index): Element => {
    const from = index < after.length - tail ? index : before.length - (after.length - index);
    const item = index < shorter - tail || index >= after.length - tail ? node.items[from] : undefined;
    if (item === undefined) return { gap: gaps.next, body: format(renderer, value, depth + 1), tail: "" };
    const change = { before: before[from] as JsonValue, after: value, depth: depth + 1 };
    return { ...gaps.of(from), body: render(renderer, item, change) };
  });
  return join("[", elements, { gaps, close: "]" });
}

interface Gaps {
  /** White space around the element of that index, commas left out. */
  of(index: number): { gap: string; tail: string };
  first: string;
  /** White space before an element that is added after others. */
  next: string;
  /** White space before the closing bracket. */
  last: string;
}

function gapsOf({ text, indent }: Renderer, node: JsonNode, places: readonly { start: number; end: number }[]): Gaps {
  const between = (index: number): string[] => text.slice(places[index - 1]?.end, places[index]?.start).split(",");
  const first = text.slice(node.start + 1, places[0]?.start);
  const of = (index: number) => ({
    gap: index === 0 ? first : (between(index)[1] ?? ""),
    tail: index + 1 < places.length ? (between(index + 1)[0] ?? "") : "",
  });
  const alone = first.includes("\n") || indent === "" ? first : " ";
  const next = places.length > 1 ? of(1).gap : alone;
  return { of, first, next, last: text.slice(places.at(-1)?.end, node.end - 1) };
}

function join(open: string, elements: readonly Element[], { gaps, close }: { gaps: Gaps; close: string }): string {
  if (elements.length === 0) return open + close;
  const texts = elements.map(({ gap, body, tail }, index) => {
    const before = index === 0 ? gaps.first : gap === gaps.first ? gaps.next : gap;
    return before + body + (index === elements.length - 1 ? "" : tail);
  });
  return open + texts.join(",") + gaps.last + close;
}

function format({ indent, newline }: Renderer, value: JsonValue, depth: number): string {
  const text = JSON.stringify(value, null, indent);
  return indent === "" ? text : text.replaceAll("\n", newline + indent.repeat(depth));
}

/** The white space of the first indented line. */
function indentOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "";
}
