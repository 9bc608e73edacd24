import { isJsonObject } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { HttpPage, HttpParams, PagesRequest } from "../http/http-client.ts";
import type { PageTurn } from "../http/pagination/paginator.ts";
import { type Ignored, judgeBy, MISSING_CHILD } from "./error-rules.ts";
import { recordFinder } from "./find-records.ts";
import { LookAhead } from "./look-ahead.ts";
import { paginatorOf } from "./pagination-options.ts";
import type { RecordTransform, RestSource, RestStream } from "./rest-stream.ts";
import type { ErrorRule } from "./stream-options.ts";
import { renderJson, renderPath, renderText, type TemplateValues, wholePlace } from "./template.ts";

/** One question to the API, answered in pages. */
export interface PageQuery {
  stream: RestStream;
  values: TemplateValues;
  /** Parameters besides the stream's own. */
  params?: HttpParams;
  /** The page to go on at. */
  from?: PageTurn | undefined;
}

export interface RecordPage {
  records: readonly unknown[];
  /** Where a record of the page stands: the same on every read. */
  placeOf(index: number): string;
  /** The page after this one. */
  next: PageTurn | undefined;
  bytes: number;
  /** The time at the source when it answered, if it says so. */
  answered_ms: number | undefined;
}

/** Called when a rule says that what was asked for is to be skipped. */
export type OnIgnored = (ignored: Required<Pick<Ignored, "status">> & { message: string | undefined }) => void;

/** The pages of a query. The caller says when the next one may be asked for ahead of its need. */
export function readPages(source: RestSource, query: PageQuery, onIgnored: OnIgnored): LookAhead<RecordPage> {
  const stop = new AbortController();
  return new LookAhead(pagesOf(source, query, { stop: stop.signal, onIgnored }), stop);
}

async function* pagesOf(
  source: RestSource,
  query: PageQuery,
  { stop, onIgnored }: { stop: AbortSignal; onIgnored: OnIgnored },
): AsyncGenerator<RecordPage> {
  const ignored: Ignored = {};
  const { path, request } = requestOf(query, ignored, source.transforms?.[query.stream.name]);
  try {
    const pages = source.client.paginate(path, { ...request, signal: AbortSignal.any([source.signal, stop]) });
    for await (const page of pages) yield recordPage(page, request.method ?? "GET");
  } catch (error) {
    if (ignored.rule === undefined) throw error;
    onIgnored({ status: ignored.status ?? 0, message: ignored.rule.message });
  }
}

function requestOf(
  query: PageQuery,
  ignored: Ignored,
  transform: RecordTransform | undefined,
): { path: string; request: PagesRequest } {
  const { stream, values } = query;
  const { options } = stream;
  const path = renderPath(options.path, values);
  if (path === undefined) throw pathIncomplete(stream);
  const judge = judgeBy(rulesOf(stream), ignored);
  const find = recordFinder({ stream: stream.name, options });
  const body = options.body === undefined ? {} : { json: renderJson(options.body, values) };
  const request: PagesRequest = {
    method: options.method ?? "GET",
    params: { ...renderParams(options.params, values), ...query.params },
    headers: renderHeaders(options.headers, values),
    ...body,
    doing: `reading ${stream.name}`,
    paginator: paginatorOf(options.paginate),
    records: transform === undefined ? find : (body) => find(body).map((record) => transformed(record, transform)),
    // Reading is all that is ever asked for, by POST too.
    idempotent: true,
    ...(query.from === undefined ? {} : { from: query.from }),
    ...(judge === undefined ? {} : { judge }),
  };
  return { path, request };
}

/** What is no object is left to be rejected with its place. */
function transformed(record: unknown, transform: RecordTransform): unknown {
  return isJsonObject(record) ? transform(record) : record;
}

/** Parameters, without those that are one place without a value. */
export function renderParams(params: HttpParams | undefined, values: TemplateValues): HttpParams {
  const rendered = Object.entries(params ?? {}).flatMap(([name, value]): [string, HttpParams[string]][] => {
    if (Array.isArray(value)) return [[name, renderJson(value, values) as HttpParams[string]]];
    if (typeof value !== "string") return [[name, value]];
    const place = wholePlace(value);
    if (place !== undefined && (values[place] ?? undefined) === undefined) return [];
    return [[name, renderText(value, values)]];
  });
  return Object.fromEntries(rendered);
}

function renderHeaders(headers: Readonly<Record<string, string>> = {}, values: TemplateValues): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, renderText(text, values)]));
}

function rulesOf({ options }: RestStream): ErrorRule[] {
  const own = options.on_error ?? [];
  return options.parent === undefined ? own : [...own, MISSING_CHILD];
}

function recordPage(page: HttpPage, method: string): RecordPage {
  const { records, next, index: number } = page;
  const placeOf = (index: number) =>
    `${method} ${page.url}${method === "GET" ? "" : ` page ${number + 1}`} record ${index + 1}`;
  const answered_ms = Date.parse(page.headers.get("date") ?? "");
  return {
    ...{ records, next, placeOf, bytes: Number(page.headers.get("content-length") ?? 0) },
    answered_ms: Number.isNaN(answered_ms) ? undefined : answered_ms,
  };
}

function pathIncomplete({ name, options }: RestStream): ConnectorError {
  const message = `reading ${name}: a place of its path ${options.path} has no value, or one that would lead elsewhere. Choose another field for it, or {+name} for a value with slashes.`;
  return new ConnectorError("source_format", message, { details: { stream: name } });
}
