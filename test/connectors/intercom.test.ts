import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import intercom from "../../connectors/intercom.ts";
import { hour, INTERCOM_TOKEN, intercomData, startIntercom } from "../vendors/intercom-server.ts";

const setup = (url: string, options: object = {}) => ({
  options: { api_url: url, ...options },
  secrets: { token: INTERCOM_TOKEN },
});

test("what changes later on the day of the cursor is found, though searches compare by the day", async () => {
  const objects = intercomData(9);
  await using vendor = await startIntercom(objects, 4);
  const first = await tryStream(intercom, { ...setup(vendor.url), stream: "contacts" });
  expect(first.rows).toHaveLength(9);
  objects.push({ id: "900", updated_at: hour(24.5) }, { id: "901", updated_at: hour(30) });
  const second = await tryStream(intercom, { ...setup(vendor.url), stream: "contacts", cursor: first.cursor ?? null });
  expect(second.rows.map(({ id }) => id)).toEqual(["900", "901"]);
});

test("parts are asked for within the budget, the conversation that changed first before others", async () => {
  await using vendor = await startIntercom(intercomData(5));
  const parts = { ...setup(vendor.url, { budget: 3 }), stream: "conversation_parts" };
  const first = await tryStream(intercom, parts);
  expect(first.rows.map(({ conversation_id }) => conversation_id)).toEqual(["100", "101", "102"]);
  const second = await tryStream(intercom, { ...parts, cursor: first.cursor ?? null });
  expect(second.rows.map(({ conversation_id }) => conversation_id)).toEqual(["103", "104"]);
});

test("companies that have not changed are not given again", async () => {
  const objects = intercomData(70);
  await using vendor = await startIntercom(objects);
  const first = await tryStream(intercom, { ...setup(vendor.url), stream: "companies" });
  expect(first.rows).toHaveLength(70);
  objects[0] = { id: "100", updated_at: hour(900) };
  const second = await tryStream(intercom, { ...setup(vendor.url), stream: "companies", cursor: first.cursor ?? null });
  expect(second.rows.map(({ id }) => id)).toEqual(["100"]);
});
