import type { Connector } from "../../../connector/define-connector.ts";
import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import { schemaProblems } from "../../../core/schema-problems.ts";
import { connectionSchema } from "../../../workspace/config-schema.ts";
import type { Session } from "../../session.ts";
import { editValue, objectProblem } from "../../ui/edit-text.ts";
import { draftOf } from "../connection-form/draft.ts";
import { saveDraft } from "../connection-form/save-draft.ts";
import { optionProblems } from "../connection-form/settings-fields.ts";
import { registryOf } from "../connection-form/use-connector.ts";
import { readEntry } from "../connection-form/use-raw-entry.ts";

/** Opens a saved connection in the editor and saves what comes back. */
export async function editSavedRaw(session: Session, name: string): Promise<void> {
  const { workspace, notices } = session;
  const draft = draftOf(name, await readEntry(workspace, name));
  const connector = await connectorOrNone(session, draft.entry.type);
  const edited = await editValue(session, {
    name,
    value: draft.entry,
    problemOf: (value) => objectProblem(value, (entry) => entryProblem(name, entry, connector)),
  });
  if (!isJsonObject(edited ?? null)) return notices.say("Nothing was changed");
  const saved = await saveDraft(session, { ...draft, entry: edited as JsonObject }, undefined);
  if (saved.state === "saved") notices.say(`${name} is changed`, "good");
  else notices.say("Nothing was changed: theirs stands");
}

function entryProblem(name: string, entry: JsonObject, connector: Connector | undefined): string | undefined {
  if (entry.name !== name) return "The name is changed by renaming it.";
  const options = entry.type === connector?.name ? optionProblems(connector, entry) : [];
  const wrong = [...schemaProblems(connectionSchema, entry), ...options];
  return wrong.length === 0 ? undefined : wrong.map(({ path, message }) => `${path} ${message}`).join("\n");
}

/** A connection whose connector cannot be loaded can still be edited. */
async function connectorOrNone(session: Session, type: unknown): Promise<Connector | undefined> {
  if (typeof type !== "string") return undefined;
  return registryOf(session)
    .load(type)
    .then(
      ({ connector }) => connector,
      () => undefined,
    );
}
