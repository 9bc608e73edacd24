import type pg from "pg";
import type { JsonValue } from "../../core/json.ts";
import { connectPostgres, type PostgresAddress } from "./client.ts";
import { ensureSystemSchema } from "./system-schema.ts";

/** One row of `_sluice.runs`. */
export interface RunRecord {
  run_id: string;
  connection_id: string;
  connection: string;
  type: string;
  status: string;
  trigger: string;
  /** ISO times. */
  started_at: string;
  finished_at: string | null;
  attempts: number;
  error: JsonValue;
  stats: JsonValue;
  host: string;
}

const FIELDS = [
  "run_id",
  "connection_id",
  "connection",
  "type",
  "status",
  "trigger",
  "started_at",
  "finished_at",
  "attempts",
  "error",
  "stats",
  "host",
] as const;

/** Keeps the run in the destination's history; a second record of the same run replaces the first. */
export async function recordRun(client: pg.Client, record: RunRecord): Promise<void> {
  const values = FIELDS.map((field) => {
    const value = record[field];
    return field === "error" || field === "stats" ? (value === null ? null : JSON.stringify(value)) : value;
  });
  const updates = FIELDS.slice(1).map((field) => `${field} = excluded.${field}`);
  await client.query(
    `insert into _sluice.runs (${FIELDS.join(", ")}) values (${FIELDS.map((_, i) => `$${i + 1}`).join(", ")})
     on conflict (run_id) do update set ${updates.join(", ")}`,
    values,
  );
}

/** The same on a connection of its own. */
export async function recordRunAt(address: PostgresAddress, record: RunRecord): Promise<void> {
  const client = await connectPostgres(address, { application_name: `sluice ${record.run_id}` });
  try {
    await ensureSystemSchema(client);
    await recordRun(client, record);
  } finally {
    await client.end();
  }
}
