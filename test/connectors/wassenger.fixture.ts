import { startWassenger, WASSENGER_SECRETS } from "../vendors/wassenger-server.ts";

export async function prepare() {
  const vendor = await startWassenger();
  const options = { api_url: `${vendor.url}/v1`, recheck_days: 0 };
  return vendor.fixture({ options, secrets: WASSENGER_SECRETS });
}
