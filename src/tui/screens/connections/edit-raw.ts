import { isJsonObject } from "../../../core/json.ts";
import { editInEditor } from "../../../system/editor.ts";
import { connectionSchema } from "../../../workspace/config-schema.ts";
import { schemaProblems } from "../../../workspace/schema-problems.ts";
import type { Session } from "../../session.ts";
import { editValue, objectProblem } from "../../ui/edit-text.ts";
import { draftOf } from "../connection-form/draft.ts";
import { saveDraft } from "../connection-form/save-draft.ts";
import { readEntry } from "../connection-form/use-raw-entry.ts";

/** Opens a saved connection in the editor and saves what comes back; a file that is broken as a whole, as it is. */
export async function editSavedRaw(session: Session, name: string): Promise<void> {
  const { workspace, config, notices, terminal, host } = session;
  if (config.get().state === "broken") {
    await terminal.lend(() => editInEditor(workspace.paths.config, host.env));
    return config.reload();
  }
  const draft = draftOf(name, await readEntry(workspace, name));
  const edited = await editValue(session, {
    name,
    value: draft.entry,
    problemOf: (value) =>
      objectProblem(value, (entry) => {
        if (entry.name !== name) return "The name is changed by renaming it.";
        const wrong = schemaProblems(connectionSchema, entry);
        return wrong.length === 0 ? undefined : wrong.map(({ path, message }) => `${path} ${message}`).join("\n");
      }),
  });
  if (!isJsonObject(edited ?? null)) return notices.say("Nothing was changed");
  const saved = await saveDraft(session, { ...draft, entry: edited as typeof draft.entry }, undefined);
  if (saved.state === "saved") notices.say(`${name} is changed`, "good");
  else notices.say("Nothing was changed: theirs stands");
}
