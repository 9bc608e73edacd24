import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import hubspot from "../../connectors/hubspot.ts";
import { HUBSPOT_TOKEN, hubspotObject, startHubspot } from "../vendors/hubspot-server.ts";
import { moment } from "../vendors/vendor.ts";

const setup = (url: string) => ({ options: { api_url: url }, secrets: { token: HUBSPOT_TOKEN } });

test("an object that changes while pages are read is not lost, nor are those behind it", async () => {
  const deals = Array.from({ length: 250 }, (_, n) => hubspotObject(n, moment(n)));
  await using vendor = await startHubspot({ deals });
  vendor.onRequest = (number) => {
    if (number === 2) deals[3] = hubspotObject(3, moment(400));
  };
  const { rows, cursor } = await tryStream(hubspot, { ...setup(vendor.url), stream: "deals" });
  expect(new Set(rows.map(({ id }) => Number(id)))).toEqual(new Set(deals.keys()));
  deals.push(hubspotObject(900, moment(400)), hubspotObject(901, moment(10)));
  const second = await tryStream(hubspot, { ...setup(vendor.url), stream: "deals", cursor: cursor ?? null });
  expect(second.rows.map(({ id }) => id)).toEqual(["900"]);
});

test("what changed in the last two minutes is left for the next run, by the time of change", async () => {
  const deals = [hubspotObject(1, moment(0)), hubspotObject(2, new Date())];
  await using vendor = await startHubspot({ deals });
  const { rows } = await tryStream(hubspot, { ...setup(vendor.url), stream: "deals" });
  expect(rows.map(({ id }) => id)).toEqual(["1"]);
});

test("further properties are asked for, and what is in the bin has a stream of its own", async () => {
  const deals = [hubspotObject(1, moment(0)), hubspotObject(2, moment(1), moment(2))];
  await using vendor = await startHubspot({ deals });
  const chosen = { ...setup(vendor.url), options: { api_url: vendor.url, properties: { deals: ["hs_mrr"] } } };
  const [only] = (await tryStream(hubspot, { ...chosen, stream: "deals" })).rows;
  expect(only).toMatchObject({ id: "1", properties: { dealname: "Deal 1", hs_mrr: null } });
  const bin = await tryStream(hubspot, { ...chosen, stream: "archived_deals" });
  expect(bin.rows).toEqual([{ id: "2", archived: true, archivedAt: moment(2).toISOString() }]);
});
