import { z } from "zod";
import type { JsonValue } from "../../core/json.ts";

/** One line of a form. */
export interface FormField {
  key: string;
  /** The schema's own description. */
  help: string;
  isRequired: boolean;
  isSecret: boolean;
  /** What can be chosen; undefined for free text. The empty choice, where it is allowed, leaves the field out. */
  choices: readonly string[] | undefined;
  /** What stands when nothing is given, as text. */
  fallback: string;
  schema: z.ZodType;
}

/** The fields of an object schema, in its order. A schema that throws while it is described gives plain text fields. */
export function formFields(schema: z.ZodObject, { isSecret = false } = {}): FormField[] {
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([key, field]) => {
    const described = describe(field);
    const isRequired = !field.safeParse(undefined).success;
    const choices = choicesOf(described);
    return {
      ...{ key, isRequired, isSecret, schema: field, help: field.description ?? "" },
      choices: choices === undefined || isRequired ? choices : ["", ...choices],
      fallback: described.default === undefined ? "" : fieldText(described.default),
    };
  });
}

/** The text of a field as the value that its schema takes: itself, JSON, or a list. Undefined for an empty field. */
export function fieldValue({ schema, isSecret }: FormField, text: string): JsonValue | undefined {
  if (text === "") return undefined;
  if (isSecret) return text;
  const list = text.split(",").map((part) => part.trim());
  const forms: JsonValue[] = [text, parsed(text), list, list.map(parsed)];
  return forms.find((form) => schema.safeParse(form).success) ?? parsed(text);
}

/** A value as a person would write it into a field. */
export function fieldText(value: JsonValue): string {
  if (typeof value === "string") return value;
  const isPlainList = Array.isArray(value) && value.every((each) => typeof each === "string" && !each.includes(","));
  return isPlainList ? value.join(", ") : JSON.stringify(value);
}

/** What is wrong with a field's text, for the line under it. */
export function fieldProblem(field: FormField, text: string): string | undefined {
  const value = fieldValue(field, text);
  if (value === undefined) return field.isRequired ? "is needed" : undefined;
  const { error } = field.schema.safeParse(value);
  return error?.issues.map(({ message }) => message).join(" ");
}

interface Described {
  type?: unknown;
  enum?: unknown;
  default?: JsonValue;
}

function describe(field: z.ZodType): Described {
  try {
    return z.toJSONSchema(field, { io: "input", unrepresentable: "any" }) as Described;
  } catch {
    return {};
  }
}

function choicesOf(described: Described): string[] | undefined {
  if (described.type === "boolean") return ["true", "false"];
  return Array.isArray(described.enum) ? described.enum.map(String) : undefined;
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
