import { startTrello, TRELLO_SECRETS } from "../vendors/trello-server.ts";

export async function prepare() {
  const vendor = await startTrello();
  return vendor.fixture({ options: { api_url: `${vendor.url}/1` }, secrets: TRELLO_SECRETS });
}
