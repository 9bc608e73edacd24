import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { descriptionOf } from "./description.ts";
import { moment, type Route, startVendor, type Vendor } from "./vendor.ts";

export const TRELLO_SECRETS = { api_key: "0123456789abcdef0123456789abcdef", token: "ATTAfedcba9876543210" };

export interface TrelloCard {
  id: string;
  idBoard: string;
  name: string;
}

export interface TrelloData {
  boards: { id: string; name: string; dateLastActivity: string; closed: boolean }[];
  cards: TrelloCard[];
  actions: {
    id: string;
    type: string;
    date: string;
    idMemberCreator: string;
    data: { card: { id: string } };
    board: string;
  }[];
}

/** Ids hold the time of their making, so that they are in its order: 24 hexadecimal digits. */
export function trelloId(seconds: number, count = 0): string {
  const time = Math.floor(moment(seconds).getTime() / 1000).toString(16);
  return time.padStart(8, "0") + count.toString(16).padStart(16, "0");
}

/** Whatever is asked for, a page has no more. */
const LONGEST_PAGE = 1000;

export function trelloData(cards = 12): TrelloData {
  const boards = [0, 1].map((n) => {
    const dateLastActivity = moment(500 + n).toISOString();
    return { id: trelloId(n), name: `Board ${n}`, dateLastActivity, closed: n === 1 };
  });
  const on = (n: number) => boards[n % 2]?.id ?? "";
  return {
    boards,
    cards: Array.from({ length: cards }, (_, n) => ({ id: trelloId(100, n), idBoard: on(n), name: `Card ${n}` })),
    actions: Array.from({ length: cards }, (_, n) => ({
      id: trelloId(100 + n, n),
      type: n % 5 === 0 ? "deleteCard" : "updateCard",
      date: moment(100 + Math.floor(n / 3)).toISOString(),
      idMemberCreator: trelloId(1, 7),
      data: { card: { id: trelloId(90, n) } },
      board: on(n),
    })),
  };
}

/**
 * Trello's API: lists by board, cards and actions in pages by `before` and `since`, newest first. Key and token may come in
 * the header. A request that its description does not know is refused.
 */
export async function startTrello(data: TrelloData = trelloData()): Promise<Vendor> {
  const { api_key, token } = TRELLO_SECRETS;
  const wanted = `OAuth oauth_consumer_key="${api_key}", oauth_token="${token}"`;
  return startVendor({
    admit: ({ headers }) => (headers.authorization === wanted ? undefined : plain(401, "invalid token")),
    error: plain,
    description: descriptionOf("trello", "/1"),
    given: ["key", "token"],
    routes: {
      "GET /1/members/me": () => ({ json: { fullName: "Ada Lovelace", username: "ada" } }),
      "GET /1/members/me/boards": () => ({ json: data.boards }),
      "GET /1/boards/{board}/lists": each((board) => [{ id: `${board}-list`, name: "To do", closed: false }]),
      "GET /1/boards/{board}/labels": each((board) => [{ id: `${board}-label`, name: "urgent", color: "red" }]),
      "GET /1/boards/{board}/members": each(() => [{ id: trelloId(1, 7), fullName: "Ada Lovelace" }]),
      "GET /1/boards/{board}/checklists": each((board) => [{ id: `${board}-check`, name: "Steps", checkItems: [] }]),
      "GET /1/boards/{board}/cards": (request, { board }) =>
        page(
          request,
          data.cards.filter(({ idBoard }) => idBoard === board),
        ),
      "GET /1/boards/{board}/actions": (request, { board }) => {
        const kind = request.query.get("filter");
        const found = data.actions.filter((one) => one.board === board && (kind === null || kind === one.type));
        return page(request, found);
      },
    },
  });
}

function each(rows: (board: string) => object[]): Route {
  return (_, { board = "" }) => ({ json: rows(board) });
}

/** The newest first; `before` is an id, `since` a date. */
function page<T extends { id: string; date?: string }>({ query }: SeenRequest, items: readonly T[]): TestAnswer {
  const [before, since] = [query.get("before"), query.get("since")];
  const limit = Math.min(Number(query.get("limit") ?? 50), LONGEST_PAGE);
  const found = items
    .filter(({ id }) => before === null || id < before)
    .filter(({ date = "" }) => since === null || date >= since)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  return { json: found.slice(0, limit).map(({ board: _, ...item }: T & { board?: string }) => item) };
}

function plain(status: number, body: string): TestAnswer {
  return { status, body };
}
