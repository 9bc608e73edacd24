import { z } from "zod";

/** One option or secret of a connector, for people. */
export interface SchemaField {
  name: string;
  required: boolean;
  description: string;
  /** The values that it may have, where those are few. */
  choices?: readonly string[];
  /** Its value unless given; undefined when there is none. */
  default?: unknown;
}

export function schemaFields(schema: z.ZodObject): SchemaField[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { success: optional, data } = field.safeParse(undefined);
    const fallback = optional && data !== undefined ? { default: data } : {};
    const choices = choicesOf(field);
    const limited = choices.length === 0 ? {} : { choices };
    return { name, required: !optional, description: field.description ?? "", ...limited, ...fallback };
  });
}

/** All that is to say of a field in one cell: what it is, what it may be, and what it is unless given. */
export function fieldMeaning({ description, choices = [], default: fallback }: SchemaField): string {
  const words = new Set(description.split(/[^\w-]+/));
  const isToldAlready = choices.every((choice) => words.has(choice));
  const parts = [description];
  if (!isToldAlready) parts.push(`One of ${choices.join(", ")}.`);
  if (fallback !== undefined) parts.push(`Default: \`${JSON.stringify(fallback)}\`.`);
  return parts.filter((part) => part !== "").join(" ");
}

function choicesOf(field: z.core.$ZodType): readonly string[] {
  let inner = field;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap();
  return inner instanceof z.ZodEnum ? inner.options.map(String) : [];
}
