import { FIREFLIES_KEY, firefliesData, startFireflies } from "../vendors/fireflies-server.ts";

export async function prepare() {
  const vendor = await startFireflies(firefliesData(7));
  return vendor.fixture({ options: { api_url: vendor.url, lookback_days: 0 }, secrets: { api_key: FIREFLIES_KEY } });
}
