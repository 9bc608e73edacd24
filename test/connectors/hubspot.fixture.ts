import { HUBSPOT_TOKEN, startHubspot } from "../vendors/hubspot-server.ts";

export async function prepare() {
  const vendor = await startHubspot();
  return vendor.fixture({
    options: { api_url: vendor.url, objects: ["contacts", "deals"] },
    secrets: { token: HUBSPOT_TOKEN },
  });
}
