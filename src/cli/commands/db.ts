import type { CommandSpec, GroupSpec, OptionSpec } from "../command.ts";

const destination: OptionSpec = {
  flags: "--destination <name>",
  description: "which destination, the one of config.json's settings unless given",
  candidates: "destination",
};

const status: CommandSpec = {
  name: "status",
  summary: "Show where rows go and whether it answers",
  options: [destination],
  run: async (context, input) => (await import("../actions/db.ts")).showStatus(context, input),
};

const test: CommandSpec = {
  name: "test",
  summary: "Test the destination step by step: DNS, TCP, TLS, login, privileges",
  options: [destination],
  run: async (context, input) => (await import("../actions/db.ts")).testDestination(context, input),
};

const bootstrap: CommandSpec = {
  name: "bootstrap",
  summary: "Create the database, its role and schemas; does nothing twice",
  notes:
    "Needs the credentials of a role that may create roles and databases. Its password is read from stdin (--admin-password-stdin), from the environment (PGPASSWORD), or asked for.",
  options: [
    destination,
    { flags: "--admin-user <name>", description: "the role that may create, postgres unless given" },
    { flags: "--admin-database <name>", description: "the database it logs in to, postgres unless given" },
    { flags: "--admin-password-stdin", description: "read its password from stdin" },
    { flags: "--schema <name>", description: "a further schema to create (can be repeated)", many: true },
  ],
  run: async (context, input) => (await import("../actions/db-bootstrap.ts")).bootstrap(context, input),
};

const start: CommandSpec = {
  name: "start",
  summary: "Start the embedded Postgres and keep it running",
  run: async (context) => (await import("../actions/db-server.ts")).startServer(context),
};

const stop: CommandSpec = {
  name: "stop",
  summary: "Stop the embedded Postgres when nobody uses it any more",
  options: [{ flags: "--force", description: "at once: runs that are going on fail and can be run again" }],
  run: async (context, input) => (await import("../actions/db-server.ts")).stopServer(context, input),
};

const url: CommandSpec = {
  name: "url",
  summary: "Print the destination's address for psql and others, without the password",
  options: [destination, { flags: "--with-password", description: "print the password too" }],
  examples: [`psql "$(sluice db url --with-password)"`],
  run: async (context, input) => (await import("../actions/db.ts")).showUrl(context, input),
};

const query: CommandSpec = {
  name: "query",
  summary: "Run a query and print its rows; it cannot change anything unless --write is given",
  arguments: [{ name: "sql", description: "the query, read from stdin when it is -" }],
  options: [
    destination,
    { flags: "--write", description: "let the statement change data" },
    { flags: "--limit <n>", description: "rows to print, 100 unless given; 0 for all" },
  ],
  examples: [`sluice db query "select count(*) from demo.flights"`],
  run: async (context, input) => (await import("../actions/db-query.ts")).runQuery(context, input),
};

export const db: GroupSpec = {
  name: "db",
  summary: "The destination: test it, set it up, query it",
  commands: [status, test, bootstrap, start, stop, url, query],
};
