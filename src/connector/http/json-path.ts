import { pointerKeys } from "../formats/json-pointer.ts";

/**
 * Paths into JSON: a pointer (`/data/items`), or dotted (`data.items`, `data.items[0]`); `*` stands for every item of a
 * list and every value of an object; "" is the document.
 */

/** The first value at the path; undefined when there is none. */
export function readPath(value: unknown, path: string): unknown {
  return readPaths(value, path)[0];
}

/** All values at the path: several where it has a `*`. */
export function readPaths(value: unknown, path: string): unknown[] {
  let found: unknown[] = [value];
  for (const key of pathKeys(path)) found = found.flatMap((inner) => step(inner, key));
  return found.filter((it) => it !== undefined);
}

/** The records at the path: a list gives its items, anything else itself; what `*` finds is joined. */
export function recordsAt(value: unknown, path: string): unknown[] {
  const found = readPaths(value, path);
  const [only] = found;
  if (found.length === 1 && Array.isArray(only)) return only;
  return found.flat();
}

export function pathKeys(path: string): string[] {
  if (path === "") return [];
  if (path.startsWith("/")) return pointerKeys(path);
  return path
    .replaceAll(/\[(\d+|\*)\]/g, ".$1")
    .replace(/^\$?\./, "")
    .split(".");
}

function step(value: unknown, key: string): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (key === "*") return Object.values(value);
  if (!Object.hasOwn(value, key)) return [];
  return [(value as Record<string, unknown>)[key]];
}
