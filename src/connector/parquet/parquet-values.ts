import type { SchemaTree } from "hyparquet";
import { parseExactJson } from "../formats/exact-numbers.ts";
import { leafKind, type ParquetKind } from "./parquet-types.ts";

const DAY_S = 86_400n;

/** A number whose digits stay. Node has it, TypeScript does not know it yet. */
const exactNumber = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** What cannot be kept of a value, said once for each column. */
export type Loss = "nanoseconds";

/** Makes of a value what Postgres reads as text; booleans stay, nulls too. `lost` is told of what does not fit. */
export function textEncoder(value: ParquetKind, lost: (loss: Loss) => void): (raw: unknown) => unknown {
  if (value.kind === "nested") {
    const encode = nestedEncoder(value.tree, lost);
    return (raw) => (raw === null || raw === undefined ? null : JSON.stringify(encode(raw)));
  }
  const encode = leafEncoder(value, lost);
  return (raw) => (raw === null || raw === undefined ? null : encode(raw));
}

function leafEncoder(
  value: Exclude<ParquetKind, { kind: "nested" }>,
  lost: (loss: Loss) => void,
): (raw: unknown) => unknown {
  switch (value.kind) {
    case "text":
    case "json":
      return (raw) => raw;
    case "decimal":
      return (raw) => decimalText(raw instanceof Uint8Array ? integerOf(raw) : BigInt(raw as number), value.scale);
    case "date":
      return (raw) => dateText(BigInt(raw as number));
    case "time":
      return (raw) => timeText(microseconds(BigInt(raw as number), value.perSecond, lost));
    case "timestamp":
      return (raw) => timestampText(microseconds(BigInt(raw as bigint), value.perSecond, lost), value.utc);
    case "uuid":
      return (raw) => uuidText(raw as Uint8Array);
    case "interval":
      return (raw) => intervalText(raw as Uint8Array);
    case "bytes":
      return (raw) => `\\x${hexOf(raw as Uint8Array)}`;
    case "as_is":
      return (raw) => (typeof raw === "boolean" ? raw : String(raw));
  }
}

/** Lists, maps and structs as JSON: numbers keep their digits, bytes are base64, all else is text. */
function nestedEncoder(tree: SchemaTree, lost: (loss: Loss) => void): (raw: unknown) => unknown {
  const { element } = tree;
  const one = tree.children.length > 0 ? groupEncoder(tree, lost) : jsonLeaf(tree, lost);
  if (element.repetition_type !== "REPEATED") return one;
  return (raw) => (Array.isArray(raw) ? raw.map(one) : one(raw));
}

function groupEncoder(tree: SchemaTree, lost: (loss: Loss) => void): (raw: unknown) => unknown {
  const name = tree.element.logical_type?.type ?? tree.element.converted_type;
  if (name === "LIST") return listEncoder(tree, lost);
  if (name === "MAP" || name === "MAP_KEY_VALUE") return mapEncoder(tree, lost);
  const fields = new Map(tree.children.map((child) => [child.element.name, nestedEncoder(child, lost)]));
  return (raw) => mapValues(raw, (field, inner) => fields.get(field)?.(inner) ?? null);
}

/** The library leaves out the levels that a list is written with. */
function listEncoder(tree: SchemaTree, lost: (loss: Loss) => void): (raw: unknown) => unknown {
  const [middle] = tree.children;
  const item = middle?.children.length === 1 ? middle.children[0] : middle;
  if (item === undefined) return (raw) => raw;
  const inner =
    item === middle ? { ...item, element: { ...item.element, repetition_type: "OPTIONAL" as const } } : item;
  const encode = nestedEncoder(inner, lost);
  return (raw) => (Array.isArray(raw) ? raw.map(encode) : null);
}

function mapEncoder(tree: SchemaTree, lost: (loss: Loss) => void): (raw: unknown) => unknown {
  const item = tree.children[0]?.children[1];
  const encode = item === undefined ? (raw: unknown) => raw : nestedEncoder(item, lost);
  return (raw) => mapValues(raw, (_, inner) => encode(inner));
}

function mapValues(raw: unknown, of: (key: string, inner: unknown) => unknown): unknown {
  if (raw === null || raw === undefined) return null;
  return Object.fromEntries(Object.entries(raw).map(([key, inner]) => [key, of(key, inner)]));
}

function jsonLeaf({ element }: SchemaTree, lost: (loss: Loss) => void): (raw: unknown) => unknown {
  const value = leafKind(element) as Exclude<ParquetKind, { kind: "nested" }>;
  const encode = leafEncoder(value, lost);
  return (raw) => {
    if (raw === null || raw === undefined) return null;
    if (value.kind === "bytes") return Buffer.from(raw as Uint8Array).toString("base64");
    if (value.kind === "json") return parsedJson(raw as string);
    if (value.kind === "decimal") return exactNumber(encode(raw) as string);
    if (typeof raw === "bigint" && value.kind === "as_is") return exactNumber(String(raw));
    if (typeof raw === "number" && value.kind === "as_is") return Number.isFinite(raw) ? raw : String(raw);
    return encode(raw);
  };
}

function parsedJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return text;
  }
}

/** The number in two's complement, most significant byte first. */
function integerOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hexOf(bytes)}`));
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function microseconds(count: bigint, perSecond: bigint, lost: (loss: Loss) => void): bigint {
  if (perSecond <= 1_000_000n) return count * (1_000_000n / perSecond);
  const per = perSecond / 1_000_000n;
  const rest = modulo(count, per);
  if (rest !== 0n) lost("nanoseconds");
  return (count - rest) / per;
}

function timestampText(micros: bigint, utc: boolean): string {
  const rest = modulo(micros, DAY_S * 1_000_000n);
  const day = (micros - rest) / (DAY_S * 1_000_000n);
  const [date, era = ""] = dateText(day).split(" ");
  return `${date} ${timeText(rest)}${utc ? "+00" : ""}${era === "" ? "" : ` ${era}`}`;
}

function timeText(micros: bigint): string {
  const whole = Number(micros / 1_000_000n);
  const part = String(micros % 1_000_000n)
    .padStart(6, "0")
    .replace(/0+$/, "");
  const two = (count: number) => String(Math.floor(count)).padStart(2, "0");
  return `${two(whole / 3600)}:${two((whole / 60) % 60)}:${two(whole % 60)}${part === "" ? "" : `.${part}`}`;
}

/** By the proleptic Gregorian calendar, as Postgres writes it: years before 1 are counted back with BC. */
function dateText(days: bigint): string {
  const { year, month, day } = civil(Number(days));
  const shown = String(year > 0 ? year : 1 - year).padStart(4, "0");
  return `${shown}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}${year > 0 ? "" : " BC"}`;
}

/** `Date` ends at the year 275,760, Postgres does not: eras of 400 years are taken off first. */
function civil(days: number): { year: number; month: number; day: number } {
  const ERA_DAYS = 146_097;
  const eras = Math.floor(days / ERA_DAYS);
  const date = new Date((days - eras * ERA_DAYS) * 86_400_000);
  return { year: date.getUTCFullYear() + eras * 400, month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function uuidText(bytes: Uint8Array): string {
  return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function intervalText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [months, days, millis] = [0, 4, 8].map((at) => view.getUint32(at, true));
  return `${months} months ${days} days ${millis} milliseconds`;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function modulo(count: bigint, by: bigint): bigint {
  return ((count % by) + by) % by;
}
