import { z } from "zod";
import { isTimeFormat } from "./cursor-format.ts";
import { paginationOptions } from "./pagination-options.ts";

const scalar = () =>
  z.union([z.string(), z.number(), z.boolean(), z.null()], "must be a text, a number, true, false or null");
const field = () => z.string().min(1);
const path = () => z.string().describe("JSON pointer (`/a/b`) or dotted path (`a.b`, `a.*.b`).");
const seconds = () => z.number().min(0);
const format = () =>
  z
    .string()
    .refine(
      isTimeFormat,
      "must be iso, iso_s, iso_date, epoch_s, epoch_ms, or a pattern such as yyyy/MM/dd HH:mm (UTC)",
    );

export const paramsOptions = () =>
  z
    .record(z.string(), z.union([scalar(), z.array(scalar())]))
    .describe("Query parameters; a list gives one several times. May hold `{places}`.");
export const headersOptions = () => z.record(z.string(), z.string()).describe("Headers. May hold `{places}`.");

const cursorOptions = () =>
  z
    .strictObject({
      field: field()
        .optional()
        .describe("Field of a record that says when it changed, or its rising number; may be a path."),
      param: z
        .string()
        .optional()
        .describe("The parameter that asks for what is newer. Or use `{cursor}` where it belongs."),
      format: format()
        .optional()
        .describe(
          "How a time is written in requests: iso, iso_s, iso_date, epoch_s, epoch_ms, or a pattern in UTC. As the source wrote it unless given.",
        ),
      start: z
        .union([z.string().min(1), z.number()])
        .optional()
        .describe("Where the first read begins."),
      inclusive: z
        .boolean()
        .default(true)
        .describe("The API also gives records at the cursor's own value (>=); they are told apart. False for >."),
      granularity_s: seconds()
        .optional()
        .describe("The API compares only as fine as this. Taken from `format` unless given."),
      lag_s: seconds().optional().describe("Records younger than this are left for the next run."),
      lookback_s: seconds().optional().describe("How far before the cursor is read again; needs `merge`."),
      margin_s: seconds()
        .optional()
        .describe(
          "How far before the cursor the API is asked; what it gives of before is dropped. For APIs that compare more coarsely than they say, or ask by > where records share a time.",
        ),
      ordered: z
        .enum(["asc", "desc", "none"])
        .default("none")
        .describe("The order in which the API gives records, by the field."),
      requery: z
        .boolean()
        .default(false)
        .describe(
          "After each page ask anew from the cursor, in place of following pages: what changes meanwhile cannot push records past the reader. It must be ordered ascending.",
        ),
      compare: z
        .enum(["auto", "time", "number", "text"])
        .default("auto")
        .describe("How values of the field are compared."),
    })
    .describe("How later runs ask only for what is new.");

const windowOptions = () =>
  z
    .strictObject({
      from_param: z.string().optional().describe("Parameter with the window's begin. Or use `{from}`."),
      to_param: z.string().optional().describe("Parameter with its end. Or use `{to}`."),
      step_s: z.number().min(1).describe("Length of a window in seconds."),
      format: format().default("iso").describe("How both are written."),
    })
    .describe("For APIs that take from and to: read window by window, each of them a checkpoint.");

const parentOptions = () =>
  z
    .strictObject({
      stream: z.string().min(1).optional().describe("The stream whose records this one is read for."),
      values: z
        .array(z.record(z.string(), z.union([z.string(), z.number()])))
        .min(1)
        .optional()
        .describe('In place of a stream: the records themselves, `[{ "repo": "sluice" }]`.'),
      keys: z
        .record(z.string(), path())
        .refine((keys) => Object.keys(keys).length > 0, "must not be empty")
        .describe('Places of the path and the fields of the parent that fill them: `{ "repo": "name" }`.'),
      include: z
        .record(z.string(), path())
        .default({})
        .describe('Columns that carry fields of the parent: `{ "repo_id": "id" }`.'),
      where: z
        .record(z.string(), z.union([scalar(), z.array(scalar())]))
        .default({})
        .describe('Only parents whose fields have these values: `{ "archived": false }`.'),
      changed: z
        .boolean()
        .default(false)
        .describe("Only for parents that have changed since the last read, by the parent stream's own cursor."),
      budget: z
        .int()
        .min(1)
        .optional()
        .describe("With `changed`: for so many parents in one run at most; the others follow with later runs."),
    })
    .refine(
      (parent) => (parent.stream === undefined) !== (parent.values === undefined),
      "must have either a `stream` or `values`",
    )
    .describe("Read once for each record of another stream, or for each of some values.");

const fieldsOptions = () =>
  z
    .strictObject({
      select: z.array(field()).min(1).optional().describe("Only these fields."),
      exclude: z.array(field()).optional().describe("All fields but these."),
      lift: z
        .record(z.string(), path())
        .default({})
        .describe('Columns from within the record: `{ "author": "user.login" }`.'),
      rename: z.record(z.string(), field()).default({}).describe("New names by old ones."),
      constants: z.record(z.string(), scalar()).default({}).describe("Columns with one value for all rows."),
    })
    .refine(
      (fields) => fields.select === undefined || fields.exclude === undefined,
      "must not have both `select` and `exclude`",
    )
    .describe("Which fields a row has and what they are called.");

const expandOptions = () =>
  z
    .strictObject({
      path: path().describe("The list within a record."),
      include: z.record(z.string(), path()).default({}).describe("Columns that carry fields of the record."),
    })
    .describe("One row for each item of a list within the records.");

const errorRule = () =>
  z
    .strictObject({
      status: z
        .union([z.int(), z.array(z.int()).min(1)])
        .optional()
        .describe("Statuses of the answer."),
      body: z
        .strictObject({
          path: path(),
          equals: scalar().optional().describe("The value there."),
          matches: z
            .string()
            .refine(isPattern, "is not a regular expression")
            .optional()
            .describe("A regular expression for the text there."),
        })
        .optional()
        .describe("What the answer's body has; with neither `equals` nor `matches` that it has anything there."),
      action: z.enum(["ignore", "retry", "fail"]).describe("Skip what was asked for, ask again, or fail."),
      code: z
        .enum(["credentials_rejected", "source_not_found", "source_refused"])
        .optional()
        .describe("With `fail`: what kind of failure it is, where the status does not say so."),
      message: z.string().optional().describe("For people: what it means and what to do."),
    })
    .refine((rule) => rule.status !== undefined || rule.body !== undefined, "must have a `status` or a `body`");

const sharedFields = () => ({
  method: z.enum(["GET", "POST"]).optional().describe("GET unless given."),
  params: paramsOptions().optional(),
  headers: headersOptions().optional(),
  body: z.record(z.string(), z.unknown()).optional().describe("JSON body. Texts may hold `{places}`."),
  records: z
    .string()
    .optional()
    .describe('Where the records are: a JSON pointer, or a dotted path with `*`; "" for the whole answer. Detected.'),
  records_missing: z
    .enum(["fail", "empty"])
    .optional()
    .describe("What an answer without that place means: an error (default), or no records."),
  scalars: z
    .enum(["reject", "value"])
    .optional()
    .describe("Records that are no objects are rejected (default), or become rows with the column `value`."),
  paginate: paginationOptions().optional(),
  primary_key: z.array(field()).min(1).optional().describe("Fields of a row that tell rows apart."),
  cursor: cursorOptions().optional(),
  window: windowOptions().optional(),
  fields: fieldsOptions().optional(),
  on_error: z.array(errorRule()).optional().describe("What answers mean; the first rule that fits decides."),
  mode: z
    .enum(["append", "replace", "merge"])
    .optional()
    .describe("How rows meet the table: merge with a key, else append with a cursor, else replace."),
});

/** What may be given once for all streams. */
export const defaultOptions = () => z.strictObject(sharedFields());

export const streamOptions = () =>
  z.strictObject({
    description: z.string().optional().describe("For people."),
    path: z.string().min(1).describe("Below `base_url`: `/repos/{owner}/{repo}/issues`."),
    ...sharedFields(),
    parent: parentOptions().optional(),
    expand: expandOptions().optional(),
  });

export type StreamOptions = z.output<ReturnType<typeof streamOptions>>;
export type DefaultOptions = z.output<ReturnType<typeof defaultOptions>>;
export type CursorOptions = z.output<ReturnType<typeof cursorOptions>>;
export type WindowOptions = z.output<ReturnType<typeof windowOptions>>;
export type ParentOptions = z.output<ReturnType<typeof parentOptions>>;
export type FieldsOptions = z.output<ReturnType<typeof fieldsOptions>>;
export type ExpandOptions = z.output<ReturnType<typeof expandOptions>>;
export type ErrorRule = z.output<ReturnType<typeof errorRule>>;

/** A stream with the defaults filled in: its own settings win, parameters and headers are joined by name. */
export function streamWith(defaults: DefaultOptions, own: StreamOptions): StreamOptions {
  return {
    ...defaults,
    ...own,
    params: { ...defaults.params, ...own.params },
    headers: { ...defaults.headers, ...own.headers },
    on_error: [...(own.on_error ?? []), ...(defaults.on_error ?? [])],
  };
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
