import { fileURLToPath } from "node:url";
import type pg from "pg";
import { loadRegistry } from "../../src/connector/registry.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { quoteIdentifier, quoteTable } from "../../src/databases/postgres/identifiers.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { type Finished, type TestWorkspace, testWorkspace } from "../runner/test-workspace.ts";

const CONNECTORS = fileURLToPath(new URL("../../connectors", import.meta.url));

/** A database to read, one to load into, and the connection \`shop\` between them, run as the program runs it. */
export interface Loads extends AsyncDisposable {
  source: FreshDatabase;
  destination: FreshDatabase;
  workspace: TestWorkspace;
  run(...args: Parameters<TestWorkspace["run"]> extends [string, ...infer Rest] ? Rest : never): Promise<Finished>;
  /** As the destination has it. */
  cursor(stream: string): Promise<unknown>;
  /** Rows that only one side has, as text. `table` may be named `schema.table` at the source. */
  differences(table: string, loaded: string, columns?: readonly string[]): Promise<string[]>;
}

export interface LoadSettings {
  /** SQL that fills the source. */
  source: string;
  options?: Record<string, unknown>;
  /** Of the connection, beside the options. */
  schema?: object;
  /** Two databases, so that the destination has none of the source's types. One is quicker. */
  apart?: boolean;
  /** Where the source is, if not where it seems: a proxy. */
  address?: Partial<PostgresAddress>;
  secrets?: string;
  /** What the option `host` holds, made of where the source is. */
  hosts?: (host: string) => string;
}

export async function loadsOf({
  source: sql,
  options = {},
  schema = {},
  apart = false,
  address,
  secrets,
  hosts = (host) => host,
}: LoadSettings): Promise<Loads> {
  const source = await freshDatabase();
  await source.client.query(sql);
  const destination = apart ? await freshDatabase() : source;
  const { host, port, database, username, password = "" } = { ...source.address, ...address };
  const connection = {
    name: "shop",
    type: "postgres",
    options: { host: hosts(host), port, database, username, ...(apart ? {} : { tables: ["public.*"] }), ...options },
    schema,
  };
  const workspace = await testWorkspace({
    address: destination.address,
    connections: [connection],
    secrets: secrets ?? `[sources.shop]\npassword = ${JSON.stringify(password)}`,
  });
  workspace.deps.registry = loadRegistry({ builtin: CONNECTORS });
  return {
    ...{ source, destination, workspace },
    run: (...args) => workspace.run("shop", ...args),
    async cursor(stream) {
      const { rows } = await destination.client.query("select cursor from _sluice.state where scope = $1", [stream]);
      return rows[0]?.cursor;
    },
    differences: (table, loaded, columns) => differences(source.client, destination.client, { table, loaded, columns }),
    async [Symbol.asyncDispose]() {
      await workspace[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
      if (apart) await destination[Symbol.asyncDispose]();
    },
  };
}

interface Compared {
  table: string;
  loaded: string;
  columns?: readonly string[] | undefined;
}

async function differences(
  source: pg.Client,
  destination: pg.Client,
  { table, loaded, columns }: Compared,
): Promise<string[]> {
  const [schema = "", name = ""] = table.split(".");
  const there = await textsOf(source, quoteTable(schema, name), columns ?? (await columnsOf(source, schema, name)));
  const here = await textsOf(
    destination,
    quoteTable("shop", loaded),
    columns ?? (await columnsOf(source, schema, name)),
  );
  return [
    ...without(there, here).map((row) => `missing: ${row}`),
    ...without(here, there).map((row) => `extra: ${row}`),
  ];
}

async function columnsOf(client: pg.Client, schema: string, table: string): Promise<string[]> {
  const { rows } = await client.query(
    `select attname as name from pg_attribute where attrelid = format('%I.%I', $1::text, $2::text)::regclass
     and attnum > 0 and not attisdropped order by attnum`,
    [schema, table],
  );
  return rows.map((row) => row.name);
}

async function textsOf(client: pg.Client, table: string, columns: readonly string[]): Promise<string[]> {
  const list = columns.map((column) => `${quoteIdentifier(column)}::text`).join(", ");
  const { rows } = await client.query(`select array[${list}]::text as row from ${table} order by 1`);
  return rows.map((row) => row.row);
}

/** As multisets: a row that is twice in one and once in the other is told. */
function without(rows: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const row of others) left.set(row, (left.get(row) ?? 0) + 1);
  return rows.filter((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count <= 0;
  });
}
