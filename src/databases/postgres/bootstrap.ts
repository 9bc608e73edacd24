import type pg from "pg";
import { connectPostgres, type PostgresAddress } from "./client.ts";
import { asDestinationError } from "./destination-error.ts";
import { quoteIdentifier, quoteLiteral } from "./identifiers.ts";
import { scramVerifier } from "./scram-verifier.ts";
import { ensureSystemSchema, STAGING_SCHEMA, SYSTEM_SCHEMA } from "./system-schema.ts";

export interface BootstrapOptions {
  /** A role that may make roles and databases; its database is only used to connect to. */
  admin: PostgresAddress;
  /** The destination as it is to be. */
  target: PostgresAddress;
  /** The schemas that are to be loaded into, beside Sluice's own. */
  schemas: readonly string[];
}

export interface BootstrapStep {
  /** `role loader`, `database warehouse`, `schema shop`, … */
  what: string;
  outcome: "done" | "kept";
}

const APPLICATION = "sluice db bootstrap";
/** Two bootstraps of one server wait for each other: `create role` and `create database` know
 * no `if not exists`, and two grants on one object collide. Each step takes it on its own connection: it counts for one database. */
const LOCK = 0x51_01_b0;

/**
 * Makes the destination's role, database and schemas, as far as they are missing, and proves it by logging in as that
 * role. What is there is kept as it is, a role's password too. The role ends up owning what it makes.
 */
export async function bootstrapDestination(options: BootstrapOptions): Promise<BootstrapStep[]> {
  const { admin, target } = options;
  const steps = await asRole(admin, async (client) => {
    return [await ensureRole(client, target), await ensureDatabase(client, target)];
  });
  const names = [...new Set([SYSTEM_SCHEMA, STAGING_SCHEMA, ...options.schemas])];
  const granted = await asRole({ ...admin, database: target.database }, (client) => grantAll(client, target, names));
  const made = await asRole(target, (client) => makeSchemas(client, names));
  return [...steps, ...granted, ...made];
}

async function ensureRole(admin: pg.Client, { username, password }: PostgresAddress): Promise<BootstrapStep> {
  const what = `role ${username}`;
  const found = await admin.query("select from pg_roles where rolname = $1", [username]);
  if (found.rowCount !== 0) return { what, outcome: "kept" };
  const secret = password === undefined ? "" : ` password ${quoteLiteral(scramVerifier(password) ?? password)}`;
  await run(admin, `create role ${quoteIdentifier(username)} login${secret}`, `creating the ${what}`);
  return { what, outcome: "done" };
}

async function ensureDatabase(admin: pg.Client, { database }: PostgresAddress): Promise<BootstrapStep> {
  const what = `database ${database}`;
  const found = await admin.query("select from pg_database where datname = $1", [database]);
  if (found.rowCount !== 0) return { what, outcome: "kept" };
  const statement = `create database ${quoteIdentifier(database)} encoding 'UTF8' template template0`;
  await run(admin, statement, `creating the ${what}`);
  return { what, outcome: "done" };
}

/** Rights on the database, and on the schemas that somebody else made. */
async function grantAll(admin: pg.Client, target: PostgresAddress, schemas: string[]): Promise<BootstrapStep[]> {
  const steps = [await grantOnDatabase(admin, target)];
  const { rows } = await admin.query(
    `select nspname as name, has_schema_privilege($2, oid, 'usage') and has_schema_privilege($2, oid, 'create') as enough
     from pg_namespace where nspname = any($1)`,
    [schemas, target.username],
  );
  for (const { name, enough } of rows) steps.push(await grantOnSchema(admin, target, { name, enough }));
  return steps;
}

async function grantOnDatabase(admin: pg.Client, { database, username }: PostgresAddress): Promise<BootstrapStep> {
  const what = `privileges of ${username} on database ${database}`;
  const { rows } = await admin.query(
    `select has_database_privilege($1, current_database(), 'connect') and
            has_database_privilege($1, current_database(), 'create') and
            has_database_privilege($1, current_database(), 'temporary') as enough`,
    [username],
  );
  if (rows[0].enough) return { what, outcome: "kept" };
  const statement = `grant connect, create, temporary on database ${quoteIdentifier(database)} to ${quoteIdentifier(username)}`;
  await run(admin, statement, `granting ${what}`);
  return { what, outcome: "done" };
}

async function grantOnSchema(
  admin: pg.Client,
  { username }: PostgresAddress,
  schema: { name: string; enough: boolean },
): Promise<BootstrapStep> {
  const what = `privileges of ${username} on schema ${schema.name}`;
  if (schema.enough) return { what, outcome: "kept" };
  const statement = `grant usage, create on schema ${quoteIdentifier(schema.name)} to ${quoteIdentifier(username)}`;
  await run(admin, statement, `granting ${what}`);
  return { what, outcome: "done" };
}

/** As the role itself, so that it owns them and later changes need no admin. */
async function makeSchemas(client: pg.Client, schemas: string[]): Promise<BootstrapStep[]> {
  const { rows } = await client.query("select nspname as name from pg_namespace where nspname = any($1)", [schemas]);
  const there = new Set(rows.map((row) => row.name));
  await ensureSystemSchema(client);
  for (const name of schemas) {
    if (there.has(name)) continue;
    await run(client, `create schema if not exists ${quoteIdentifier(name)}`, `creating the schema ${name}`);
  }
  return schemas.map((name) => ({ what: `schema ${name}`, outcome: there.has(name) ? "kept" : "done" }));
}

async function asRole<T>(address: PostgresAddress, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connectPostgres(address, { application_name: APPLICATION });
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    return await work(client);
  } catch (error) {
    throw asDestinationError(error, `preparing ${address.database} as ${address.username}`, address);
  } finally {
    await client.end();
  }
}

async function run(client: pg.Client, statement: string, doing: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    throw asDestinationError(error, doing);
  }
}
