import { expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

const STREAMS = { streams: { cards: { rows: 3 } } };

test.each([
  [{ mode: "append", deleted_field: "gone" }, /`deleted_field` means something in the mode merge only/],
  [{ mode: "replace", primary_key: ["id"], keep_history: true }, /`keep_history` means something in the mode merge/],
  [{ mode: "merge", primary_key: ["id"], deletes: "soft" }, /Name their mark with `deleted_field`/],
  [{ mode: "merge", primary_key: ["id"], keep_history: true, deleted_field: "g", deletes: "soft" }, /Unset `deletes`/],
  [{ mode: "merge", primary_key: ["id"], keep_history: true, replace_by: "swap" }, /Unset `replace_by`/],
  [{ mode: "merge", primary_key: ["id"], keep_history: true, nested: "tables" }, /`nested` to jsonb, or unset `keep/],
  [
    { mode: "merge", primary_key: ["id"], keep_history: true, version_field: "v", deleted_field: "g" },
    /Unset `version_field` or `deleted_field`/,
  ],
])(
  "settings that would do nothing or contradict each other are refused before anything is read: %o",
  async (cards, message) => {
    await using database = await freshDatabase();
    const connections = [{ name: "board", options: STREAMS, schema: { streams: { cards } } }];
    await using ws = await testWorkspace({ address: database.address, connections });
    const { result, events } = await ws.run("board");
    expect(result).toMatchObject({ status: "failed", exit_code: 3, error: { code: "connection_invalid" } });
    expect(result.error?.message).toMatch(message);
    expect(events.some((event) => event.kind === "stream.start")).toBe(false);
  },
);

test("settings of a stream reach its table", async () => {
  await using database = await freshDatabase();
  const cards = { mode: "merge", primary_key: ["id"], keep_history: true };
  const connections = [{ name: "board", options: STREAMS, schema: { streams: { cards }, lock_timeout_s: 5 } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  expect((await ws.run("board")).result).toMatchObject({
    status: "success",
    stats: { cards: { inserted: 3, unchanged: 0 } },
  });
  const { rows } = await database.client.query(
    "select count(*)::int as n from board.cards where _sluice_valid_to is null",
  );
  expect(rows).toEqual([{ n: 3 }]);
});
