import { join } from "node:path";
import { test } from "vitest";
import { csvSource, jsonLinesSource, messagesSource } from "./file-sources.ts";
import { httpSource } from "./http-source.ts";
import { proveTap } from "./tap-case.ts";

test("tap-jsonl", async () => {
  await using source = await jsonLinesSource();
  await proveTap(source, {
    ...{ stream: "people", table: "people", cursor: undefined, resumes: false },
    options: {
      package: "tap-jsonl==0.3.1",
      config: { path: join(source.folder, "*.jsonl"), stream_name: "people", primary_keys: ["id"] },
    },
  });
});

test("tap-spreadsheets", async () => {
  await using source = await csvSource();
  const file = { path: join(source.folder, "*.csv"), format: "csv", table_name: "people", primary_keys: ["id"] };
  await proveTap(source, {
    ...{ stream: "people", table: "people", cursor: undefined, resumes: false },
    options: { package: "tap-spreadsheets==1.1.2", config: { files: [file] } },
  });
});

test("tap-singer-jsonl", async () => {
  await using source = await messagesSource();
  await proveTap(source, {
    ...{ stream: "people", table: "people", cursor: undefined, resumes: false },
    options: {
      package: "tap-singer-jsonl==0.1.0",
      config: { source: "local", local: { folders: [source.folder] }, add_record_metadata: false },
    },
  });
});

test("tap-rest-api-msdk", async () => {
  await using source = await httpSource();
  const people = { name: "people", path: "/people", records_path: "$.people[*]", primary_keys: ["id"] };
  const incremental = { replication_key: "seq", source_search_field: "since", source_search_query: "$last_run_date" };
  await proveTap(source, {
    // It takes its records for unsorted, and says that a read that was interrupted begins again.
    ...{ stream: "people", table: "people", cursor: "seq", resumes: false },
    options: {
      package: "tap-rest-api-msdk==1.4.2",
      config: { api_url: source.url, streams: [{ ...people, ...incremental, num_inference_keys: 500 }] },
    },
  });
});
