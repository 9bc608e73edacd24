import { NAME_PATTERN } from "../../../core/ids.ts";
import { duplicateConnection, renameConnection } from "../../../workspace/config-file.ts";
import type { Session } from "../../session.ts";
import { connectionsOf } from "../../state/config-store.ts";
import { askText } from "../../ui/ask-text.tsx";

const RULE = "lower-case letters, digits and single underscores, a letter first, at most 63";

export async function askRename(session: Session, name: string): Promise<void> {
  const to = await askText(session, {
    title: `What shall ${name} be called?`,
    effects: [
      "Its state and its section of secrets.toml go with it.",
      ...tableEffects(session, name),
      "Logs and summaries of its past runs keep the old name.",
    ],
    initial: name,
    problemOf: (text) => (text === name ? "it is called that already" : nameProblem(session, text)),
    commandFor: (text) => `sluice connections rename ${name} ${text}`,
  });
  if (to === undefined) return;
  await renameConnection(session.workspace, name, to);
  await Promise.all([session.config.reload(), session.secrets.reload()]);
  session.notices.say(`${name} is now ${to}`, "good");
}

/** The name of the copy; undefined when there is to be none. */
export async function askDuplicate(session: Session, name: string): Promise<string | undefined> {
  const to = await askText(session, {
    title: `What shall the copy of ${name} be called?`,
    effects: ["It gets the same settings and secrets, and begins without state."],
    initial: freeName(session, name),
    problemOf: (text) => nameProblem(session, text),
    commandFor: (text) => `sluice connections add ${text} with the settings of ${name}`,
  });
  if (to === undefined) return undefined;
  await duplicateConnection(session.workspace, name, to);
  await Promise.all([session.config.reload(), session.secrets.reload()]);
  session.notices.say(`${to} is a copy of ${name}`, "good");
  return to;
}

/** Tables stand in a schema of the connection's name unless its settings say which. */
function tableEffects({ config }: Session, name: string): string[] {
  const listed = connectionsOf(config.get()).find((each) => each.name === name);
  if (listed?.valid !== true || listed.connection.schema.namespace !== undefined) return [];
  return [`The tables stay in the schema ${name}, which becomes the namespace of the connection.`];
}

function nameProblem(session: Session, name: string): string | undefined {
  if (!NAME_PATTERN.test(name)) return `it may hold ${RULE}`;
  return isTaken(session, name) ? "another connection is called that" : undefined;
}

function freeName(session: Session, name: string): string {
  for (let n = 2; ; n++) if (!isTaken(session, `${name}_${n}`)) return `${name}_${n}`;
}

function isTaken({ config }: Session, name: string): boolean {
  return connectionsOf(config.get()).some((listed) => listed.name === name);
}
