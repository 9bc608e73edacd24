import type { ErrorCode } from "../../../core/error-catalogue.ts";
import { isSluiceError, SluiceError } from "../../../core/errors.ts";
import { type Diagnosis, diagnose } from "../destination-error.ts";

/** Where a failure happened, for the words that help. */
export interface SourcePlace {
  connection: string;
  host?: string | undefined;
  port?: number | undefined;
  database?: string | undefined;
  username?: string | undefined;
}

/**
 * Any failure of a connection or a statement at the source as a SluiceError with the code of the catalogue.
 * `doing` begins the message: `reading public.orders`.
 */
export function asSourceError(error: unknown, doing: string, place: SourcePlace): SluiceError {
  if (isSluiceError(error)) return ofTheDestination(error);
  const known = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
  const found = diagnose(error, known);
  const state = serverCode(error);
  const { code, remedy } = bySqlState(state, found, place) ?? byKind(found, place);
  const said = sentence(found.what);
  return new SluiceError(code, `${doing}: ${said} ${remedy}`.trimEnd(), {
    cause: error instanceof AggregateError ? error.errors[0] : error,
    details: state === undefined ? {} : { server_code: state },
  });
}

/** The server's SQLSTATE, when it was the server that failed. */
export function serverCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

interface Finding {
  code: ErrorCode;
  remedy: string;
}

const RETRY = "If no attempt is left, run again: it goes on from the last checkpoint.";

function bySqlState(state: string | undefined, { what }: Diagnosis, place: SourcePlace): Finding | undefined {
  const { connection, database, username } = place;
  const findings: Record<string, Finding> = {
    "28P01": { code: "credentials_rejected", remedy: passwordRemedy(connection) },
    "28000": {
      code: "credentials_rejected",
      remedy: "Check `username` and `sslmode`, and that pg_hba.conf lets this role in from this machine.",
    },
    "3D000": {
      code: "connection_invalid",
      remedy: `Correct the option \`database\` (${database ?? "as configured"}).`,
    },
    "3F000": { code: "source_not_found", remedy: "See `sluice connections discover` for what there is." },
    "42P01": {
      code: "source_not_found",
      remedy: `See \`sluice connections discover ${connection}\` for what there is.`,
    },
    "42501": {
      code: "source_refused",
      remedy: `Grant it to ${username ?? "the role"}: usage on the schema and select on the table.`,
    },
    "40001": {
      code: "source_busy",
      remedy: `A standby stops readers that hold up its replay: raise max_standby_streaming_delay there, switch hot_standby_feedback on, or read from the primary. ${RETRY}`,
    },
    "55P03": {
      code: "source_busy",
      remedy: `Somebody is changing the table. Raise \`lock_timeout_s\` to wait longer. ${RETRY}`,
    },
    "40P01": { code: "source_busy", remedy: RETRY },
    "53300": {
      code: "source_busy",
      remedy: `Lower \`parallel\` of the connection, or raise max_connections. ${RETRY}`,
    },
    "22021": {
      code: "source_encoding",
      remedy:
        "A text there is not in the encoding of its database. Mend it, or leave its column out with `exclude` (tables) or the query.",
    },
    "25P04": { code: "source_refused", remedy: "Raise the role's transaction_timeout." },
    "25006": { code: "source_refused", remedy: "Only reading is allowed: a query must not change anything." },
    "0A000": { code: "source_refused", remedy: "The server cannot do this." },
  };
  if (state === "57014") return cancelled(what);
  if (/snapshot/.test(what)) return { code: "source_lost", remedy: `The connection that kept it is gone. ${RETRY}` };
  return state === undefined ? undefined : findings[state];
}

function cancelled(what: string): Finding {
  const remedy = /statement timeout/.test(what)
    ? "Raise `statement_timeout_s` (0 switches it off), whose default is the role's own."
    : `Somebody cancelled the statement. ${RETRY}`;
  return { code: /statement timeout/.test(what) ? "source_refused" : "source_busy", remedy };
}

/** The kinds that the connection's failures fall into, whichever side they are on. */
function byKind({ code, remedy }: Diagnosis, { connection }: SourcePlace): Finding {
  switch (code) {
    case "destination_unknown_host":
    case "destination_unreachable":
      return { code: "source_unreachable", remedy };
    case "destination_tls":
      return { code: "source_tls", remedy };
    case "destination_login":
      return { code: "credentials_rejected", remedy: passwordRemedy(connection) };
    case "destination_lost":
      return { code: "source_lost", remedy: remedy.replace(/If no attempt is left.*$/, RETRY) };
    case "destination_busy":
      return { code: "source_busy", remedy: RETRY };
    case "internal":
      return { code: "source_failed", remedy: "" };
    default:
      return { code: "source_refused", remedy: remedy.replace("destination", "source") };
  }
}

/** What reading certificates throws is worded for both sides. */
function ofTheDestination(error: SluiceError): SluiceError {
  if (error.code !== "destination_tls") return error;
  return new SluiceError("source_tls", error.message, { cause: error.cause, details: error.details });
}

function passwordRemedy(connection: string): string {
  return `Set the right password with \`sluice secrets set ${connection} password\`, or correct \`username\`.`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
