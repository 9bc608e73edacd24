import { NOTION_TOKEN, notionPages, startNotion } from "../vendors/notion-server.ts";

export async function prepare() {
  const vendor = await startNotion(notionPages(), 2);
  return vendor.fixture({ options: { api_url: `${vendor.url}/v1` }, secrets: { token: NOTION_TOKEN } });
}
