import { z } from "zod";
import { isEncoding } from "../formats/encoding.ts";
import { JSON_POINTER } from "../formats/json-pointer.ts";

/** Options of every connector that reads files, besides where they are: how they are written. */
export const fileOptions = {
  stream: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/, "must be lower-case letters, digits and underscores, a letter first")
    .optional()
    .describe("Load all paths as one stream of this name. Otherwise each path is a stream named after its files."),
  format: z
    .enum(["csv", "tsv", "ndjson", "json", "parquet"])
    .optional()
    .describe("How the files are written. Detected from their names, then from their content."),
  compression: z
    .enum(["none", "gzip", "zstd"])
    .optional()
    .describe("How the files are packed. Detected from their first bytes."),
  encoding: z
    .string()
    .refine(isEncoding, "is not a known text encoding")
    .optional()
    .describe("Text encoding, for example windows-1252. A byte order mark decides, else it is utf-8."),
  header: z
    .union([z.boolean(), z.array(z.string().min(1)).min(1)])
    .optional()
    .describe("CSV: whether the first row holds names. A list gives the names of files that have none. Detected."),
  delimiter: z
    .string()
    .length(1)
    .refine((text) => !'"\r\n'.includes(text), "must not be a quote or a newline")
    .optional()
    .describe("CSV: the character between fields. Detected among comma, semicolon, tab and bar."),
  quote: z
    .string()
    .max(1)
    .optional()
    .describe('CSV: the character around fields that hold delimiters or newlines; "" if there is none. Default: ".'),
  null_values: z
    .array(z.string())
    .optional()
    .describe('CSV: unquoted texts that mean null. Default: only the empty one, [""].'),
  on_ragged: z
    .enum(["reject", "fill"])
    .optional()
    .describe("CSV: rows with fewer fields than columns are rejected (default) or filled with nulls."),
  records: z
    .string()
    .regex(JSON_POINTER, "must be a JSON pointer such as /features")
    .optional()
    .describe("JSON: where the list of records is, as a JSON pointer. Detected: the document, or its only list."),
  on_changed: z
    .enum(["error", "reload"])
    .optional()
    .describe("What to do when loaded content has changed. Default: error in append, reload in merge."),
};

/** `path`, with what it means in words. */
export function pathOption(description: string) {
  return z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).describe(description);
}

export type FileOptions = z.output<z.ZodObject<typeof fileOptions & { path: ReturnType<typeof pathOption> }>>;
