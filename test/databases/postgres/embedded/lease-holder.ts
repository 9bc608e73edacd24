import { startEmbedded } from "../../../../src/databases/postgres/embedded/embedded-postgres.ts";

/* A process that uses the embedded Postgres: prints the address, gives the lease back when its stdin ends. */
const folder = process.argv[2] as string;
try {
  const lease = await startEmbedded({ folder, purpose: "lease holder", settings: { fsync: "off" } });
  process.stdout.write(`${JSON.stringify(lease.address)}\n`);
  for await (const _ of process.stdin);
  await lease.release();
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: (error as Error).message })}\n`);
  process.exitCode = 1;
}
