import type { ArgumentSpec, CommandSpec, GroupSpec, OptionSpec } from "../command.ts";

const name: ArgumentSpec = { name: "name", description: "the connection", candidates: "connection" };

const settings: readonly OptionSpec[] = [
  {
    flags: "--option <key=value>",
    description: "an option of the connector; `sluice connectors show <type>` lists them (can be repeated)",
    many: true,
  },
  {
    flags: "--secret <key=->",
    description: "a secret, read from a line of stdin; or key=env:NAME, key=file:PATH (can be repeated)",
    many: true,
  },
  { flags: "--title <text>", description: "a title for people" },
  {
    flags: "--namespace <schema>",
    description: "the Postgres schema that the tables go to, the connection's name unless given",
  },
  {
    flags: "--destination <name>",
    description: "where the rows go, the workspace's own destination unless given",
    candidates: "destination",
  },
  {
    flags: "--tag <tag>",
    description: "a tag, to list and run connections by (can be repeated)",
    many: true,
    candidates: "tag",
  },
  {
    flags: "--set <path=value>",
    description: "anything else, as schema.streams.orders.mode=merge (can be repeated)",
    many: true,
  },
];

const list: CommandSpec = {
  name: "list",
  summary: "List the connections",
  notes:
    "Those whose settings are wrong are listed too; `sluice connections show <name>` says what is wrong with them.",
  options: [
    { flags: "--tag <tag>", description: "only those with this tag (can be repeated)", many: true, candidates: "tag" },
  ],
  run: async (context, input) => (await import("../actions/connections-list.ts")).listConnections(context, input),
};

const show: CommandSpec = {
  name: "show",
  summary: "Show a connection's settings, state and problems",
  arguments: [name],
  run: async (context, input) => (await import("../actions/connections-show.ts")).showConnection(context, input),
};

const add: CommandSpec = {
  name: "add",
  mistakenFor: ["create", "new"],
  summary: "Add a connection",
  notes:
    "On a terminal it asks for what is not given. A value may be JSON; a key given twice becomes a list. A secret is read from stdin (key=-) or refers to where it is (key=env:NAME, key=file:PATH).",
  arguments: [{ name: "name", description: "lower case letters, digits and _", optional: true }],
  options: [
    {
      flags: "--type <connector>",
      description: "the connector; `sluice connectors list` lists them",
      candidates: "connector",
    },
    ...settings,
    { flags: "--disabled", description: "add it without enabling it" },
  ],
  examples: [
    "sluice connections add orders --type files --option path='data/orders-*.csv'",
    "pass show board | sluice connections add board --type trello --secret token=-",
  ],
  run: async (context, input) => (await import("../actions/connections-add.ts")).addNewConnection(context, input),
};

const edit: CommandSpec = {
  name: "edit",
  mistakenFor: ["set", "update", "change", "configure"],
  summary: "Change a connection's settings",
  notes:
    "Without options it opens the settings in $VISUAL or $EDITOR; what does not fit is refused and nothing is lost.",
  arguments: [name],
  options: [...settings, { flags: "--unset <path>", description: "take a setting out (can be repeated)", many: true }],
  examples: ["sluice connections edit orders --set schema.streams.orders.mode=merge --unset tags"],
  run: async (context, input) => (await import("../actions/connections-edit.ts")).editConnection(context, input),
};

const rename: CommandSpec = {
  name: "rename",
  summary: "Rename a connection; its state, secrets and tables stay with it",
  notes:
    "Where its settings name no namespace, the schema that its tables stand in is set as such, so that the next run goes on in it. Past runs are still listed under the old name.",
  arguments: [name, { name: "new-name", description: "its new name" }],
  run: async (context, input) => (await import("../actions/connections-change.ts")).renameTo(context, input),
};

const remove: CommandSpec = {
  name: "remove",
  mistakenFor: ["delete", "rm"],
  summary: "Remove a connection",
  notes: "Its tables stay unless --tables says otherwise. It must be confirmed: by typing the name, or with --yes.",
  arguments: [name],
  options: [
    { flags: "--secrets", description: "remove its secrets too; on a terminal it asks" },
    { flags: "--keep-secrets", description: "keep its secrets, without being asked" },
    { flags: "--tables", description: "drop the tables it loaded, and its state at the destination" },
    { flags: "--yes", description: "do not ask" },
  ],
  run: async (context, input) => (await import("../actions/connections-remove.ts")).removeByName(context, input),
};

const enable: CommandSpec = {
  name: "enable",
  summary: "Enable a connection",
  arguments: [name],
  run: async (context, input) => (await import("../actions/connections-change.ts")).setEnabled(context, input, true),
};

const disable: CommandSpec = {
  name: "disable",
  summary: "Disable a connection: it stays, but does not run",
  arguments: [name],
  run: async (context, input) => (await import("../actions/connections-change.ts")).setEnabled(context, input, false),
};

const test: CommandSpec = {
  name: "test",
  summary: "Prove that a connection can work, changing nothing",
  notes:
    "Tries its settings, its source and its destination, each on its own, and says what to do about what fails. Exit code 3 when settings are wrong, 1 when source or destination do not work.",
  arguments: [name],
  run: async (context, input) => (await import("../actions/connections-test.ts")).testByName(context, input),
};

const login: CommandSpec = {
  name: "login",
  summary: "Let Sluice in at a service by its own login (OAuth 2)",
  notes:
    "Shows an address to open in a browser, waits on this machine for the end of the login, and keeps the refresh token with the secrets. With --paste the address that the login ends at is asked for instead, for machines without a browser; without a terminal it is read from stdin.",
  arguments: [name],
  options: [
    { flags: "--paste", description: "paste the address that the login ends at" },
    {
      flags: "--port <number>",
      description: "the port of the redirect address http://localhost:<port>/callback, 8765 unless given",
    },
  ],
  examples: ["sluice connections login books"],
  run: async (context, input) => (await import("../actions/connections-login.ts")).loginByName(context, input),
};

const discover: CommandSpec = {
  name: "discover",
  summary: "List the streams that a connection offers, and how each would be loaded",
  notes:
    "Asks the source and changes nothing. With --stream it shows one stream with its columns. Choose streams with `sluice connections edit`.",
  arguments: [name],
  options: [
    {
      flags: "--stream <name>",
      description: "this stream in detail, or those that begin as public.* does",
      candidates: "stream",
    },
  ],
  examples: [
    "sluice connections discover shop",
    "sluice connections discover shop --stream public.orders",
    `sluice connections edit shop --set 'schema.streams["public.orders"].selected=true'`,
  ],
  run: async (context, input) => (await import("../actions/connections-discover.ts")).showStreams(context, input),
};

export const connections: GroupSpec = {
  name: "connections",
  summary: "List, add, change, test and remove connections",
  commands: [list, show, add, edit, rename, remove, enable, disable, test, login, discover],
};
