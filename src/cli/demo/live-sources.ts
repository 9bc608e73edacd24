import type { JsonObject } from "../../core/json.ts";
import type { PostgresAddress } from "../../databases/postgres/client.ts";
import { addConnection } from "../../workspace/config-file.ts";
import { changeConfig, connectionEntries } from "../../workspace/config-update.ts";
import type { Workspace } from "../../workspace/locate.ts";
import { setSecret } from "../../workspace/secrets-file.ts";

/** The table that is copied from one schema to another, as if they were on two servers. */
const COPIED_TABLE = "demo.flights";

export interface LiveSources {
  /** Where the table to copy is. */
  address: PostgresAddress;
  /** Of the service that the demo has started. */
  base_url: string;
}

export interface LiveConnection {
  name: string;
  /** What it reads, for people. */
  from: string;
}

/**
 * Gives the workspace connections to what the demo has started itself. Their addresses are other ones each time; what
 * somebody has changed besides stays.
 */
export async function connectLiveSources(ws: Workspace, sources: LiveSources): Promise<LiveConnection[]> {
  const entries = [databaseEntry(sources.address), serviceEntry(sources.base_url)];
  for (const entry of entries) await addOrUpdate(ws, entry);
  const { password } = sources.address;
  if (password !== undefined) await setSecret(ws, ["sources", "flights_copy", "password"], password);
  return [
    { name: "flights_copy", from: `the table ${COPIED_TABLE}` },
    { name: "earthquake_service", from: "/fdsnws/event/1/query" },
  ];
}

function databaseEntry({ host, port, database, username }: PostgresAddress): JsonObject {
  return {
    name: "flights_copy",
    title: "A table of a Postgres, copied as bytes",
    type: "postgres",
    schema: {
      namespace: "demo_copies",
      options: { host, port, database, username, tables: [COPIED_TABLE] },
      streams: { [COPIED_TABLE]: { mode: "replace", table: "flights" } },
    },
  };
}

function serviceEntry(base_url: string): JsonObject {
  return {
    name: "earthquake_service",
    title: "Earthquakes from a service, page by page",
    type: "rest_api",
    schema: {
      namespace: "demo_service",
      options: {
        base_url,
        streams: {
          earthquakes: {
            path: "/query",
            params: { format: "geojson", orderby: "time" },
            records: "features",
            paginate: { type: "offset", param: "offset", limit_param: "limit", limit: 500, first: 1 },
            primary_key: ["id"],
            cursor: { field: "properties.updated", param: "updatedafter", format: "iso" },
            fields: { lift: { mag: "properties.mag", place: "properties.place", status: "properties.status" } },
          },
        },
      },
    },
  };
}

async function addOrUpdate(ws: Workspace, entry: JsonObject): Promise<void> {
  let isThere = false;
  await changeConfig(ws, `connecting ${String(entry.name)}`, (raw) => {
    const present = connectionEntries(raw).find(({ name }) => name === entry.name);
    isThere = present !== undefined;
    if (present !== undefined) present.schema = entry.schema ?? {};
  });
  if (!isThere) await addConnection(ws, entry);
}
