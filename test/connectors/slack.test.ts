import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import slack from "../../connectors/slack.ts";
import { SLACK_TOKEN, slackData, slackMessage, startSlack } from "../vendors/slack-server.ts";

const setup = (url: string, options: object = {}) => ({
  options: { api_url: `${url}/api`, ...options },
  secrets: { token: SLACK_TOKEN },
});

test("messages of each channel go on after their own last one", async () => {
  const data = slackData(7);
  await using vendor = await startSlack(data, 3);
  const first = await tryStream(slack, { ...setup(vendor.url), stream: "messages" });
  expect(first.rows).toHaveLength(9);
  expect(new Set(first.rows.map(({ channel_id }) => channel_id))).toEqual(new Set(["C1", "C2"]));
  data.messages["C2"]?.push(slackMessage(3), slackMessage(40));
  const second = await tryStream(slack, { ...setup(vendor.url), stream: "messages", cursor: first.cursor ?? null });
  expect(second.rows.map(({ channel_id, text }) => [channel_id, text])).toEqual([
    ["C2", "Message 40"],
    ["C2", "Message 3"],
  ]);
});

test("only chosen channels are read, and messages before the start are not", async () => {
  await using vendor = await startSlack();
  const options = { channel_ids: ["C1"], start: "2026-01-01T00:00:05Z" };
  const { rows } = await tryStream(slack, { ...setup(vendor.url, options), stream: "messages" });
  expect(rows.map(({ text }) => text)).toEqual(["Message 6", "Message 5"]);
});

test.each([
  ["missing_scope", "credentials_rejected"],
  ["invalid_arguments", "source_refused"],
])("%s within an answer of status 200 is %s", async (error, code) => {
  await using vendor = await startSlack();
  vendor.refuse(1, { status: 200, json: { ok: false, error } });
  await expect(tryStream(slack, { ...setup(vendor.url), stream: "users" })).rejects.toMatchObject({ code });
});
