import { INTERCOM_TOKEN, intercomData, startIntercom } from "../vendors/intercom-server.ts";

export async function prepare() {
  const vendor = await startIntercom(intercomData(), 4);
  return vendor.fixture({ options: { api_url: vendor.url }, secrets: { token: INTERCOM_TOKEN } });
}
