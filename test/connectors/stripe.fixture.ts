import { STRIPE_KEY, startStripe, stripeData } from "../vendors/stripe-server.ts";

export async function prepare() {
  const vendor = await startStripe(stripeData(), 3);
  return vendor.fixture({
    options: { api_url: `${vendor.url}/v1`, lookback_days: 0 },
    secrets: { api_key: STRIPE_KEY },
  });
}
