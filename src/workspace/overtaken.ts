import { readFileSync, statSync } from "node:fs";

/** Somebody has saved the file since it was read. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/**
 * Throws Overtaken unless the file still holds `expected` (undefined: is not there). Editors know nothing of our locks,
 * so this runs right before a file is replaced, synchronously: nothing but the replacement itself may come after.
 */
export function assertNotOvertaken(path: string, expected: string | undefined): void {
  const before = identityOf(path);
  const content = before === undefined ? undefined : readFileSync(path, "utf8");
  if (content !== expected || identityOf(path) !== before) throw new Overtaken(`${path} was saved by another program`);
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
}
