import { appendFile, writeFile } from "node:fs/promises";
import type { Mode } from "./crash-workspace.ts";

/**
 * The source as of a round. It grows for `append` and `merge` (which also sees earlier rows again, changed) and is
 * written anew for `replace`. The column `extra` has its first value late, and `amount` turns from whole to decimal, so
 * that kills meet schema changes too.
 */
export async function writeRound(path: string, mode: Mode, round: { number: number; rows: number }): Promise<void> {
  const { number, rows } = round;
  const first = mode === "replace" ? 0 : number * rows;
  const lines = Array.from({ length: rows }, (_, i) => line(first + i, number, rows));
  if (mode === "merge" && number > 0)
    lines.push(...Array.from({ length: rows / 4 }, (_, i) => line(i * 4, number, rows)));
  const text = `${lines.join("\n")}\n`;
  if (number === 0 || mode === "replace") await writeFile(path, `id,name,amount,day,extra\n${text}`);
  else await appendFile(path, text);
}

function line(id: number, round: number, rows: number): string {
  const amount = id < rows / 2 ? id : `${id}.25`;
  const day = new Date(Date.UTC(2020, 0, 1 + (id % 2000))).toISOString().slice(0, 10);
  const extra = id > rows * 0.7 ? `extra ${id}` : "";
  return `${id},"customer ${id}, as of round ${round}",${amount},${day},${extra}`;
}
