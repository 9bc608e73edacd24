import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import fireflies from "../../connectors/fireflies.ts";
import { FIREFLIES_KEY, firefliesData, meeting, startFireflies } from "../vendors/fireflies-server.ts";

const setup = (url: string, options: object = {}) => ({
  options: { api_url: url, lookback_days: 0, requests_per_minute: 10_000, ...options },
  secrets: { api_key: FIREFLIES_KEY },
});

test("meetings come beyond the 50 of a page, and later only those that are new", async () => {
  const data = firefliesData(120);
  await using vendor = await startFireflies(data);
  const first = await tryStream(fireflies, { ...setup(vendor.url), stream: "transcripts" });
  expect(new Set(first.rows.map(({ id }) => id)).size).toBe(120);
  data.meetings.push(meeting(500));
  const second = await tryStream(fireflies, {
    ...setup(vendor.url),
    stream: "transcripts",
    cursor: first.cursor ?? null,
  });
  expect(second.rows.map(({ id }) => id)).toEqual(["M500"]);
});

test("sentences of no more meetings than the budget are asked for, the oldest first", async () => {
  await using vendor = await startFireflies(firefliesData(5));
  const budgeted = { ...setup(vendor.url, { budget: 3 }), stream: "sentences" };
  const first = await tryStream(fireflies, budgeted);
  expect([...new Set(first.rows.map(({ transcript_id }) => transcript_id))]).toEqual(["M0", "M1", "M2"]);
  const second = await tryStream(fireflies, { ...budgeted, cursor: first.cursor ?? null });
  expect([...new Set(second.rows.map(({ transcript_id }) => transcript_id))]).toEqual(["M3", "M4"]);
});

test("an error within an answer of status 200 is one, and a meeting that is gone is skipped", async () => {
  const data = firefliesData(3);
  await using vendor = await startFireflies(data);
  vendor.refuse(1, { status: 200, json: { errors: [{ message: "something broke", code: "internal" }], data: null } });
  const reading = tryStream(fireflies, { ...setup(vendor.url), stream: "users" });
  await expect(reading).rejects.toMatchObject({
    code: "source_refused",
    message: expect.stringContaining("something broke"),
  });
  vendor.onRequest = () => {
    if (data.meetings.length === 3) queueMicrotask(() => data.meetings.splice(1, 1));
  };
  const { rows } = await tryStream(fireflies, { ...setup(vendor.url), stream: "sentences" });
  expect([...new Set(rows.map(({ transcript_id }) => transcript_id))]).toEqual(["M0", "M2"]);
});
