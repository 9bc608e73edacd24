import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import trello from "../../connectors/trello.ts";
import { startTrello, TRELLO_SECRETS, trelloData, trelloId } from "../vendors/trello-server.ts";
import { moment } from "../vendors/vendor.ts";

const setup = (url: string, options: object = {}) => ({
  options: { api_url: `${url}/1`, ...options },
  secrets: TRELLO_SECRETS,
});

test("cards come beyond the 1,000 of a page, whatever is deleted between two pages", async () => {
  const data = trelloData(2300);
  await using vendor = await startTrello(data);
  vendor.onRequest = (number) => {
    // The first request is for the boards, the second for the newest cards of the first of them.
    if (number === 3) data.cards = data.cards.filter(({ id }) => id !== trelloId(100, 2298));
  };
  const { rows } = await tryStream(trello, { ...setup(vendor.url), stream: "cards" });
  const found = new Set(rows.map(({ id }) => id));
  expect(data.cards.filter(({ id }) => !found.has(id))).toEqual([]);
});

test("cards are read again only for boards where something has happened", async () => {
  const data = trelloData();
  await using vendor = await startTrello(data);
  const first = await tryStream(trello, { ...setup(vendor.url), stream: "cards" });
  Object.assign(data.boards[0] ?? {}, { dateLastActivity: moment(900).toISOString() });
  const asked = vendor.requests.length;
  const second = await tryStream(trello, { ...setup(vendor.url), stream: "cards", cursor: first.cursor ?? null });
  expect(vendor.requests.slice(asked).map(({ url }) => url.split("?")[0])).toEqual([
    "/1/members/me/boards",
    `/1/boards/${data.boards[0]?.id}/cards`,
  ]);
  expect(new Set(second.rows.map(({ idBoard }) => idBoard))).toEqual(new Set([data.boards[0]?.id]));
});

test("deleted cards are told of once each, and only chosen boards are read", async () => {
  const data = trelloData();
  await using vendor = await startTrello(data);
  const chosen = setup(vendor.url, { board_ids: [data.boards[0]?.id] });
  const first = await tryStream(trello, { ...chosen, stream: "deleted_cards" });
  const deleted = data.actions.filter(({ type, board }) => type === "deleteCard" && board === data.boards[0]?.id);
  expect(first.rows.map(({ card_id }) => card_id).sort()).toEqual(deleted.map(({ data: { card } }) => card.id).sort());
  const again = await tryStream(trello, { ...chosen, stream: "deleted_cards", cursor: first.cursor ?? null });
  expect(again.rows).toEqual([]);
  expect(vendor.requests.some(({ url }) => url.includes(data.boards[1]?.id ?? "?"))).toBe(false);
});
