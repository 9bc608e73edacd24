import { readFileSync, renameSync, statSync, unlinkSync } from "node:fs";
import { createRequire } from "node:module";

/** Somebody has saved the file since it was read. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

interface Exchange {
  /** Exchanges two names in one step of the file system. Throws what the system says as an error with its `code`. */
  swapSync(one: string, other: string): void;
}

/** What a system or a file system says that cannot exchange two names. */
const NO_EXCHANGE = new Set(["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"]);

/**
 * Puts `temporary` in the place of `target` if that still holds `expected` (undefined: is not there), and throws
 * Overtaken if not. Editors know nothing of our locks, and whoever only looks first and then renames loses what was
 * saved between the two. So the two files change places, and what came out is looked at as well: if somebody has saved
 * it, it goes back. Where names cannot be exchanged, looking first is the best there is.
 *
 * Returns what is to be done last: an editor that had opened the file just before may write into what came out.
 */
export function replaceUnchanged(temporary: string, target: string, expected: string | undefined): () => void {
  const ours = inode(temporary);
  assertUnchanged(target, expected);
  if (expected === undefined || !exchanged(temporary, target)) {
    renameSync(temporary, target);
    return () => {};
  }
  const look = () => {
    if (readFileSync(temporary, "utf8") !== expected) throw putBack(temporary, target, ours);
  };
  look();
  return () => {
    look();
    unlinkSync(temporary);
  };
}

function exchanged(temporary: string, target: string): boolean {
  const exchange = loadExchange();
  if (exchange === undefined) return false;
  try {
    exchange.swapSync(temporary, target);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new Overtaken(`${target} was removed by another program`, { cause: error });
    if (NO_EXCHANGE.has(code)) return false;
    throw error;
  }
}

/**
 * `ousted` holds what somebody has saved at `target` in the meantime. It goes back; and if something else comes out than
 * was put there, somebody has saved once more, and so on until nobody does.
 */
function putBack(ousted: string, target: string, ours: bigint): Overtaken {
  let placed = ours;
  for (;;) {
    const next = inode(ousted);
    if (!exchanged(ousted, target) || inode(ousted) === placed) break;
    placed = next;
  }
  return new Overtaken(`${target} was saved by another program`);
}

function assertUnchanged(path: string, expected: string | undefined): void {
  const before = identity(path);
  const content = before === undefined ? undefined : readFileSync(path, "utf8");
  if (content !== expected || identity(path) !== before) throw new Overtaken(`${path} was saved by another program`);
}

function inode(path: string): bigint {
  return statSync(path, { bigint: true }).ino;
}

function identity(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
}

let loaded: Exchange | false | undefined;

/** The package's own loader takes longer than everything else that a small write does; the file that it finds does not. */
function loadExchange(): Exchange | undefined {
  if (loaded === undefined) {
    const file = `fs-native-extensions/prebuilds/${process.platform}-${process.arch}/fs-native-extensions.node`;
    try {
      const binding = createRequire(import.meta.url)(file) as Partial<Exchange>;
      loaded = typeof binding.swapSync === "function" ? (binding as Exchange) : false;
    } catch {
      loaded = false;
    }
  }
  return loaded === false ? undefined : loaded;
}
