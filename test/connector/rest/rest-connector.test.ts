import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { conformanceChecks } from "../../../src/connector/conformance/conformance-checks.ts";
import type { Connector } from "../../../src/connector/define-connector.ts";
import { createHttpSession } from "../../../src/connector/http/http-session.ts";
import { connectorContext } from "../../harness/connector-context.ts";
import type { TestAnswer } from "../../harness/http-server.ts";
import { bearer, moment, startVendor, type Vendor } from "../../vendors/vendor.ts";
import { skippingClock } from "./rest-workspace.ts";

const PAGE = join(import.meta.dirname, "../../../docs/connectors.md");
const TOKEN = "a-token-of-the-desk";

const TICKETS = Array.from({ length: 20 }, (_, id) => ({ id, updated_at: moment(Math.floor(id / 3)).toISOString() }));
const error = (status: number, message: string): TestAnswer => ({ status, json: { message } });

/** The help desk of the page, in pages of 8. */
function desk(denied?: string): Promise<Vendor> {
  return startVendor({
    admit: bearer(TOKEN, error(401, "who are you?")),
    error,
    routes: {
      "GET /me": () => ({ json: { email: "ada@example.com" } }),
      "GET /tickets": ({ query }) => {
        if (denied === "tickets") return error(403, "not for you");
        const from = Number(query.get("from") ?? 0);
        const found = TICKETS.filter(({ updated_at }) => updated_at >= (query.get("updated_since") ?? ""));
        const params = new URLSearchParams({
          from: String(from + 8),
          updated_since: query.get("updated_since") ?? "",
        });
        const next = from + 8 < found.length ? { next: `/tickets?${params}` } : {};
        return { json: { items: found.slice(from, from + 8), ...next } };
      },
      "GET /tickets/{id}/comments": (_, { id }) => ({ json: { items: [{ id: Number(id) * 10, text: "Hm." }] } }),
    },
  });
}

let connector: Connector;
beforeAll(async () => {
  const source = [...(await readFile(PAGE, "utf8")).matchAll(/```ts\n([\s\S]*?)```/g)]
    .map(([, block = ""]) => block)
    .find((block) => block.includes("defineRestConnector"));
  const folder = await mkdtemp(join(tmpdir(), "sluice-desk-"));
  const kit = JSON.stringify(join(import.meta.dirname, "../../../src/connector/index.ts"));
  await writeFile(join(folder, "desk.ts"), (source ?? "").replace('"sluice/connector"', kit));
  connector = (await import(join(folder, "desk.ts"))).default;
  return () => rm(folder, { recursive: true });
});

describe("the REST connector of the page about connectors", () => {
  test("passes the conformance suite", async () => {
    const prepare = async () => {
      const vendor = await desk();
      return vendor.fixture({ options: { api_url: vendor.url }, secrets: { token: TOKEN } });
    };
    for (const { title, run } of conformanceChecks({ name: "desk", connector }, prepare))
      await run().catch((cause: Error) => expect.fail(`${title}: ${cause.message}`));
  });

  test("says who is logged in", async () => {
    await using vendor = await desk();
    expect(await checked(vendor)).toEqual({ message: "logged in as ada@example.com", details: {} });
  });

  test("fails its check when nothing at all may be read", async () => {
    await using vendor = await desk("tickets");
    await expect(checked(vendor)).rejects.toMatchObject({ code: "credentials_rejected" });
  });
});

async function checked(vendor: Vendor) {
  const session = createHttpSession();
  const { signal } = new AbortController();
  const use = { signal, emit: () => {}, log: () => {}, clock: skippingClock() };
  const ctx = connectorContext({
    options: connector.options.parse({ api_url: vendor.url }),
    secrets: { token: TOKEN },
    http: async (given = {}) => session.client(given, use),
  });
  try {
    return await connector.check(ctx);
  } finally {
    await session.close();
  }
}
