import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import xero from "../../connectors/xero.ts";
import type { StreamDefinition } from "../../src/connector/define-connector.ts";
import { contextFor } from "../vendors/check-context.ts";
import { startXero, XERO_CLIENT, XERO_FIRST_REFRESH, xeroData } from "../vendors/xero-server.ts";

const setup = (url: string, refresh_token = XERO_FIRST_REFRESH, options: object = {}) => ({
  options: { api_url: url, login_url: url, ...options },
  secrets: { ...XERO_CLIENT, refresh_token },
});

test("a refresh token that was replaced is kept before it is used, and although the reading fails", async () => {
  await using vendor = await startXero();
  await using ctx = contextFor(xero, setup(vendor.url));
  const streams = typeof xero.streams === "function" ? await xero.streams(ctx as never) : xero.streams;
  const users = streams.find(({ name }) => name === "users") as StreamDefinition;
  vendor.onRequest = (number) => {
    if (number === 2) expect(ctx.saved).toEqual({ refresh_token: "refresh-token-number-1" });
  };
  vendor.refuseFrom(2, { status: 500, json: {} });
  const reading = {
    stream: "users",
    mode: "merge" as const,
    primaryKey: [],
    cursorField: undefined,
    cursor: undefined,
  };
  const read = async () => {
    for await (const _ of users.read({ ...ctx, ...reading, layout: () => "values" }));
  };
  await expect(read()).rejects.toMatchObject({ code: "source_failed" });
  expect(ctx.saved).toEqual({ refresh_token: vendor.refresh_token });
  vendor.heal();
  const { rows } = await tryStream(xero, { ...setup(vendor.url, ctx.saved["refresh_token"]), stream: "users" });
  expect(rows).toHaveLength(2);
});

test("invoices come by their change, to the second, in times that are times", async () => {
  const data = xeroData(210);
  await using vendor = await startXero(data);
  const first = await tryStream(xero, { ...setup(vendor.url), stream: "invoices" });
  expect(first.rows).toHaveLength(420);
  expect(first.rows[0]).toMatchObject({ InvoiceID: "Invoices-0", UpdatedDateUTC: "2026-01-01T00:00:00.000Z" });
  data.invoices.push({ InvoiceID: "invoice-900", at: 1040 });
  const again = { ...setup(vendor.url, vendor.refresh_token), stream: "invoices", cursor: first.cursor ?? null };
  const second = await tryStream(xero, again);
  expect(second.rows.map(({ InvoiceID }) => InvoiceID)).toEqual(["Invoices-900", "Invoices-900"]);
});

test("only chosen organisations are read, and journals go on after their number", async () => {
  const data = xeroData(5);
  await using vendor = await startXero(data, 2);
  const chosen = { tenant_ids: [data.tenants[1]?.tenantId] };
  const first = await tryStream(xero, { ...setup(vendor.url, XERO_FIRST_REFRESH, chosen), stream: "journals" });
  expect(first.rows.map(({ JournalNumber }) => JournalNumber)).toEqual([1, 2, 3, 4, 5]);
  expect(new Set(first.rows.map(({ tenant_id }) => tenant_id))).toEqual(new Set(chosen.tenant_ids));
  data.journals = 6;
  const more = { ...setup(vendor.url, vendor.refresh_token, chosen), stream: "journals", cursor: first.cursor ?? null };
  expect((await tryStream(xero, more)).rows.map(({ JournalNumber }) => JournalNumber)).toEqual([6]);
});

test("a refresh token that was used already is refused as bad credentials, once", async () => {
  await using vendor = await startXero();
  const reading = tryStream(xero, { ...setup(vendor.url, "a-token-of-last-year"), stream: "users" });
  await expect(reading).rejects.toMatchObject({ code: "credentials_rejected" });
  expect(vendor.requests).toHaveLength(1);
});
