import { SLACK_TOKEN, slackData, startSlack } from "../vendors/slack-server.ts";

export async function prepare() {
  const vendor = await startSlack(slackData(), 3);
  return vendor.fixture({ options: { api_url: `${vendor.url}/api` }, secrets: { token: SLACK_TOKEN } });
}
