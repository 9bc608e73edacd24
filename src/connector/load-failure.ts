import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { SluiceError } from "../core/errors.ts";

/** A `connector_broken` that names the file and, as far as it can be told, the line. */
export function loadFailure(file: { name: string; path: string }, error: unknown): SluiceError {
  const line = lineOf(file.path, error);
  const place = line === undefined ? file.path : `${file.path}:${line}`;
  const what = error instanceof Error ? plainMessage(error) : String(error);
  return new SluiceError(
    "connector_broken",
    `loading the connector "${file.name}": ${place}: ${what}. Mend the file.`,
    {
      cause: error,
      details: { connector: file.name, file: file.path, ...(line === undefined ? {} : { line }) },
    },
  );
}

/** What a file's default export lacks to be a connector. */
export function shapeProblems(name: string, exported: unknown): string[] {
  const parsed = shape.safeParse(exported);
  if (!parsed.success) {
    if (exported === undefined) return ["there is no default export; export default defineConnector({ … })"];
    return parsed.error.issues.map((issue) => `${issue.path.join(".") || "the default export"}: ${issue.message}`);
  }
  const { name: declared } = parsed.data;
  return declared === name
    ? []
    : [`its name is "${declared}", but the file's name says "${name}"; they must be the same`];
}

const zodObject = z.custom<z.ZodObject>(
  (value) => value instanceof z.ZodObject || isZodObject(value),
  "must be a zod object",
);
const callable = z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", "must be a function");

const stream = z.looseObject({ name: z.string(), read: callable });

const shape = z.looseObject({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  options: zodObject,
  secrets: zodObject,
  check: callable,
  streams: z.union([z.array(stream), callable], "must be a list of streams or a function that finds them"),
});

/** A zod object of another copy of zod. */
function isZodObject(value: unknown): boolean {
  const internals = (value as { _zod?: { def?: { type?: unknown } } } | null)?._zod;
  return internals?.def?.type === "object";
}

/** First lines only: Node adds the source or the list of importing files behind them. */
function plainMessage(error: Error): string {
  const [first = ""] = error.message.split("\n");
  return first.trim().replace(/\.$/, "") || error.name;
}

/** A syntax error names its place at the head of its stack, any other error in its frames; a failed import only quotes. */
function lineOf(path: string, error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const stack = error.stack ?? "";
  for (const name of [pathToFileURL(path).href, path]) {
    const line = new RegExp(`${escapePattern(name)}(?:\\?[^:\\s)]*)?:(\\d+)`).exec(stack)?.[1];
    if (line !== undefined) return Number(line);
  }
  const missing = /(?:package|module) '([^']+)'/.exec(error.message)?.[1];
  return missing === undefined ? undefined : lineWith(path, missing);
}

/** The line that imports what could not be found. */
function lineWith(path: string, missing: string): number | undefined {
  const last = missing.split("/").at(-1) as string;
  const lines = readFileSync(path, "utf8").split("\n");
  const index = lines.findIndex((line) => /\b(from|import)\b/.test(line) && line.includes(last));
  return index === -1 ? undefined : index + 1;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
