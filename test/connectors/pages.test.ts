import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CONNECTOR_PAGES, connectorPages } from "../../scripts/connector-pages.ts";

test("docs/connectors/ is up to date: `npm run docs` writes it", async () => {
  const pages = await connectorPages();
  expect(readdirSync(CONNECTOR_PAGES).sort()).toEqual([...pages.keys()].sort());
  for (const [file, text] of pages) expect(readFileSync(new URL(file, CONNECTOR_PAGES), "utf8"), file).toBe(text);
});

/** What they read is for the user to say. A connector without secrets needs no guide to them. */
const GENERAL = ["README.md", "airbyte.md", "files.md", "postgres.md", "rest_api.md", "singer.md"];

test("every connector of a service has a guide, with streams that are described", async () => {
  const pages = await connectorPages();
  for (const [file, text] of pages) {
    if (GENERAL.includes(file) || !text.includes("\n## Secrets\n")) continue;
    expect(text, file).toContain("## Credentials");
    expect(text, `${file}: a stream has no description`).not.toMatch(/^\| `\w+` \| {2}\| (append|merge|replace) \|/m);
  }
});
