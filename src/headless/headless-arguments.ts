import { parseArgs } from "node:util";
import { z } from "zod";
import { didYouMean } from "../core/did-you-mean.ts";
import { SluiceError } from "../core/errors.ts";
import { schemaProblems } from "../core/schema-problems.ts";
import type { RunRequest } from "../runner/run-request.ts";

/** What the command line understands; a test holds its help to this. */
export const HEADLESS_FLAGS = {
  stream: { type: "string", multiple: true },
  "full-refresh": { type: "boolean" },
  "dry-run": { type: "boolean" },
  retries: { type: "string" },
  backoff: { type: "string" },
  timeout: { type: "string" },
  request: { type: "string" },
  workspace: { type: "string" },
  // For those who give it to every command; the output is JSON anyway.
  json: { type: "boolean" },
} as const;

/** The fields of a request: the same as the flags. */
const requestFields = z.strictObject({
  connection: z.string().min(1).optional(),
  stream: z.union([z.string().min(1), z.array(z.string().min(1))], "must be a text or a list of texts").optional(),
  full_refresh: z.boolean().optional(),
  dry_run: z.boolean().optional(),
  retries: z.int().min(0).max(1000).optional(),
  backoff: z.number().min(0).max(86_400).optional(),
  timeout: z.number().positive().max(2_000_000).optional(),
  workspace: z.string().min(1).optional(),
});
type RequestFields = z.infer<typeof requestFields>;

export interface HeadlessArguments {
  request: RunRequest;
  workspace: string | undefined;
}

/** Understands the command's arguments, and stdin if they say so. Throws `usage` with everything that is wrong. */
export async function readArguments(
  args: readonly string[],
  readStdin: () => Promise<string>,
): Promise<HeadlessArguments> {
  const { values, positionals } = parseFlags(args);
  if (values.request !== undefined && values.request !== "-") {
    throw usage(`--request takes only "-", which means stdin, not "${values.request}".`);
  }
  if (positionals.length > 1)
    throw usage(`one connection at a time, not ${positionals.length}: ${positionals.join(", ")}.`);
  const given = values.request === undefined ? {} : parseRequest(await readStdin());
  const fields = { ...given, ...checked(fieldsOf(values, positionals[0]), "--") };
  if (fields.connection === undefined) throw usage("which connection to run was not said.");
  return { request: requestOf(fields, fields.connection), workspace: fields.workspace };
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: HEADLESS_FLAGS, allowPositionals: true, strict: true });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const unknown = code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" ? /'(--?[^' ]+)/.exec(message)?.[1] : undefined;
    if (unknown === undefined) throw usage(`${message}.`, error);
    const flags = Object.keys(HEADLESS_FLAGS).map((flag) => `--${flag}`);
    throw usage(`${unknown} is not known.${didYouMean(unknown, flags)}`, error);
  }
}

type FlagValues = ReturnType<typeof parseFlags>["values"];

function fieldsOf(values: FlagValues, connection: string | undefined): Record<string, unknown> {
  const fields = {
    connection,
    stream: values.stream,
    full_refresh: values["full-refresh"],
    dry_run: values["dry-run"],
    retries: asNumber(values.retries),
    backoff: asNumber(values.backoff),
    timeout: asNumber(values.timeout),
    workspace: values.workspace,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What is no number stays a text, for the check to refuse. */
function asNumber(text: string | undefined): number | string | undefined {
  return text === undefined || text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
}

function parseRequest(text: string): RequestFields {
  try {
    return checked(JSON.parse(text), "");
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw usage(`stdin is not one JSON object: ${(error as Error).message}.`, error);
  }
}

function checked(fields: unknown, prefix: string): RequestFields {
  const problems = schemaProblems(requestFields, fields);
  if (problems.length === 0) return requestFields.parse(fields);
  const spelled = problems.map(({ path, message }) => `${prefix}${path} ${message}`);
  throw usage(prefix === "" ? `in the request on stdin: ${spelled.join(" ")}` : spelled.join(" "));
}

function requestOf(fields: RequestFields, connection: string): RunRequest {
  const { stream, full_refresh, dry_run, retries, backoff, timeout } = fields;
  return {
    connection,
    trigger: "headless",
    ...(stream === undefined ? {} : { streams: [stream].flat() }),
    ...(full_refresh === undefined ? {} : { full_refresh }),
    ...(dry_run === undefined ? {} : { dry_run }),
    ...(retries === undefined ? {} : { retries }),
    ...(backoff === undefined ? {} : { backoff_s: backoff }),
    ...(timeout === undefined ? {} : { timeout_s: timeout }),
  };
}

function usage(problem: string, cause?: unknown): SluiceError {
  return new SluiceError("usage", `reading the arguments of headless: ${problem} See \`sluice headless --help\`.`, {
    cause,
  });
}
