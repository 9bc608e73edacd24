import { createReadStream } from "node:fs";
import { connectPostgres, type PostgresAddress } from "../../src/databases/postgres/client.ts";
import { startCopy } from "../../src/databases/postgres/copy.ts";

/**
 * The limit that loads are held against: rows that are COPY text already, into a table that is there, in one
 * transaction. Run as `node bench/limits/copy-limit.ts <address as JSON> <table> <columns as JSON> <file>`.
 */
const [address, table, columns, file] = process.argv.slice(2) as [string, string, string, string];
const client = await connectPostgres(JSON.parse(address) as PostgresAddress, { application_name: "bench limit" });
await client.query("begin");
const copy = startCopy(client, table, JSON.parse(columns));
for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) await copy.write(chunk);
const rows = await copy.end();
await client.query("commit");
await client.end();
process.stdout.write(`${JSON.stringify({ rows })}\n`);
