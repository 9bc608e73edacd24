import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import wassenger from "../../connectors/wassenger.ts";
import {
  deviceId,
  startWassenger,
  WASSENGER_SECRETS,
  wassengerData,
  wassengerMessage,
} from "../vendors/wassenger-server.ts";

const setup = (url: string, options: object = {}) => ({
  options: { api_url: `${url}/v1`, ...options },
  secrets: WASSENGER_SECRETS,
});

test("messages of all numbers come page by page; a number without the platform is passed over", async () => {
  await using vendor = await startWassenger();
  const { rows } = await tryStream(wassenger, { ...setup(vendor.url), stream: "messages" });
  expect(rows).toHaveLength(240);
  expect(new Set(rows.map(({ device_id }) => device_id))).toEqual(new Set([deviceId(0), deviceId(1)]));
});

test("a later read asks for what came after, and again for the days in which messages still change", async () => {
  const data = wassengerData();
  await using vendor = await startWassenger(data);
  const of = { ...setup(vendor.url, { device_ids: [deviceId(0)], recheck_days: 1 }), stream: "messages" };
  const first = await tryStream(wassenger, of);
  const read = data.messages.get(deviceId(0)) ?? [];
  Object.assign(read.at(-1) ?? {}, { ack: "read" });
  read.push(wassengerMessage(5000));
  const asked = vendor.server.requests.length;
  const second = await tryStream(wassenger, { ...of, cursor: first.cursor ?? null });
  expect(second.rows.map(({ id, ack }) => [id, ack])).toContainEqual([wassengerMessage(119).id, "read"]);
  expect(second.rows.map(({ id }) => id)).toContain(wassengerMessage(5000).id);
  const after = vendor.server.requests
    .slice(asked)
    .find(({ path }) => path.endsWith("/messages"))
    ?.query.get("after");
  expect(Date.parse(wassengerMessage(119).createdAt) - Date.parse(after ?? "")).toBe(86_400_000);
});

test("only chosen numbers are asked for", async () => {
  await using vendor = await startWassenger();
  const { rows } = await tryStream(wassenger, {
    ...setup(vendor.url, { device_ids: [deviceId(1)] }),
    stream: "labels",
  });
  expect(rows).toEqual([{ device_id: deviceId(1), name: "vip", color: "ruby" }]);
});
