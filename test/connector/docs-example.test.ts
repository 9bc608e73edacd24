import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { conformanceChecks } from "../../src/connector/conformance/conformance-checks.ts";
import type { Connector } from "../../src/connector/define-connector.ts";
import { tryStream } from "../../src/connector/testing/try-stream.ts";
import { startHttpServer } from "../harness/http-server.ts";

const PAGE = join(import.meta.dirname, "../../docs/connectors.md");
const ORDERS = Array.from({ length: 250 }, (_, i) => ({ id: i + 1, updated_at: `2026-01-${10 + Math.floor(i / 50)}` }));

/** The example as a file of its own: the first block of the page. */
async function exampleConnector(): Promise<Connector> {
  const [, source = ""] = /```ts\n([\s\S]*?)```/.exec(await readFile(PAGE, "utf8")) ?? [];
  const folder = await mkdtemp(join(tmpdir(), "sluice-example-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const kit = JSON.stringify(join(import.meta.dirname, "../../src/connector/index.ts"));
  await writeFile(join(folder, "shop.ts"), source.replace('"sluice/connector"', kit));
  return (await import(join(folder, "shop.ts"))).default;
}

test("the example of the page about connectors reads a shop, and only what is new the next time", async () => {
  await using server = await startHttpServer(({ path, query, headers }) => {
    if (headers.authorization !== "Bearer t0ken") return { status: 401, json: { message: "who are you?" } };
    if (path === "/api/me") return { json: { name: "Ada" } };
    const after = Number(query.get("after") ?? 0);
    const found = ORDERS.filter((order) => order.updated_at >= (query.get("since") ?? "") && order.id > after);
    const orders = found.slice(0, Number(query.get("size")));
    return { json: { orders, next: found.length > orders.length ? orders.at(-1)?.id : null } };
  });
  const connector = await exampleConnector();
  for (const check of conformanceChecks({ name: "shop", connector })) await check.run();
  const trial = { options: { url: `${server.url}/api` }, secrets: { token: "t0ken" } };
  const first = await tryStream(connector, trial);
  expect(first.rows).toEqual(ORDERS);
  const again = await tryStream(connector, { ...trial, cursor: first.cursor as string });
  expect(again.rows.map(({ id }) => id)).toEqual(ORDERS.slice(-50).map(({ id }) => id));
  await expect(tryStream(connector, { ...trial, secrets: { token: "wrong" } })).rejects.toMatchObject({
    code: "credentials_rejected",
  });
});
