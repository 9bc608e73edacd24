import type pg from "pg";
import type { PostgresAddress } from "./client.ts";
import type { Diagnosis } from "./destination-error.ts";
import { quoteIdentifier } from "./identifiers.ts";
import { STAGING_SCHEMA, SYSTEM_SCHEMA } from "./system-schema.ts";

interface Finding {
  schema: string;
  there: boolean;
  may_use: boolean;
  may_create: boolean;
}

interface Rights {
  recovering: boolean;
  read_only: boolean;
  may_create_schemas: boolean;
}

/**
 * What keeps the session's role from loading into the schemas: undefined when nothing does. A schema that is not there
 * takes the right to make schemas; one that is there takes the right to use it and to make tables in it.
 */
export async function findObstacle(
  client: pg.Client,
  address: PostgresAddress,
  schemas: readonly string[],
): Promise<Diagnosis | undefined> {
  const rights = await readRights(client);
  if (rights.recovering || rights.read_only) return readOnly(rights);
  const names = [...new Set([SYSTEM_SCHEMA, STAGING_SCHEMA, ...schemas])];
  const findings = await readSchemas(client, names);
  const lacking = lackingPrivileges(rights, findings, address.database);
  if (lacking.length === 0) return undefined;
  const role = quoteIdentifier(address.username);
  const grants = lacking.map(({ privilege, object }) => `grant ${privilege} on ${object} to ${role};`).join(" ");
  return {
    code: "destination_privilege",
    what: lacking.map(({ privilege, object }) => `${role} lacks ${privilege} on ${object}`).join("; "),
    remedy: `Let an admin run \`${grants}\`, or \`sluice db bootstrap\` with admin credentials.`,
  };
}

interface Lack {
  privilege: string;
  object: string;
}

function lackingPrivileges(rights: Rights, findings: Finding[], database: string): Lack[] {
  const lacking: Lack[] = [];
  if (!rights.may_create_schemas && findings.some((finding) => !finding.there)) {
    lacking.push({ privilege: "create", object: `database ${quoteIdentifier(database)}` });
  }
  for (const { schema, there, may_use, may_create } of findings) {
    if (!there || (may_use && may_create)) continue;
    const privileges = [may_use ? [] : "usage", may_create ? [] : "create"].flat();
    lacking.push({ privilege: privileges.join(", "), object: `schema ${quoteIdentifier(schema)}` });
  }
  return lacking;
}

async function readRights(client: pg.Client): Promise<Rights> {
  const { rows } = await client.query<Rights>(
    `select pg_is_in_recovery() as recovering, current_setting('transaction_read_only')::bool as read_only,
            has_database_privilege(current_database(), 'create') as may_create_schemas`,
  );
  return rows[0] as Rights;
}

async function readSchemas(client: pg.Client, names: string[]): Promise<Finding[]> {
  const { rows } = await client.query<Finding>(
    `select name as schema, oid is not null as there,
            coalesce(has_schema_privilege(oid, 'usage'), false) as may_use,
            coalesce(has_schema_privilege(oid, 'create'), false) as may_create
     from unnest($1::text[]) with ordinality as wanted (name, place)
     left join pg_namespace on nspname = name order by place`,
    [names],
  );
  return rows;
}

function readOnly({ recovering }: Rights): Diagnosis {
  if (recovering) {
    const what = "the server is a standby, which takes no writes";
    return { code: "destination_read_only", what, remedy: "Set `host` to the primary server." };
  }
  const what = "sessions of this role or database are read-only by default";
  return {
    code: "destination_read_only",
    what,
    remedy: "Switch off default_transaction_read_only for the role or database.",
  };
}
