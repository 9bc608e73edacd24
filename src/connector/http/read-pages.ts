import type { JsonObject } from "../../core/json.ts";
import { isJsonObject } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { ReceivedAnswer } from "./http-answer.ts";
import type { HttpPage, HttpRequest, PagesRequest } from "./http-client.ts";
import { recordsAt } from "./json-path.ts";
import type { PageTurn } from "./pagination/paginator.ts";
import { paginators } from "./pagination/paginators.ts";
import { RepeatGuard } from "./repeat-guard.ts";

/** How pages are asked for. */
export interface PageSender {
  send(turn: { url?: string }, request: HttpRequest): Promise<ReceivedAnswer>;
  /** The turn without the credentials that some sources put into the address of the next page. */
  clean(turn: PageTurn | undefined): PageTurn | undefined;
}

/**
 * Page after page, until the paginator finds no next one. A page is handed on before the next one is asked for.
 * @throws ConnectorError `source_page_repeated` when the source leads in a circle
 */
export async function* readPages(pages: PagesRequest, sender: PageSender): AsyncGenerator<HttpPage> {
  const { paginator = paginators.detect(), records: where = "", from, method: _, ...request } = pages;
  const take = typeof where === "function" ? where : (body: unknown) => recordsAt(body, where);
  const guard = new RepeatGuard();
  let turn: PageTurn | undefined = from ?? paginator.first;
  for (let index = 0; turn !== undefined; index++) {
    const doing = request.doing === undefined ? {} : { doing: withPage(request.doing, index) };
    const asked = { countItems: (body: unknown) => take(body).length, ...withTurn(request, turn), ...doing };
    const answer = await sender.send(turn.url === undefined ? {} : { url: turn.url }, asked);
    const body = await answer.json();
    const records = take(body);
    const next = sender.clean(paginator.next({ turn, url: answer.url, headers: answer.headers, body, records }));
    const repeated =
      guard.records(records) ?? (next === undefined || paginator.constantTurns ? undefined : guard.turn(next));
    if (repeated !== undefined) throw pageRepeated(pages, index, repeated, answer.url);
    yield { index, records, body, status: answer.status, headers: answer.headers, url: answer.url, next };
    turn = next;
  }
}

/** `reading cards` becomes `reading page 3 of cards`. */
function withPage(doing: string, index: number): string {
  return doing.replace(/^reading (?!page )/, `reading page ${index + 1} of `);
}

function withTurn(request: HttpRequest, { params, body }: PageTurn): HttpRequest {
  return {
    ...request,
    ...(params === undefined ? {} : { params: { ...request.params, ...params } }),
    ...(body === undefined ? {} : { json: merged(isJsonObject(request.json) ? request.json : {}, body) }),
  };
}

function merged(base: JsonObject, over: JsonObject): JsonObject {
  const entries = Object.entries(over).map(([key, value]) => {
    const below = base[key];
    return [key, isJsonObject(value) && isJsonObject(below) ? merged(below, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}

function pageRepeated(pages: PagesRequest, index: number, what: string, url: string): ConnectorError {
  return new ConnectorError(
    "source_page_repeated",
    `${pages.doing ?? `reading ${url}`}: page ${index + 1} leads nowhere: ${what}. Correct how the stream is paged: the source may not know the parameter that asks for the next page.`,
    { details: { url, page: index + 1 } },
  );
}
