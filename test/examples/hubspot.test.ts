import { beforeAll, expect, test } from "vitest";
import { requestsFailed } from "../bad-input/rest-api-run.ts";
import { startHttpServer } from "../harness/http-server.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { exampleWorkspace, idsIn, runUntil, runWell, secondsAfter, sorted } from "./example-workspace.ts";
import { HUBSPOT_TOKEN, type Hubspot, type HubspotObject, hubspotServer } from "./hubspot-server.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

function contact(id: number, changed: Date): HubspotObject {
  const time = changed.toISOString();
  return {
    id: String(id),
    properties: { email: `c${id}@example.com`, lastmodifieddate: time, hs_lastmodifieddate: time },
  };
}

/** Imports give many contacts one time. */
function portal(contacts: number): Hubspot {
  const all = Array.from({ length: contacts }, (_, id) => contact(id, secondsAfter(Math.floor(id / 150))));
  return { contacts: all, companies: all.slice(0, 120) };
}

function setup(url: string, namespace: string) {
  return { url, namespace, secrets: { token: HUBSPOT_TOKEN } };
}

test("HubSpot is loaded whole beyond the 10,000 results of one search, then only what changed", async () => {
  const data = portal(10_300);
  const hubspot = hubspotServer(data);
  await using server = await startHttpServer(hubspot.handler);
  await using ws = await exampleWorkspace(database, "hubspot", setup(server.url, "hubspot"));
  const first = await runWell(ws);
  expect(first.read).toEqual({ contacts: 10_300, companies: 120, owners: 1 });
  expect(await idsIn(database, "hubspot.contacts")).toEqual(sorted(data.contacts.map(({ id }) => id)));

  const newest = new Date(data.contacts.at(-1)?.properties["lastmodifieddate"] ?? "");
  data.contacts.push(contact(20_000, newest), contact(20_001, new Date(newest.getTime() + 5)));
  Object.assign(data.contacts[0]?.properties ?? {}, {
    lastmodifieddate: new Date(newest.getTime() + 9).toISOString(),
    email: "new@example.com",
  });
  hubspot.refuse(1, { status: 429, json: { status: "error", errorType: "RATE_LIMIT", policyName: "SECONDLY" } });
  const second = await runWell(ws);
  expect(second.read).toEqual({ contacts: 3, companies: 0, owners: 1 });
  expect(requestsFailed(second.events)).toBe(1);
  const { rows } = await database.client.query("select email from hubspot.contacts where id = '0'");
  expect(rows).toEqual([{ email: "new@example.com" }]);
});

test.each([2, 5, 9])("HubSpot interrupted at request %d ends exactly right with the next run", async (requests) => {
  const data = portal(900);
  const hubspot = hubspotServer(data);
  await using server = await startHttpServer(hubspot.handler);
  const namespace = `hubspot_cut_${requests}`;
  await using ws = await exampleWorkspace(database, "hubspot", setup(server.url, namespace));
  expect((await runUntil(ws, hubspot, requests)).result.status).toBe("cancelled");
  await runWell(ws);
  expect(await idsIn(database, `${namespace}.contacts`)).toEqual(sorted(data.contacts.map(({ id }) => id)));
});

test("HubSpot's missing scope says what to do", async () => {
  const hubspot = hubspotServer(portal(1));
  hubspot.refuse(9, {
    status: 403,
    json: { status: "error", message: "This app hasn't been granted all required scopes", category: "MISSING_SCOPES" },
  });
  await using server = await startHttpServer(hubspot.handler);
  await using ws = await exampleWorkspace(database, "hubspot", setup(server.url, "hubspot_no"));
  const { result } = await ws.run("api");
  expect([result.exit_code, result.error?.code]).toEqual([3, "credentials_rejected"]);
  expect(result.error?.message).toContain("the private app lacks a scope");
});
