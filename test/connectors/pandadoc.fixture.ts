import { PANDADOC_KEY, startPandadoc } from "../vendors/pandadoc-server.ts";

export async function prepare() {
  const vendor = await startPandadoc();
  return vendor.fixture({ options: { api_url: `${vendor.url}/public/v1` }, secrets: { api_key: PANDADOC_KEY } });
}
