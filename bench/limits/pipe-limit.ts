import { pipeline } from "node:stream/promises";
import { from, to } from "pg-copy-streams";
import { connectPostgres, type PostgresAddress } from "../../src/databases/postgres/client.ts";

/**
 * The limit that copies between databases are held against: one bare binary COPY pipe into a table that is there, in
 * one transaction. Run as `node bench/limits/pipe-limit.ts <source as JSON> <address as JSON> <select> <table (columns)>`.
 */
const [source, address, select, table] = process.argv.slice(2) as [string, string, string, string];
const [reader, writer] = await Promise.all(
  [source, address].map((it) =>
    connectPostgres(JSON.parse(it) as PostgresAddress, { application_name: "bench limit" }),
  ),
);
if (reader === undefined || writer === undefined) throw new Error("two connections were asked for");
await writer.query("begin");
const into = writer.query(from(`copy ${table} from stdin (format binary)`));
await pipeline(reader.query(to(`copy (${select}) to stdout (format binary)`)), into);
await writer.query("commit");
await Promise.all([reader.end(), writer.end()]);
process.stdout.write(`${JSON.stringify({ rows: into.rowCount })}\n`);
