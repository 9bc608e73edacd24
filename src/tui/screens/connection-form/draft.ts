import { canonicalJson, isJsonObject, type JsonObject } from "../../../core/json.ts";
import { withValue } from "../../ui/form-fields.ts";

/** A connection that is being made or changed; nothing of it is in the workspace before it is saved. */
export interface Draft {
  /** The name of the connection that is changed; undefined for a new one. */
  editing: string | undefined;
  /** As it stood in config.json when the change began; undefined for a new one. */
  base: JsonObject | undefined;
  /** As it is to stand in config.json, without what only Sluice changes. */
  entry: JsonObject;
  /** Values or references that were given; what is not here is kept as it is. */
  secrets: Readonly<Record<string, string>>;
  /** Options of connectors that were chosen before: who goes back to one finds them again. */
  parked: Readonly<Record<string, JsonObject>>;
  /** Grows when the entry was changed past its form, which then begins anew. */
  revision: number;
}

export type StepName = "connector" | "settings" | "config" | "secrets" | "test";

/** What only Sluice itself changes. */
const KEPT = ["id", "state", "created_at"] as const;

export const NEW_DRAFT: Draft = {
  ...{ editing: undefined, base: undefined, secrets: {}, parked: {}, revision: 0 },
  entry: { schema: { options: {} } },
};

export function draftOf(name: string, raw: JsonObject): Draft {
  const entry = editableOf(raw);
  return { ...NEW_DRAFT, editing: name, base: entry, entry };
}

/** An entry without what only Sluice itself changes. */
export function editableOf(raw: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !KEPT.some((kept) => kept === key)));
}

/** The entry of config.json with everything that can be edited as the draft has it. */
export function replaceEditable(current: JsonObject, entry: JsonObject): void {
  for (const key of Object.keys(current)) if (!KEPT.some((kept) => kept === key)) delete current[key];
  Object.assign(current, structuredClone(entry));
}

export function isChanged({ base, entry, secrets }: Draft): boolean {
  if (Object.keys(secrets).length > 0) return true;
  return base === undefined ? canonicalJson(entry) !== canonicalJson(NEW_DRAFT.entry) : !isSame(base, entry);
}

export function isSame(a: JsonObject, b: JsonObject): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

export function typeOf({ entry }: Draft): string | undefined {
  return typeof entry.type === "string" ? entry.type : undefined;
}

export function nameOf({ entry }: Draft): string {
  return typeof entry.name === "string" ? entry.name : "";
}

export function optionsOf(entry: JsonObject): JsonObject {
  const { schema } = entry;
  return isJsonObject(schema) && isJsonObject(schema.options) ? schema.options : {};
}

export function namespaceOf(draft: Draft): string {
  const { schema } = draft.entry;
  return isJsonObject(schema) && typeof schema.namespace === "string" ? schema.namespace : nameOf(draft);
}

/** With another connector; the options of the one before are kept for the way back. */
export function withType(draft: Draft, type: string): Draft {
  const before = typeOf(draft);
  if (before === type) return draft;
  const parked = before === undefined ? draft.parked : { ...draft.parked, [before]: optionsOf(draft.entry) };
  const entry = withValue({ ...draft.entry, type }, ["schema"], {
    ...(isJsonObject(draft.entry.schema) ? draft.entry.schema : {}),
    options: parked[type] ?? {},
  });
  return { ...draft, entry, parked, secrets: {}, revision: draft.revision + 1 };
}

/** With an entry that did not come from the form. */
export function withEntry(draft: Draft, entry: JsonObject): Draft {
  return { ...draft, entry, revision: draft.revision + 1 };
}
