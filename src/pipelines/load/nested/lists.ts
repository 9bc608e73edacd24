import { rawNumber } from "../../../databases/postgres/json-cell.ts";

/** Tables below a stream's own at most: in what lies deeper lists stay lists, in columns of type jsonb. */
export const MAX_DEPTH = 3;

/** What becomes rows of a child table: nothing but objects. */
export type ObjectList = readonly Readonly<Record<string, unknown>>[];

export function isObjectList(value: unknown): value is ObjectList {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}

export function isEmptyList(value: unknown): value is ObjectList {
  return Array.isArray(value) && value.length === 0;
}

/** Not dates, bytes, or numbers kept as text. */
function isObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || (prototype === null && rawNumber(value) === undefined);
}

/** Plain assignment would take a field named `__proto__` for something else. */
export function setField(row: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(row, key, { value, enumerable: true, configurable: true, writable: true });
  else row[key] = value;
}
