import { z } from "zod";
import type { Paginator } from "../http/pagination/paginator.ts";
import { paginators } from "../http/pagination/paginators.ts";
import { withoutUndefined } from "./without-undefined.ts";

const place = () => z.enum(["query", "body"]).optional().describe("Where the parameter goes; `query` unless given.");
const path = (what: string) => z.string().min(1).describe(`${what}: a JSON pointer or a dotted path.`);
const resume = () =>
  z
    .boolean()
    .optional()
    .describe(
      "Whether a read that was interrupted goes on at its page. By default where the last record asks for the next page.",
    );
const max_records = () =>
  z
    .int()
    .min(1)
    .optional()
    .describe(
      "The API gives no more than so many records for one query. After them a new query begins at the cursor; it must be ordered ascending.",
    );
const shared = () => ({ resume: resume(), max_records: max_records() });

const schemes = () =>
  z.discriminatedUnion(
    "type",
    [
      z.strictObject({ type: z.literal("none").describe("One answer has it all.") }),
      z.strictObject({ type: z.literal("detect").describe("Found out from the answers."), ...shared() }),
      z.strictObject({
        type: z.literal("page").describe("Pages have numbers."),
        param: z.string().optional().describe("The parameter with the number; `page` unless given."),
        first: z.int().min(0).optional().describe("Number of the first page; 1 unless given."),
        size_param: z.string().optional().describe("The parameter with the size of a page."),
        size: z.int().min(1).optional().describe("Records of a full page: one with fewer is the last."),
        total_pages: path("Where the answer says how many pages there are").optional(),
        in: place(),
        ...shared(),
      }),
      z.strictObject({
        type: z.literal("offset").describe("Records are counted."),
        param: z.string().optional().describe("The parameter with the offset; `offset` unless given."),
        limit_param: z.string().optional().describe("The parameter with the size of a page; `limit` unless given."),
        limit: z.int().min(1).describe("Records of a page."),
        first: z.int().min(0).optional().describe("The offset of the first record; 0 unless given."),
        total: path("Where the answer says how many records there are").optional(),
        in: place(),
        ...shared(),
      }),
      z.strictObject({
        type: z.literal("cursor").describe("Each answer says what to send for the next page."),
        param: z.string().min(1).describe("The parameter that takes it: `after`."),
        path: path("Where it is in the answer").optional(),
        header: z.string().optional().describe("The header of the answer that has it."),
        last_record: z.string().optional().describe("The field of the page's last record that is it."),
        least_record: z
          .string()
          .optional()
          .describe("The field whose lowest value on the page is it: for lists that go back in time by `before`."),
        size: z.int().min(1).optional().describe("Records of a full page: one with fewer is the last."),
        more: path("Where the answer says whether more follows").optional(),
        constant: z.boolean().optional().describe("It stays the same from page to page."),
        in: place(),
        ...shared(),
      }),
      z.strictObject({
        type: z.literal("link").describe("The Link header names the next page."),
        rel: z.string().optional().describe("The relation; `next` unless given."),
        other_origins: z
          .boolean()
          .optional()
          .describe("The next page may be on another host; credentials stay behind."),
        ...shared(),
      }),
      z.strictObject({
        type: z.literal("next_url").describe("The answer has the address of the next page."),
        path: path("Where it is"),
        other_origins: z.boolean().optional().describe("It may be on another host; credentials stay behind."),
        ...shared(),
      }),
      z.strictObject({
        type: z.literal("graphql").describe("A GraphQL connection with pageInfo."),
        connection: path("Where the connection is, as `data.issues`"),
        variable: z.string().optional().describe("The variable that takes the cursor; `after` unless given."),
        ...shared(),
      }),
    ],
    { error: "must have a `type`: none, detect, page, offset, cursor, link, next_url or graphql" },
  );

export const paginationOptions = () =>
  schemes()
    .refine((paging) => paging.type !== "cursor" || sourcesOf(paging) === 1, {
      error: "of the type cursor must have one of `path`, `header`, `last_record` and `least_record`",
    })
    .describe("How one page leads to the next. Found out from the answers unless given.");

export type PaginationOptions = z.output<ReturnType<typeof paginationOptions>>;

export function paginatorOf(options: PaginationOptions | undefined): Paginator {
  if (options === undefined) return paginators.detect();
  switch (options.type) {
    case "none":
      return paginators.single();
    case "detect":
      return paginators.detect();
    case "page": {
      const { param, first, size_param: sizeParam, size, total_pages: totalPages, in: where } = options;
      return paginators.pageNumber(withoutUndefined({ param, first, sizeParam, size, totalPages, in: where }));
    }
    case "offset": {
      const { param, limit_param: limitParam, limit, first, total, in: where } = options;
      return paginators.offset({ limit, ...withoutUndefined({ param, limitParam, first, total, in: where }) });
    }
    case "cursor": {
      const { param, path, header, last_record: lastRecord, least_record: leastRecord } = options;
      const { size, more, constant, in: where } = options;
      return paginators.cursor({
        param,
        ...withoutUndefined({ path, header, lastRecord, leastRecord, size, more, constant, in: where }),
      });
    }
    case "link": {
      const { rel, other_origins: otherOrigins } = options;
      return paginators.linkHeader(withoutUndefined({ rel, otherOrigins }));
    }
    case "next_url": {
      const { path, other_origins: otherOrigins } = options;
      return paginators.nextUrl({ path, ...withoutUndefined({ otherOrigins }) });
    }
    case "graphql": {
      const { connection, variable } = options;
      return paginators.graphql({ connection, ...withoutUndefined({ variable }) });
    }
  }
}

/**
 * Whether a read that was interrupted may go on at its page. Numbers and offsets mean other records once something was
 * added or removed, and many a token is an offset in disguise; only what follows a record stays what it was.
 */
export function mayResume(options: PaginationOptions | undefined): boolean {
  if (options === undefined || options.type === "none") return false;
  if (options.type !== "cursor") return options.resume ?? false;
  return options.resume ?? (options.last_record !== undefined || options.least_record !== undefined);
}

export function maxRecordsOf(options: PaginationOptions | undefined): number | undefined {
  return options === undefined || options.type === "none" ? undefined : options.max_records;
}

function sourcesOf(options: Readonly<Record<string, unknown>>): number {
  const sources = ["path", "header", "last_record", "least_record"];
  return sources.filter((source) => options[source] !== undefined).length;
}
