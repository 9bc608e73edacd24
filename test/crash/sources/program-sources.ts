import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CrashSource, rowsOfRound, type SourceRow } from "./crash-source.ts";

const PROGRAMS = join(import.meta.dirname, "../../harness/programs");
/** Of each row: that the tap is killed by a signal before it. Once a round at most, so that retries get over it. */
const CHANCE = 0.0002;

interface ForeignProgram {
  /** Of the connection. */
  type: string;
  program: string;
  /** The environment variable that says where its config is. */
  variable: string;
}

export function tapSource(): Promise<CrashSource> {
  return programSource({ type: "singer", program: "tap.mjs", variable: "TAP_CONFIG" });
}

export function airbyteSource(): Promise<CrashSource> {
  return programSource({ type: "airbyte", program: "airbyte-source.mjs", variable: "SOURCE_CONFIG" });
}

/** Two streams of one program, which a signal ends at random moments too. */
async function programSource({ type, program, variable }: ForeignProgram): Promise<CrashSource> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-crash-program-"));
  const path = join(folder, "config.json");
  const once = join(folder, "has-died");
  const rows: (SourceRow & { seq: number })[] = [];
  return {
    connection: (mode) => ({
      type,
      schema: {
        options: { command: process.execPath, args: [join(PROGRAMS, program)], env: { [variable]: path } },
        streams: { orders: { mode, primary_key: ["id"] }, customers: { mode, primary_key: ["id"] } },
      },
    }),
    async writeRound(mode, round) {
      if (mode === "replace") rows.length = 0;
      for (const row of rowsOfRound(mode, round)) rows.push({ ...row, seq: rows.length });
      await rm(once, { force: true });
      const tables = { orders: table(rows), customers: table(rows) };
      await writeFile(path, JSON.stringify({ tables, dies: { chance: CHANCE, once } }));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Amounts are text, so that both connections see the same types whatever they have read first. */
function table(rows: readonly (SourceRow & { seq: number })[]) {
  const text = { type: "string" };
  const properties = {
    id: { type: "integer" },
    seq: { type: "integer" },
    name: text,
    amount: text,
    day: text,
    extra: text,
  };
  return { keys: ["id"], cursor: "seq", exclusive: true, properties, rows };
}
