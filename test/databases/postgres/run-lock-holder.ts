import { randomUUID } from "node:crypto";
import { connectPostgres } from "../../../src/databases/postgres/client.ts";
import { acquireRunLock } from "../../../src/databases/postgres/run-lock.ts";

/* A process that holds a run lock and is in the middle of a long query of the load when it is killed. */
const { address, connectionId } = JSON.parse(process.argv[2] as string);
await acquireRunLock(address, connectionId, { run_id: randomUUID(), host: "elsewhere", pid: process.pid });
const load = await connectPostgres(address, { application_name: "load" });
process.stdout.write("locked\n");
await load.query("select pg_sleep(2)");
