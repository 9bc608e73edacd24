import { deletableConnection, deleteConnection } from "../../../runner/delete-connection.ts";
import type { Session } from "../../session.ts";
import { askChoice } from "../../ui/ask-choice.tsx";
import { askConfirm } from "../../ui/confirm.tsx";

/** What goes with the connection. */
interface Along {
  secrets: boolean;
  tables: boolean;
}

/** Asks what becomes of secrets and tables, then for the name. True when the connection is gone. */
export async function askDeletion(session: Session, name: string): Promise<boolean> {
  const along = await askAlong(session, name);
  if (along === undefined || !(await askConfirm(session, deletion(name, along)))) return false;
  const { workspace, config, secrets, notices } = session;
  const dropped = await deleteConnection(workspace, await deletableConnection(workspace, name), along);
  await Promise.all([config.reload(), secrets.reload()]);
  const tables = dropped.length === 0 ? "" : `; dropped ${dropped.join(", ")}`;
  notices.say(`${name} is deleted${tables}; a backup of config.json is in ${workspace.paths.backups}`, "good");
  return true;
}

function askAlong(session: Session, name: string): Promise<Along | undefined> {
  return askChoice<Along>(session, {
    title: `Delete ${name}: what becomes of its secrets and tables?`,
    lines: ["Nothing is deleted yet: its name is asked for next."],
    choices: [
      {
        key: "k",
        title: "keep both",
        help: "Keep its secrets and its tables.",
        value: { secrets: false, tables: false },
      },
      {
        key: "s",
        title: "secrets go",
        help: "Remove its secrets; keep its tables.",
        value: { secrets: true, tables: false },
      },
      {
        key: "t",
        title: "tables go",
        help: "Drop the tables it loaded; keep its secrets.",
        value: { secrets: false, tables: true },
      },
      {
        key: "b",
        title: "both go",
        help: "Remove its secrets and drop the tables it loaded.",
        value: { secrets: true, tables: true },
      },
    ],
  });
}

function deletion(name: string, { secrets, tables }: Along) {
  const flags = `${secrets ? "--secrets" : "--keep-secrets"}${tables ? " --tables" : ""}`;
  const effects = [
    `${name} is taken out of config.json, after a backup.`,
    secrets ? "Its section is taken out of secrets.toml, after a backup." : "Its secrets stay in secrets.toml.",
    tables
      ? "The tables it loaded are dropped with all their rows, and so is its state there. That cannot be undone."
      : "Its tables and state stay in the destination.",
    "Its logs and summaries stay on disk.",
  ];
  return { title: `Delete ${name}?`, effects, command: `sluice connections remove ${name} ${flags}`, typeName: name };
}
