import { canonicalJson, isJsonObject, type JsonObject } from "../../../core/json.ts";
import { schemaProblems } from "../../../core/schema-problems.ts";
import { updateConfig } from "../../../workspace/config-file.ts";
import { settingsSchema } from "../../../workspace/config-schema.ts";
import type { Session } from "../../session.ts";
import { askChoice } from "../../ui/ask-choice.tsx";
import { editValue, objectProblem } from "../../ui/edit-text.ts";
import { changeLine, changesBetween } from "../connection-form/changes.ts";

/** Opens the settings that hold for every connection in the editor, and saves what comes back. */
export async function editSettings(session: Session): Promise<void> {
  const { config, notices } = session;
  const state = config.get();
  if (state.state !== "ready") return notices.say("config.json must be right first: E in Connections mends it", "warn");
  const before = state.view.config.settings;
  const edited = await editValue(session, {
    name: "settings",
    value: before as JsonObject,
    problemOf: (value) => objectProblem(value, problemOf),
  });
  if (!isJsonObject(edited ?? null)) return notices.say("Nothing was changed");
  if (!(await save(session, before as JsonObject, edited as JsonObject)))
    return notices.say("Nothing was changed: theirs stands");
  notices.say("The settings are changed", "good");
}

/** Asks when they are no longer what the editor was opened with. False when the others' stand. */
async function save(session: Session, before: JsonObject, mine: JsonObject): Promise<boolean> {
  for (let expected = before; ; ) {
    let theirs: JsonObject | undefined;
    await updateConfig(session.workspace, "changing the settings", (raw) => {
      const now = settingsSchema.parse(raw.settings ?? {}) as JsonObject;
      theirs = canonicalJson(now) === canonicalJson(expected) ? undefined : now;
      if (theirs === undefined) raw.settings = mine;
    });
    if (theirs === undefined) return true;
    if ((await askOver(session, theirs, mine)) !== true) return false;
    expected = theirs;
  }
}

function askOver(session: Session, theirs: JsonObject, mine: JsonObject): Promise<boolean | undefined> {
  return askChoice(session, {
    title: "The settings were changed by somebody else in the meantime",
    lines: [
      "You would change what stands there now:",
      ...changesBetween(theirs, mine).map((each) => `  ${changeLine(each)}`),
    ],
    choices: [
      { key: "m", title: "save mine", help: "Save mine over theirs; a backup of config.json is made.", value: true },
      { key: "t", title: "keep theirs", help: "Drop what I wrote.", value: false },
    ],
  });
}

function problemOf(settings: JsonObject): string | undefined {
  const wrong = schemaProblems(settingsSchema, settings);
  return wrong.length === 0 ? undefined : wrong.map(({ path, message }) => `${path} ${message}`).join("\n");
}
