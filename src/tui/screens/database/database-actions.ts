import { addressUrl } from "../../../databases/postgres/address-url.ts";
import { quoteIdentifier } from "../../../databases/postgres/identifiers.ts";
import type { TableOverview } from "../../../databases/postgres/overview.ts";
import { updateConfig } from "../../../workspace/config-file.ts";
import { destinationNames } from "../../../workspace/destination.ts";
import { readSecrets } from "../../../workspace/secrets-file.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import { askPick } from "../../ui/ask-pick.tsx";
import { askConfirm } from "../../ui/confirm.tsx";
import { addDestination } from "./add-destination.ts";
import type { Database } from "./use-database.ts";

export interface AboutDatabase {
  /** The destination's; empty when there is none. */
  name: string;
  database: Database;
  lookAgain(): Promise<void>;
}

const HISTORY =
  "select started_at, connection, status, attempts, finished_at - started_at as took, error->>'code' as error, host from _sluice.runs order by started_at desc";

/** Looking into the database, and which one it is. */
export function databaseActions(session: Session, about: AboutDatabase, table: TableOverview | undefined): Action[] {
  return [...queryActions(session, about, table), ...urlActions(session, about), ...chooseActions(session, about)];
}

function queryActions({ router }: Session, { name }: AboutDatabase, table: TableOverview | undefined): Action[] {
  const ask = (sql?: string) =>
    router.open({ screen: "query", destination: name, ...(sql === undefined ? {} : { sql }) });
  const nowhere = name === "" ? "there is no destination" : undefined;
  return [
    {
      ...{ id: "database.rows", keys: ["enter", "l", "right"], title: "rows", footer: 100 },
      help: "Show the table's rows.",
      disabled: table === undefined ? "there is no table" : undefined,
      run: () => {
        if (table !== undefined) ask(`select * from ${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`);
      },
    },
    {
      ...{ id: "database.query", keys: ["i"], title: "query", footer: 95, disabled: nowhere },
      help: "Ask the database something; it can only be read, not changed.",
      run: () => ask(),
    },
    {
      ...{ id: "database.history", keys: ["H"], title: "run history", footer: 40, disabled: nowhere },
      help: "The runs of every machine that loads into this database, as it keeps them itself.",
      run: () => ask(HISTORY),
    },
  ];
}

function urlActions(session: Session, { name, database }: AboutDatabase): Action[] {
  const address = database.status?.address;
  const disabled = address === undefined ? "it does not run" : undefined;
  const copy = (withPassword: boolean) => {
    if (address !== undefined && session.terminal.copy(addressUrl(address, { withPassword })))
      session.notices.say(`the address is copied, ${withPassword ? "with" : "without"} its password`, "good");
  };
  return [
    {
      ...{ id: "database.copy", keys: ["y"], title: "copy URL", footer: 50, disabled },
      help: "Put the address on the clipboard, without the password.",
      command: `sluice db url --destination ${name}`,
      run: () => copy(false),
    },
    {
      ...{ id: "database.copy-password", keys: ["Y"], title: "copy with password", disabled },
      help: "Put the address with its password on the clipboard, where other programs can read it. Asks first.",
      run: async () => {
        const effects = ["The password will be on the clipboard, where every program of yours can read it."];
        const command = `sluice db url --with-password --destination ${name}`;
        if (await askConfirm(session, { title: "Copy the address with its password?", effects, command })) copy(true);
      },
    },
  ];
}

function chooseActions(session: Session, { name, lookAgain }: AboutDatabase): Action[] {
  const { workspace, config, notices, router } = session;
  return [
    {
      ...{ id: "database.switch", keys: ["w"], title: "use another", footer: 45 },
      help: "Choose where connections load to that name no destination of their own.",
      disabled: config.get().state === "ready" ? undefined : "config.json cannot be read",
      run: async () => {
        const rows = destinationNames(await readSecrets(workspace));
        const picked = await askPick(session, {
          title: "Where connections load to from now on",
          rows,
          idOf: (row: string) => row,
          columns: () => [
            { title: "destination", width: "grow", cell: (row) => (row === name ? `${row} (as now)` : row) },
          ],
        });
        if (picked === undefined || picked === name) return;
        const effects = [
          `Connections without a destination of their own load to ${picked} from now on, from their beginning.`,
          `What is in ${name} stays there.`,
        ];
        const command = `sluice init --destination ${picked}`;
        if (!(await askConfirm(session, { title: `Load to ${picked} from now on?`, effects, command }))) return;
        const here = router.current();
        await updateConfig(workspace, "setting the destination", (raw) => {
          raw.settings = { ...(raw.settings as object), destination: picked };
        });
        await config.reload();
        router.replace({ screen: "database" }, here);
        notices.say(`connections load to ${picked} from now on`, "good");
      },
    },
    {
      ...{ id: "database.add", keys: ["a"], title: "add one", footer: 44, run: () => addDestination(session) },
      help: "Name a Postgres that is there already, and give its address: another destination to load into.",
    },
    {
      ...{ id: "database.again", keys: ["r"], title: "look again", footer: 30, run: lookAgain },
      help: "Ask the server again.",
    },
  ];
}
