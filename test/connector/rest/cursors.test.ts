import { describe, expect, test } from "vitest";
import { startHttpServer } from "../../harness/http-server.ts";
import { apiReader } from "./api-reader.ts";
import { type ListRecord, type ListRules, pagingOf, startListServer } from "./list-server.ts";

const ASC: ListRules = { order: "asc", inclusive: true, paging: "page", size: 2 };

function at(second: number): string {
  return `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`;
}

function records(...seconds: number[]): ListRecord[] {
  return seconds.map((second, id) => ({ id, at: at(second) }));
}

function options(base_url: string, cursor: object, more: object = {}): object {
  return {
    base_url,
    streams: { things: { path: "/things", primary_key: ["id"], cursor: { field: "at", ...cursor }, ...more } },
  };
}

function idsOf({ rows }: { rows: Record<string, unknown>[] }): unknown[] {
  return rows.map((row) => row["id"]);
}

describe("a stream in the order of its cursor", () => {
  test("carries a cursor with every page, and the marks of the records that stand at it", async () => {
    await using server = await startListServer(records(1, 2, 2, 3), ASC);
    const api = apiReader(options(server.url, { param: "since", ordered: "asc" }, { paginate: pagingOf(ASC) }));
    const { cursors } = await api.readAll("things");
    expect(cursors).toEqual([
      { at: at(2), seen: [expect.any(String)] },
      { at: at(3), seen: [expect.any(String)] },
      { at: at(3), seen: [expect.any(String)] },
    ]);
  });

  test("brings a record again that changed although its time did not", async () => {
    const all = records(1, 2);
    await using server = await startListServer(all, ASC);
    const api = apiReader(options(server.url, { param: "since", ordered: "asc" }, { paginate: pagingOf(ASC) }));
    const { cursor } = await api.readAll("things");
    (all[1] as ListRecord)["title"] = "changed within the same second";
    expect(idsOf(await api.readAll("things", cursor))).toEqual([1]);
  });

  test("never moves its cursor back, and never by a page that failed", async () => {
    await using server = await startHttpServer(({ query }) =>
      query.get("page") === "2" ? { status: 400, json: { message: "no" } } : { json: { data: records(1, 2) } },
    );
    const api = apiReader(options(server.url, { param: "since", ordered: "asc" }, { paginate: pagingOf(ASC) }));
    const batches = api.read("things");
    expect((await batches.next()).value).toMatchObject({ cursor: { at: at(2) } });
    await expect(batches.next()).rejects.toMatchObject({ code: "source_refused" });
  });

  test("that is out of order is read as one piece, and a merge that was stopped among it begins where it began", async () => {
    await using server = await startListServer(records(1, 3, 5, 2, 6), { ...ASC, order: "none" });
    const shuffled = options(server.url, { ordered: "asc" }, { paginate: pagingOf(ASC) });
    const api = apiReader(shuffled);
    const { cursors, rows, cursor } = await api.readAll("things");
    expect(rows).toHaveLength(5);
    expect(api.warnings).toEqual([expect.stringMatching(/do not come in the order of at.*set `ordered` to "none"/)]);
    expect(cursors).toContainEqual({});
    expect(cursor).toMatchObject({ at: at(6) });
  });

  test("that is out of order and appended says so again if it was stopped among it", async () => {
    const cursor = { at: at(5), seen: [], disordered: true };
    await using server = await startListServer(records(1), ASC);
    const api = apiReader(options(server.url, { ordered: "asc", param: "since" }, { mode: "append" }));
    await expect(api.readAll("things", cursor)).rejects.toMatchObject({
      code: "source_changed",
      message: expect.stringContaining("sluice state reset"),
    });
  });

  test("begins a new query where the API gives no more for one", async () => {
    const all = records(...Array.from({ length: 23 }, (_, index) => Math.floor(index / 2)));
    await using server = await startHttpServer(({ query }) => {
      const page = Number(query.get("page") ?? 1);
      if (page > 5) return { status: 400, json: { message: "beyond the limit of 10 records" } };
      const found = all.filter((record) => record.at >= (query.get("since") ?? ""));
      return { json: { data: found.slice((page - 1) * 2, page * 2) } };
    });
    const paginate = { type: "page", size: 2, max_records: 10 };
    const api = apiReader(options(server.url, { param: "since", ordered: "asc" }, { paginate }));
    expect(idsOf(await api.readAll("things"))).toEqual(all.map(({ id }) => id));
  });

  test("that asks anew after each page misses nothing that changes while it is read", async () => {
    const all = records(1, 2, 3, 4, 5, 6);
    await using server = await startListServer(all, ASC);
    const api = apiReader(
      options(server.url, { param: "since", ordered: "asc", requery: true }, { paginate: pagingOf(ASC) }),
    );
    const batches = api.read("things");
    const ids = idsOf((await batches.next()).value);
    Object.assign(all[0] as ListRecord, { at: at(50) });
    for await (const { rows } of batches) ids.push(...rows.map((row) => row["id"]));
    expect(new Set(ids)).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  });

  test("fails where more records share a value than the API gives for one query", async () => {
    const all = records(...Array.from({ length: 8 }, () => 1));
    await using server = await startListServer(all, ASC);
    const paginate = { type: "page", size: 2, max_records: 4 };
    const api = apiReader(options(server.url, { param: "since", ordered: "asc" }, { paginate }));
    await expect(api.readAll("things")).rejects.toMatchObject({
      code: "source_failed",
      message: expect.stringContaining("more than that have one value of at"),
    });
  });
});

describe("a stream with the newest first", () => {
  test("stops at what it has where the API cannot be asked for what is new", async () => {
    const all = records(1, 2, 3, 4, 5, 6, 7, 8);
    const rules: ListRules = { ...ASC, order: "desc", size: 3 };
    await using server = await startListServer(all, rules);
    const api = apiReader(options(server.url, { ordered: "desc" }, { paginate: pagingOf(rules) }));
    const first = await api.readAll("things");
    expect(first.cursors).toEqual([{ at: at(8), seen: [expect.any(String)] }]);
    all.push({ id: 8, at: at(9) });
    server.requests.length = 0;
    expect(idsOf(await api.readAll("things", first.cursor))).toEqual([8]);
    expect(server.requests).toHaveLength(1);
  });

  test("goes on at the page where it was stopped, and ends with the cursor of the first page", async () => {
    const rules: ListRules = { ...ASC, order: "desc", paging: "after" };
    await using server = await startListServer(records(1, 2, 3, 4, 5, 6), rules);
    const api = apiReader(options(server.url, { param: "since", ordered: "desc" }, { paginate: pagingOf(rules) }));
    const batches = api.read("things");
    const { value } = await batches.next();
    await batches.return(undefined);
    expect(value.cursor).toMatchObject({ open: { turn: { params: { after: 4 } }, at: at(6) } });
    const rest = await api.readAll("things", value.cursor);
    expect(idsOf(rest)).toEqual([3, 2, 1, 0]);
    expect(rest.cursor).toEqual({ at: at(6), seen: [expect.any(String)] });
  });

  test("is merged from its beginning when the page to go on at is gone, and not appended", async () => {
    const rules: ListRules = { ...ASC, order: "desc", paging: "after" };
    const all = records(1, 2);
    await using server = await startHttpServer(({ query }) =>
      query.has("after") ? { status: 410, json: { message: "expired" } } : { json: { data: all, more: false } },
    );
    const open = { open: { turn: { params: { after: 9 } }, at: at(9) } };
    const paginate = pagingOf(rules);
    const api = apiReader(options(server.url, { ordered: "desc" }, { paginate }));
    expect(idsOf(await api.readAll("things", open))).toEqual([0, 1]);
    expect(api.warnings).toEqual([expect.stringContaining("cannot be read on where it was stopped (410)")]);
    const appended = apiReader(options(server.url, { ordered: "desc" }, { paginate, mode: "append" }));
    await expect(appended.readAll("things", open)).rejects.toMatchObject({ code: "source_changed" });
  });
});

describe("windows", () => {
  const day = (n: number) => `2026-01-0${n}T00:00:00.000Z`;
  const window = { from_param: "since", to_param: "until", step_s: 86_400 };

  test("are asked for one after the other, each a checkpoint, and a record at a border counts once", async () => {
    const all = [day(1), day(2), day(2), day(3)].map((time, id) => ({ id, at: time }));
    await using server = await startListServer(all, ASC);
    const cursor = { start: day(1), lag_s: (Date.now() - Date.parse(day(4)) - 3_600_000) / 1000 };
    const api = apiReader(options(server.url, cursor, { window, paginate: pagingOf(ASC), mode: "append" }));
    const { rows, cursors } = await api.readAll("things");
    expect(rows.map((row) => row["id"])).toEqual([0, 1, 2, 3]);
    expect(cursors.map((it) => (it as { at: string }).at)).toEqual([day(2), day(3), day(4), day(4)]);
    expect(server.requests.map(({ query }) => query.get("since")).filter((it, i, list) => it !== list[i - 1])).toEqual([
      day(1),
      day(2),
      day(3),
      day(4),
    ]);
  });

  test("drop what the API gives of other times, so that a closed interval does not double", async () => {
    const all = [day(1), day(2), day(3)].map((time, id) => ({ id, at: time }));
    await using server = await startHttpServer(({ query }) => {
      const [from, to] = [query.get("since") ?? "", query.get("until") ?? ""];
      return { json: { data: all.filter(({ at }) => at >= from && at <= to) } };
    });
    const cursor = { start: day(1), lag_s: (Date.now() - Date.parse(day(4)) - 3_600_000) / 1000 };
    const api = apiReader(options(server.url, cursor, { window, paginate: { type: "none" }, mode: "append" }));
    expect((await api.readAll("things")).rows.map((row) => row["id"])).toEqual([0, 1, 2]);
  });

  test("that are not over move the cursor to their newest record, not to the time of this machine", async () => {
    const recent = new Date(Date.now() - 7_200_000).toISOString();
    await using server = await startListServer([{ id: 1, at: recent }], ASC);
    const start = new Date(Date.now() - 2.5 * 86_400_000).toISOString();
    const api = apiReader(options(server.url, { start }, { window, paginate: pagingOf(ASC), mode: "append" }));
    const { cursor, rows } = await api.readAll("things");
    expect(rows).toHaveLength(1);
    expect(cursor).toEqual({ at: recent, seen: [expect.any(String)] });
    expect((await api.readAll("things", cursor)).rows).toEqual([]);
  });

  test("that are not over by the source's clock are not passed by a machine whose clock is ahead", async () => {
    const DAY_MS = 86_400_000;
    const all = [{ id: 1, at: new Date(Date.now() - 2 * DAY_MS - 3_600_000).toISOString() }];
    await using server = await startHttpServer(({ query }) => {
      const [from, to] = [query.get("since") ?? "", query.get("until") ?? ""];
      const headers = { date: new Date(Date.now() - 2 * DAY_MS).toUTCString() };
      return { headers, json: { data: all.filter(({ at }) => at >= from && at < to) } };
    });
    const start = new Date(Date.now() - 4.5 * DAY_MS).toISOString();
    const api = apiReader(options(server.url, { start }, { window, paginate: { type: "none" }, mode: "append" }));
    const first = await api.readAll("things");
    expect(first.cursor).toEqual({ at: all[0]?.at, seen: [expect.any(String)] });
    all.push({ id: 2, at: new Date(Date.now() - 2 * DAY_MS - 60_000).toISOString() });
    expect((await api.readAll("things", first.cursor)).rows).toMatchObject([{ id: 2 }]);
    const things = { path: "/things", cursor: { start }, window, paginate: { type: "none" }, records: "data" };
    const whole = await apiReader({ base_url: server.url, streams: { things } }).readAll("things");
    expect([whole.rows, whole.cursor]).toEqual([[], { at: new Date(Date.parse(start) + 2 * DAY_MS).toISOString() }]);
  });

  test("without a cursor field are read only when they are over", async () => {
    await using server = await startHttpServer(({ query }) => ({ json: { data: [{ from: query.get("since") }] } }));
    const start = new Date(Date.now() - 2.5 * 86_400_000).toISOString();
    const things = { path: "/things", cursor: { start }, window, paginate: { type: "none" } };
    const { rows } = await apiReader({ base_url: server.url, streams: { things } }).readAll("things");
    expect(rows).toHaveLength(2);
  });
});

describe("what a cursor asks for", () => {
  test.each([
    ["as the source wrote it", {}, "2026-01-01T02:03:04.567+02:00"],
    ["iso", { format: "iso" }, "2026-01-01T00:03:04.567Z"],
    ["iso_s", { format: "iso_s" }, "2026-01-01T00:03:04Z"],
    ["iso_date", { format: "iso_date" }, "2026-01-01"],
    ["epoch_s", { format: "epoch_s" }, "1767225784"],
    ["epoch_ms", { format: "epoch_ms" }, "1767225784567"],
    ["a pattern", { format: "yyyy/MM/dd HH:mm" }, "2026/01/01 00:03"],
    ["with a lookback", { format: "epoch_s", lookback_s: 60 }, "1767225724"],
  ])("is written %s", async (_, how, wanted) => {
    await using server = await startHttpServer(() => ({ json: [] }));
    const api = apiReader(options(server.url, { param: "since", ordered: "asc", ...how }));
    await api.readAll("things", "2026-01-01T02:03:04.567+02:00");
    expect(server.requests[0]?.query.get("since")).toBe(wanted);
  });

  test("stands in any text, and begins at `start`", async () => {
    await using server = await startHttpServer(() => ({ json: [] }));
    const params = { jql: 'project = A AND updated >= "{cursor}" ORDER BY updated ASC' };
    const cursor = { ordered: "asc", format: "yyyy-MM-dd HH:mm", start: "2026-01-01T00:00:00Z" };
    await apiReader(options(server.url, cursor, { params })).readAll("things");
    expect(server.requests[0]?.query.get("jql")).toBe(
      'project = A AND updated >= "2026-01-01 00:00" ORDER BY updated ASC',
    );
  });

  test("is left out on the first read where it is a whole parameter", async () => {
    await using server = await startHttpServer(() => ({ json: [] }));
    await apiReader(options(server.url, {}, { params: { since: "{cursor}", all: true } })).readAll("things");
    expect(server.requests[0]?.query.toString()).toBe("all=true");
  });

  test("may be coarser than the records: those that come again are known, those that are new are not", async () => {
    const all = records(10, 20, 30);
    await using server = await startHttpServer(({ query }) => {
      const minute = (query.get("since") ?? "").slice(0, 16);
      return { json: all.filter((record) => record.at.slice(0, 16) >= minute) };
    });
    const cursor = { param: "since", ordered: "asc", format: "yyyy-MM-ddTHH:mm" };
    const api = apiReader(options(server.url, cursor, { mode: "append" }));
    const first = await api.readAll("things");
    expect(first.cursor).toMatchObject({ at: at(30), seen: { length: 3 } });
    all.push({ id: 3, at: at(15) }, { id: 4, at: at(40) });
    expect(idsOf(await api.readAll("things", first.cursor)).sort()).toEqual([3, 4]);
  });

  test("leaves what is younger than the lag for the next run", async () => {
    const now = Date.now();
    const all = [10_000, 5_000, 0].map((age, id) => ({ id, at: new Date(now - age * 1000).toISOString() }));
    await using server = await startListServer(all, ASC);
    const cursor = { param: "since", ordered: "asc", lag_s: 3600 };
    const api = apiReader(options(server.url, cursor, { paginate: pagingOf(ASC) }));
    const first = await api.readAll("things");
    expect(idsOf(first)).toEqual([0, 1]);
    expect(first.cursor).toMatchObject({ at: all[1]?.at });
  });

  test("reads again what lies within the lookback, which must be merged", async () => {
    await using server = await startListServer(records(1, 10, 20), ASC);
    const cursor = { param: "since", ordered: "asc", lookback_s: 15, format: "iso_s" };
    const api = apiReader(options(server.url, cursor, { paginate: pagingOf(ASC) }));
    const first = await api.readAll("things");
    expect(idsOf(await api.readAll("things", first.cursor))).toEqual([1]);
  });

  test("keeps the digits of numbers that a double cannot hold", async () => {
    const numbers = ["9007199254740993", "9007199254740995"];
    await using server = await startHttpServer(({ query }) => {
      const since = BigInt(query.get("since") ?? "0");
      const found = numbers.filter((it) => BigInt(it) >= since).map((it) => `{"id":${it}}`);
      return { body: `[${found.join(",")}]`, headers: { "content-type": "application/json" } };
    });
    const api = apiReader(options(server.url, { field: "id", param: "since", ordered: "asc" }, { mode: "append" }));
    const first = await api.readAll("things");
    expect(first.cursor).toMatchObject({ at: "9007199254740995" });
    expect((await api.readAll("things", first.cursor)).rows).toEqual([]);
    expect(server.requests.at(-1)?.query.get("since")).toBe("9007199254740995");
  });
});

test("records without the cursor's field are merged with a warning, and never appended", async () => {
  await using server = await startHttpServer(() => ({
    json: [
      { id: 1, at: at(1) },
      { id: 2, at: null },
    ],
  }));
  const merged = apiReader(options(server.url, { ordered: "asc" }));
  expect(idsOf(await merged.readAll("things"))).toEqual([1, 2]);
  expect(merged.warnings).toEqual([expect.stringContaining("records of things have no at")]);
  const appended = await apiReader(options(server.url, { ordered: "asc" }, { mode: "append" })).readAll("things");
  expect(idsOf(appended)).toEqual([1]);
  expect(appended.rejects).toEqual([
    {
      position: `GET ${server.url}/things record 2`,
      reason: expect.stringContaining("cursor field at"),
      text: expect.any(String),
      before: 1,
    },
  ]);
});

test("a cursor that other options made is refused with how to begin again", async () => {
  await using server = await startListServer([], ASC);
  const api = apiReader(options(server.url, { ordered: "asc" }));
  await expect(api.readAll("things", { parents: {} })).rejects.toMatchObject({
    code: "source_changed",
    message: expect.stringContaining("sluice state reset"),
  });
});
