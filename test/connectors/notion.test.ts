import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import notion from "../../connectors/notion.ts";
import { NOTION_TOKEN, notionPage, startNotion } from "../vendors/notion-server.ts";

const setup = (url: string) => ({ options: { api_url: `${url}/v1` }, secrets: { token: NOTION_TOKEN } });

test("pages are read until those that are known, and blocks only of pages that were edited", async () => {
  const pages = [0, 1, 2, 3, 4, 5, 6].map((n) => notionPage(n));
  await using vendor = await startNotion(pages, 2);
  const first = await tryStream(notion, { ...setup(vendor.url), stream: "blocks" });
  expect(first.rows.map(({ id }) => id)).toHaveLength(14);
  pages[1] = notionPage(1, 90);
  const asked = vendor.requests.length;
  const second = await tryStream(notion, { ...setup(vendor.url), stream: "blocks", cursor: first.cursor ?? null });
  expect(second.rows.map(({ page_id }) => page_id)).toEqual(["page-1", "page-1"]);
  // Two of the four pages of the search, and the blocks of one page.
  expect(vendor.requests.slice(asked).map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
});

test("what was edited within the last two minutes is left for the next run", async () => {
  const now = { ...notionPage(9), last_edited_time: new Date().toISOString() };
  await using vendor = await startNotion([notionPage(1), now]);
  const { rows } = await tryStream(notion, { ...setup(vendor.url), stream: "pages" });
  expect(rows.map(({ id }) => id)).toEqual(["page-1"]);
});
