import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Saves a file over and over like an editor that knows nothing of locks, by turns in place and by renaming, and says
 * which saves are not what the file begins with afterwards.
 */
const [path = "", saves = "0"] = process.argv.slice(2);
for (let save = 1; save <= Number(saves); save++) {
  const text = `edit ${save}.`;
  if (save % 2 === 0) writeFileSync(path, text);
  else {
    writeFileSync(`${path}.swp`, text);
    renameSync(`${path}.swp`, path);
  }
  const pause = performance.now() + Math.random();
  while (performance.now() < pause);
  if (!(await stands(text))) console.log(`${text} was lost to ${readFileSync(path, "utf8")}`);
}

/** For a moment there may be what the other side wanted to write, before it sees that it came too late. */
async function stands(text: string): Promise<boolean> {
  for (const end = performance.now() + 2_000; performance.now() < end; await sleep(1)) {
    if (readFileSync(path, "utf8").startsWith(text)) return true;
  }
  return false;
}
