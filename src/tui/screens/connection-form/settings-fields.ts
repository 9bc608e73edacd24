import { z } from "zod";
import type { Connector } from "../../../connector/define-connector.ts";
import type { JsonObject } from "../../../core/json.ts";
import { type Problem, schemaProblems } from "../../../core/schema-problems.ts";
import { connectionSchema } from "../../../workspace/config-schema.ts";
import { type FormField, fieldOf, formFields } from "../../ui/form-fields.ts";
import { optionsOf } from "./draft.ts";

export interface SettingsFields {
  fields: readonly FormField[];
  /** Why the options are one field of JSON: what the connector threw when it was asked for them. */
  trouble: string | undefined;
}

const OPTIONS = ["schema", "options"] as const;
/** These have a screen or a key of their own. */
const ELSEWHERE = ["options", "streams"];

/** The lines of the form: the name, the connector's options (those that it cannot do without first), and the rest. */
export function settingsFields(connector: Connector | undefined, isNew: boolean): SettingsFields {
  const { shape } = connectionSchema;
  const loading = formFields(shape.schema.unwrap() as z.ZodObject, { prefix: ["schema"], isRequired: false });
  const { fields, trouble } = optionFields(connector);
  return {
    trouble,
    fields: [
      ...(isNew ? [fieldOf(shape.name, { path: ["name"] })] : []),
      ...fields.filter(({ isRequired }) => isRequired),
      ...fields.filter(({ isRequired, label }) => !isRequired && label !== connector?.late?.option),
      fieldOf(shape.title, { path: ["title"], isRequired: false }),
      fieldOf(shape.destination, { path: ["destination"], isRequired: false }),
      fieldOf(shape.tags, { path: ["tags"], isRequired: false }),
      ...loading.filter(({ label }) => !ELSEWHERE.includes(label)),
    ],
  };
}

/** By key of the field that is nearest to it; what is nowhere in the form under an empty key. */
export function problemsByField(
  { fields }: SettingsFields,
  connector: Connector | undefined,
  entry: JsonObject,
): ReadonlyMap<string, string> {
  return nearestProblems(fields, [...entryProblems(entry), ...optionProblems(connector, entry)]);
}

/** Problems by the key of the field that is nearest to their place; under an empty key where there is none. */
export function nearestProblems(fields: readonly FormField[], problems: readonly Problem[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { path, message } of problems) {
    const owners = fields.filter(({ key }) => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`));
    const owner = owners.sort((a, b) => b.key.length - a.key.length)[0];
    const place = owner === undefined ? path : path.slice(owner.key.length).replace(/^\./, "");
    const key = owner?.key ?? "";
    if (!found.has(key)) found.set(key, place === "" ? message : `${place} ${message}`);
  }
  return found;
}

function optionFields(connector: Connector | undefined): SettingsFields {
  const raw = fieldOf(z.record(z.string(), z.unknown()), { prefix: ["schema"], path: ["options"], isRequired: false });
  if (connector === undefined) return { fields: [raw], trouble: undefined };
  try {
    return { fields: formFields(connector.options, { prefix: OPTIONS }), trouble: undefined };
  } catch (error) {
    return { fields: [raw], trouble: error instanceof Error ? error.message : String(error) };
  }
}

function entryProblems(entry: JsonObject): Problem[] {
  return schemaProblems(connectionSchema, entry);
}

/** What the connector finds wrong with the options; a rule of its own that throws is a problem too. */
export function optionProblems(connector: Connector | undefined, entry: JsonObject): Problem[] {
  if (connector === undefined) return [];
  try {
    return schemaProblems(connector.options, optionsOf(entry), OPTIONS);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return [{ path: "", message: `the connector's own rules failed: ${said}` }];
  }
}
