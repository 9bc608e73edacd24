import { startXero, XERO_CLIENT, XERO_FIRST_REFRESH } from "../vendors/xero-server.ts";

export async function prepare() {
  const vendor = await startXero();
  return vendor.fixture({
    options: { api_url: vendor.url, login_url: vendor.url },
    secrets: { ...XERO_CLIENT, refresh_token: XERO_FIRST_REFRESH },
  });
}
