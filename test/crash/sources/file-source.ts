import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CrashSource, listsOf, type Mode, type Round, rowsOfRound, type SourceRow } from "./crash-source.ts";

/** Lacks fields; and lacks its key, which `merge` cannot do without. */
const FLAWED = "7,too short\n,nobody,1,2020-01-01,\n";

/** One CSV file. With `flawed` each round ends with rows that cannot be stored, or not in every mode. */
export async function fileSource({ flawed = false } = {}): Promise<CrashSource> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-crash-file-"));
  const path = join(folder, "orders.csv");
  return {
    flawed,
    connection: (mode) => ({
      type: "files",
      schema: {
        options: { path, stream: "orders" },
        streams: { orders: { mode, primary_key: ["id"] } },
        ...(flawed ? { max_rejects: 1000 } : {}),
      },
    }),
    async writeRound(mode, round) {
      const text = `${rowsOfRound(mode, round).map(csvLine).join("")}${flawed ? FLAWED : ""}`;
      if (round.number === 0 || mode === "replace") await writeFile(path, `id,name,amount,day,extra\n${text}`);
      else await appendFile(path, text);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** So many rows are followed by what has become of some of them: a checkpoint or two. */
const STRETCH = 600;

/**
 * One CSV file whose rows have a version and a mark of deletion. Rows come again behind others, in each round: as a newer
 * version, as an older one that has come late, or marked as deleted and otherwise empty.
 */
export async function markedFileSource(): Promise<CrashSource> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-crash-marked-"));
  const path = join(folder, "orders.csv");
  return {
    connection: (mode) => ({
      type: "files",
      schema: {
        options: { path, stream: "orders" },
        streams: { orders: { mode, primary_key: ["id"], columns: { gone: "boolean", amount: "numeric" } } },
      },
    }),
    async writeRound(mode, round) {
      const rows = rowsOfRound(mode, round);
      const stretches = Array.from({ length: Math.ceil(rows.length / STRETCH) }, (_, i) =>
        rows.slice(i * STRETCH, (i + 1) * STRETCH),
      );
      const text = stretches.map((stretch) => stretchOf(stretch, round.number)).join("");
      if (round.number === 0) await writeFile(path, `id,name,amount,day,extra,version,gone\n${text}`);
      else await appendFile(path, text);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Every round has three versions of its own; each is newer than those of earlier rounds. */
function stretchOf(rows: readonly SourceRow[], round: number): string {
  const [late, first, newer] = [3 * round, 3 * round + 1, 3 * round + 2];
  const line = (row: SourceRow, version: number) => `${csvLine(row).trimEnd()},${version},\n`;
  const ofThem = (nth: number) => rows.filter(({ id }) => id % 5 === nth);
  return [
    ...rows.map((row) => line(row, first)),
    ...ofThem(1).map((row) => line({ ...row, name: `${row.name}, changed` }, newer)),
    ...ofThem(2).map((row) => line({ ...row, name: `${row.name}, late` }, late)),
    ...ofThem(3).map(({ id }) => `${id},,,,,${newer},true\n`),
  ].join("");
}

/** One NDJSON file whose rows hold lists that become tables. */
export async function nestedFileSource(): Promise<CrashSource> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-crash-nested-"));
  const path = join(folder, "orders.ndjson");
  return {
    connection: (mode) => ({
      type: "files",
      schema: {
        options: { path, stream: "orders" },
        streams: { orders: { mode, primary_key: ["id"], nested: "tables" } },
      },
    }),
    async writeRound(mode, round) {
      const rows = rowsOfRound(mode, round).map((row) => `${JSON.stringify({ ...row, ...listsOf(row, round) })}\n`);
      await (round.number === 0 || mode === "replace" ? writeFile : appendFile)(path, rows.join(""));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * Two streams: one of a file that grows and of new ones, as NDJSON, and one of a CSV file. For `replace` the first has
 * as many files each time.
 */
export async function filesSource(): Promise<CrashSource> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-crash-files-"));
  const settings = (mode: string) => ({ mode, primary_key: ["id"] });
  return {
    connection: (mode) => ({
      type: "files",
      schema: {
        options: { path: [join(folder, "orders_*.ndjson"), join(folder, "customers.csv")] },
        streams: { orders: settings(mode), customers: settings(mode) },
      },
    }),
    async writeRound(mode, round) {
      const rows = rowsOfRound(mode, round);
      const half = Math.floor(rows.length / 2);
      const isNew = round.number === 0 || mode === "replace";
      const lines = (part: SourceRow[]) =>
        part.map((row) => `${JSON.stringify({ ...row, tags: [row.id] })}\n`).join("");
      const fresh = join(folder, `orders_${numberOf(mode, round)}.ndjson`);
      await (isNew ? writeFile : appendFile)(join(folder, "orders_000.ndjson"), lines(rows.slice(0, half)));
      await writeFile(fresh, lines(rows.slice(half)));
      const text = rows.map(csvLine).join("");
      if (isNew) await writeFile(join(folder, "customers.csv"), `id,name,amount,day,extra\n${text}`);
      else await appendFile(join(folder, "customers.csv"), text);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Files are read in the order of their names: those of later rounds come later. */
function numberOf(mode: Mode, { number }: Round): string {
  return `${mode === "replace" ? 1 : 1 + number}`.padStart(3, "0");
}

function csvLine({ id, name, amount, day, extra }: SourceRow): string {
  return `${id},"${name}",${amount},${day},${extra ?? ""}\n`;
}
