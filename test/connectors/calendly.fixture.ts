import { CALENDLY_TOKEN, startCalendly } from "../vendors/calendly-server.ts";

export async function prepare() {
  const vendor = await startCalendly(undefined, 3);
  return vendor.fixture({ options: { api_url: vendor.url }, secrets: { token: CALENDLY_TOKEN } });
}
