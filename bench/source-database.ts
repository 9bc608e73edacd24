import { connectPostgres, type PostgresAddress } from "../src/databases/postgres/client.ts";
import type { BenchConnection, BenchWorkspace } from "./bench-workspace.ts";

const SOURCE = "bench_source";

/** A database beside the destination, on the same server, filled by `statements`. */
export async function makeSource(ws: BenchWorkspace, statements: readonly string[]): Promise<PostgresAddress> {
  const source = { ...ws.address, database: SOURCE };
  await ws.query(`drop database if exists ${SOURCE} with (force)`);
  await ws.query(`create database ${SOURCE}`);
  const client = await connectPostgres(source, { application_name: "bench" });
  for (const statement of statements) await client.query(statement);
  await client.query("vacuum analyze");
  await client.end();
  return source;
}

export function connectionTo(source: PostgresAddress, name: string, streams: Record<string, unknown>): BenchConnection {
  const { host, port, database, username } = source;
  return { name, type: "postgres", schema: { options: { host, port, database, username }, streams } };
}

/** Sections of the secrets file. */
export function secretsOf(names: readonly string[], { password = "" }: PostgresAddress): string {
  return names.map((name) => `[sources.${name}]\npassword = ${JSON.stringify(password)}\n`).join("");
}
