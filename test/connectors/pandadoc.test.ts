import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import pandadoc from "../../connectors/pandadoc.ts";
import { document, PANDADOC_KEY, startPandadoc } from "../vendors/pandadoc-server.ts";
import { moment } from "../vendors/vendor.ts";

const setup = (url: string, options: object = {}) => ({
  options: { api_url: `${url}/public/v1`, requests_per_minute: 10_000, ...options },
  secrets: { api_key: PANDADOC_KEY },
});

test("a document that changes while pages are read is not lost, nor are those behind it", async () => {
  const documents = Array.from({ length: 250 }, (_, n) => document(n));
  await using vendor = await startPandadoc(documents);
  vendor.onRequest = (number) => {
    if (number === 2) documents[3] = document(3, moment(400));
  };
  const { rows, cursor } = await tryStream(pandadoc, { ...setup(vendor.url), stream: "documents" });
  expect(new Set(rows.map(({ id }) => id)).size).toBe(250);
  expect(rows.some(({ date_modified }) => date_modified === documents[3]?.date_modified)).toBe(true);
  documents.push(document(900, moment(500)));
  const second = await tryStream(pandadoc, { ...setup(vendor.url), stream: "documents", cursor: cursor ?? null });
  expect(second.rows.map(({ id }) => id)).toEqual(["doc900"]);
});

test("details are asked for within the budget, and only of what has changed", async () => {
  const documents = [0, 1, 2].map((n) => document(n));
  await using vendor = await startPandadoc(documents);
  const details = { ...setup(vendor.url, { budget: 2 }), stream: "document_details" };
  const first = await tryStream(pandadoc, details);
  expect(first.rows.map(({ id }) => id)).toEqual(["doc0", "doc1"]);
  documents[0] = document(0, moment(60));
  const second = await tryStream(pandadoc, { ...details, cursor: first.cursor ?? null });
  expect(second.rows.map(({ id }) => id)).toEqual(["doc2", "doc0"]);
});

test("what is in the bin has a stream of its own", async () => {
  await using vendor = await startPandadoc([document(0), { ...document(1), deleted: true }]);
  const { rows } = await tryStream(pandadoc, { ...setup(vendor.url), stream: "deleted_documents" });
  expect(rows.map(({ id }) => id)).toEqual(["doc1"]);
});
