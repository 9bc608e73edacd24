import type { JsonObject } from "../../../core/json.ts";
import { addConnection, updateConnection } from "../../../workspace/config-file.ts";
import { setSecret } from "../../../workspace/secrets-file.ts";
import type { Session } from "../../session.ts";
import { askChoice } from "../../ui/ask-choice.tsx";
import { applyChanges, changeLine, changesBetween } from "./changes.ts";
import { type Draft, editableOf, isSame, nameOf, replaceEditable } from "./draft.ts";

/** What saving came to; `back` when somebody else's newer edit stands in the way and the person wants to look again. */
export type Saved = { state: "saved"; name: string } | { state: "theirs"; entry: JsonObject } | { state: "back" };

/** Writes a draft to config.json and its secrets to the secrets file. Throws what keeps it from being written. */
export async function saveDraft(session: Session, draft: Draft, enabled: boolean | undefined): Promise<Saved> {
  const { workspace, config, secrets } = session;
  const entry = enabled === undefined ? draft.entry : { ...draft.entry, enabled };
  const saved = draft.editing === undefined ? await add(session, entry) : await change(session, { ...draft, entry });
  if (saved.state !== "saved") return saved;
  for (const [field, value] of Object.entries(draft.secrets)) {
    await setSecret(workspace, ["sources", saved.name, field], value);
  }
  await Promise.all([config.reload(), secrets.reload()]);
  return saved;
}

async function add({ workspace }: Session, entry: JsonObject): Promise<Saved> {
  const { name } = await addConnection(workspace, structuredClone(entry));
  return { state: "saved", name };
}

/** Asks when the entry is no longer what the draft began with, and again when it has changed once more meanwhile. */
async function change(session: Session, draft: Draft): Promise<Saved> {
  const name = draft.editing ?? nameOf(draft);
  let expected = draft.base ?? {};
  let { entry } = draft;
  for (;;) {
    const newer = await replaceUnlessNewer(session, name, { expected, entry });
    if (newer === undefined) return { state: "saved", name };
    const choice = await askOver(session, name, { base: draft.base ?? {}, theirs: newer, mine: entry });
    if (choice === undefined) return { state: "back" };
    if (choice === "theirs") return { state: "theirs", entry: newer };
    if (choice === "both") entry = applyChanges(newer, changesBetween(draft.base ?? {}, entry));
    expected = newer;
  }
}

/** Writes nothing, and returns what stands there, when that is not what was expected. */
async function replaceUnlessNewer(
  { workspace }: Session,
  name: string,
  { expected, entry }: { expected: JsonObject; entry: JsonObject },
): Promise<JsonObject | undefined> {
  let newer: JsonObject | undefined;
  await updateConnection(workspace, name, `editing the connection ${name}`, (current) => {
    const found = editableOf(structuredClone(current));
    newer = isSame(found, expected) || isSame(found, entry) ? undefined : found;
    if (newer === undefined) replaceEditable(current, entry);
  });
  return newer;
}

interface Versions {
  base: JsonObject;
  theirs: JsonObject;
  mine: JsonObject;
}

function askOver(session: Session, name: string, { base, theirs, mine }: Versions) {
  const { redactor } = session;
  const lines = [
    "They have changed:",
    ...changesBetween(base, theirs).map((each) => `  ${changeLine(each)}`),
    "You would change what stands there now:",
    ...changesBetween(theirs, mine).map((each) => `  ${changeLine(each)}`),
  ];
  return askChoice<"both" | "mine" | "theirs">(session, {
    title: `${name} was changed by somebody else in the meantime`,
    lines: lines.map((line) => redactor.text(line)),
    choices: [
      {
        key: "b",
        title: "keep both",
        help: "Make my changes on top of theirs; where both did, mine count.",
        value: "both",
      },
      { key: "m", title: "save mine", help: "Save mine over theirs; a backup of config.json is made.", value: "mine" },
      { key: "t", title: "take theirs", help: "Drop my changes and go on from theirs.", value: "theirs" },
    ],
  });
}
