import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SEED } from "../intensity.ts";
import { type CrashSource, rowsOfRound, type SourceRow } from "./crash-source.ts";

const PROGRAMS = join(import.meta.dirname, "../../harness/programs");
/** Of each row: that the program is killed by a signal before it. Once a round at most, so that retries get over it. */
const CHANCE = 0.0002;

interface ForeignProgram {
  /** Of the connection. */
  type: string;
  program: string;
  /** The environment variable that says where its config is. */
  variable: string;
}

export interface ProgramSource extends CrashSource {
  /** How it is started. */
  program: { command: string; args: string[]; env: Record<string, string> };
}

/** The seed says before which rows of a round the program dies. */
export function tapSource(seed = SEED): Promise<ProgramSource> {
  return programSource({ type: "singer", program: "tap.mjs", variable: "TAP_CONFIG" }, seed);
}

export function airbyteSource(seed = SEED): Promise<ProgramSource> {
  return programSource({ type: "airbyte", program: "airbyte-source.mjs", variable: "SOURCE_CONFIG" }, seed);
}

/**
 * Two streams of one program, which a signal ends too. Each round adds a column, so that columns change in tables that
 * are there.
 */
async function programSource({ type, program, variable }: ForeignProgram, seed: number): Promise<ProgramSource> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-crash-program-"));
  const path = join(folder, "config.json");
  const once = join(folder, "has-died");
  const rows: ProgramRow[] = [];
  const how = { command: process.execPath, args: [join(PROGRAMS, program)], env: { [variable]: path } };
  return {
    program: how,
    connection: (mode) => ({
      type,
      schema: {
        options: how,
        streams: { orders: { mode, primary_key: ["id"] }, customers: { mode, primary_key: ["id"] } },
      },
    }),
    async writeRound(mode, round) {
      if (mode === "replace") rows.length = 0;
      for (const row of rowsOfRound(mode, round))
        rows.push({ ...row, seq: rows.length, [columnOf(round.number)]: "new" });
      await rm(once, { force: true });
      const tables = { orders: table(rows, round.number), customers: table(rows, round.number) };
      await writeFile(path, JSON.stringify({ tables, dies: { chance: CHANCE, seed: seed + round.number, once } }));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

type ProgramRow = SourceRow & { seq: number } & Record<`round_${number}`, string>;

function columnOf(round: number): `round_${number}` {
  return `round_${round}`;
}

/** Amounts are text, so that both connections see the same types whatever they have read first. */
function table(rows: readonly ProgramRow[], round: number) {
  const text = { type: "string" };
  const properties = {
    id: { type: "integer" },
    seq: { type: "integer" },
    name: text,
    amount: text,
    day: text,
    extra: text,
    ...Object.fromEntries(Array.from({ length: round + 1 }, (_, number) => [columnOf(number), text])),
  };
  return { keys: ["id"], cursor: "seq", exclusive: true, properties, rows };
}
