import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import calendly from "../../connectors/calendly.ts";
import { CALENDLY_TOKEN, calendlyEvent, startCalendly } from "../vendors/calendly-server.ts";

const setup = (url: string, options: object = {}) => ({
  options: { api_url: url, ...options },
  secrets: { token: CALENDLY_TOKEN },
});

test("an event that was cancelled comes again, and its invitees with it, the others do not", async () => {
  const events = [0, 1, 2, 3].map((n) => calendlyEvent(n));
  await using vendor = await startCalendly(events, 2);
  const first = await tryStream(calendly, { ...setup(vendor.url), stream: "scheduled_events" });
  const people = await tryStream(calendly, { ...setup(vendor.url), stream: "invitees" });
  expect(people.rows.map(({ event_uri }) => event_uri)).toEqual(events.map(({ uri }) => uri));
  events[1] = { ...calendlyEvent(1, 500), status: "canceled" };
  const next = { ...setup(vendor.url), stream: "scheduled_events", cursor: first.cursor ?? null };
  expect((await tryStream(calendly, next)).rows.map(({ id, status }) => [id, status])).toEqual([
    ["event-1", "canceled"],
  ]);
  const again = await tryStream(calendly, { ...setup(vendor.url), stream: "invitees", cursor: people.cursor ?? null });
  expect(again.rows.map(({ event_uri }) => event_uri)).toEqual([events[1].uri]);
});

test("events that begin before the start are not asked for", async () => {
  await using vendor = await startCalendly();
  const late = setup(vendor.url, { start: "2026-01-01T05:00:00.000Z" });
  const { rows } = await tryStream(calendly, { ...late, stream: "scheduled_events" });
  expect(rows.map(({ name }) => name)).toEqual(["Talk 5", "Talk 6", "Talk 7"]);
});
