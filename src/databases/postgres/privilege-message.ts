import { quoteIdentifier, quoteTable } from "./identifiers.ts";

/** What a load needs on each kind of object, as GRANT spells it. */
const NEEDED: Record<string, string> = {
  table: "select, insert, update, delete, truncate",
  view: "select",
  sequence: "usage",
  schema: "usage, create",
  database: "create, temporary",
  function: "execute",
};

/**
 * Names the privilege, the object and the statement that grants it. The server's English texts tell the object;
 * in another language the reader gets the general advice.
 */
export function describePrivilege(
  message: string,
  where: { username?: string; database?: string; schema?: string },
): string {
  const role = where.username === undefined ? "the role" : quoteIdentifier(where.username);
  const denied = /permission denied for (table|view|sequence|schema|database|function) (\S+)/.exec(message);
  if (denied !== null) {
    const [, kind = "", object = ""] = denied;
    return advise(role, `grant ${NEEDED[kind]} on ${kind} ${quoted(kind, object, where.schema)} to ${role}`);
  }
  const owned = /must be owner of (\w+) (\S+)/.exec(message);
  if (owned !== null) {
    const [, kind = "", object = ""] = owned;
    const what = kind === "relation" ? "table" : kind;
    return `Let an admin run \`alter ${what} ${quoted(what, object, where.schema)} owner to ${role}\`.`;
  }
  if (/create database/.test(message)) return advise(role, `alter role ${role} createdb`);
  if (/create role/.test(message)) return advise(role, `alter role ${role} createrole`);
  return `${role} lacks a privilege: run \`sluice db bootstrap\` with admin credentials, or grant what is missing.`;
}

/** The server names tables without their schema. */
function quoted(kind: string, object: string, schema: string | undefined): string {
  const isInSchema = schema !== undefined && (kind === "table" || kind === "view" || kind === "sequence");
  return isInSchema ? quoteTable(schema, object) : quoteIdentifier(object);
}

function advise(role: string, statement: string): string {
  return `Let an admin run \`${statement}\`, or \`sluice db bootstrap\` with admin credentials for ${role}.`;
}
