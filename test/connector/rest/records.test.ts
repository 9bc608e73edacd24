import { describe, expect, test } from "vitest";
import { startHttpServer } from "../../harness/http-server.ts";
import { apiReader, type ReadThrough, stored } from "./api-reader.ts";

async function read(answer: unknown, stream: object = {}): Promise<ReadThrough> {
  await using server = await startHttpServer(() => ({ json: answer }));
  const options = {
    base_url: server.url,
    streams: { things: { path: "/things", paginate: { type: "none" }, ...stream } },
  };
  return stored(await apiReader(options).readAll("things"));
}

describe("where records are", () => {
  test.each([
    ["the answer itself", [{ id: 1 }], undefined],
    ["its only list", { total: 1, rows: [{ id: 1 }] }, undefined],
    ["the list of a usual name among several", { included: [], data: [{ id: 1 }] }, undefined],
    ["a JSON pointer", { a: { b: [{ id: 1 }] }, data: [] }, "/a/b"],
    ["a dotted path", { a: { b: [{ id: 1 }] } }, "a.b"],
    ["a path with a wildcard", { groups: [{ items: [{ id: 1 }] }, { items: [] }] }, "groups.*.items"],
    ["the answer as one record", { id: 1 }, ""],
    ["an object at the path as one record", { user: { id: 1 } }, "user"],
  ])("is %s", async (_, answer, records) => {
    expect((await read(answer, records === undefined ? {} : { records })).rows).toEqual([{ id: 1 }]);
  });

  test.each([
    [
      "nothing at the place",
      { message: "quota exceeded" },
      { records: "data" },
      /nothing at data \(it has message\).*"quota exceeded"/,
    ],
    ["several lists", { a: [], b: [] }, {}, /several lists: \/a, \/b.*Set `records`/],
    ["no list", { error: { message: "odd" } }, {}, /no list of records.*It says: "odd"/],
  ])("is an error where there is %s", async (_, answer, stream, says) => {
    await expect(read(answer, stream)).rejects.toMatchObject({
      code: "source_format",
      message: expect.stringMatching(says),
    });
  });

  test("may be nowhere, if that means that there are none", async () => {
    expect((await read({ kind: "list" }, { records: "items", records_missing: "empty" })).rows).toEqual([]);
  });
});

describe("rows", () => {
  const record = { id: 1, name: "Ada", user: { login: "ada", admin: true }, lines: [{ sku: "a" }, { sku: "b" }] };

  test.each([
    ["are the records as they are", {}, [record]],
    ["have only the fields that are selected", { fields: { select: ["id"] } }, [{ id: 1 }]],
    ["lack those that are excluded", { fields: { exclude: ["user", "lines"] } }, [{ id: 1, name: "Ada" }]],
    [
      "have fields lifted from within, new names and constants",
      { fields: { select: ["id"], lift: { login: "user.login" }, rename: { id: "key" }, constants: { source: "x" } } },
      [{ key: 1, login: "ada", source: "x" }],
    ],
    [
      "are the items of a list in the record, with what the record gives them",
      { expand: { path: "lines", include: { order_id: "id" } } },
      [
        { sku: "a", order_id: 1 },
        { sku: "b", order_id: 1 },
      ],
    ],
  ])("%s", async (_, stream, wanted) => {
    expect((await read([record], stream)).rows).toEqual(wanted);
  });

  test("need their key, and are objects: the others are rejected with their place", async () => {
    await using server = await startHttpServer(() => ({ json: [{ id: 1 }, { id: null }, {}, 7, null, [1]] }));
    const things = { path: "/things", paginate: { type: "none" }, primary_key: ["id"], params: { page: 2 } };
    const { rows, rejects } = await apiReader({ base_url: server.url, streams: { things } }).readAll("things");
    expect(rows).toEqual([{ id: 1 }]);
    const place = (n: number) => `GET ${server.url}/things?page=2 record ${n}`;
    expect(rejects).toEqual([
      { position: place(2), reason: "the key id is missing or null", text: '{"id":null}', before: 1 },
      { position: place(3), reason: "the key id is missing or null", text: "{}", before: 1 },
      { position: place(4), reason: "the record is a number, no object", text: "7", before: 1 },
      { position: place(5), reason: "the record is null, no object", text: "null", before: 1 },
      { position: place(6), reason: "the record is a list, no object", text: "[1]", before: 1 },
    ]);
  });

  test("may be made of records that are no objects", async () => {
    expect((await read(["a", "b"], { scalars: "value" })).rows).toEqual([{ value: "a" }, { value: "b" }]);
  });
});

describe("what an answer means", () => {
  const rules = [{ status: 200, body: { path: "ok", equals: false }, action: "fail", message: "the query is wrong" }];

  test("is told by its body too", async () => {
    const failing = read({ ok: false, data: [] }, { records: "data", on_error: rules });
    await expect(failing).rejects.toMatchObject({ message: expect.stringContaining("the query is wrong") });
    expect((await read({ ok: true, data: [{ id: 1 }] }, { records: "data", on_error: rules })).rows).toHaveLength(1);
  });

  test("may be that it is to be asked again, by POST too", async () => {
    let asked = 0;
    await using server = await startHttpServer(() => ({
      json: ++asked < 3 ? { state: "computing" } : { data: [{ id: 1 }] },
    }));
    const on_error = [{ body: { path: "state", matches: "^comp" }, action: "retry" }];
    const things = {
      path: "/things",
      method: "POST",
      body: { q: 1 },
      paginate: { type: "none" },
      records: "data",
      on_error,
    };
    const api = apiReader({ base_url: server.url, streams: { things } });
    expect((await api.readAll("things")).rows).toEqual([{ id: 1 }]);
    expect(asked).toBe(3);
  });

  test("is decided by the first rule that fits, a stream's own before those for all", async () => {
    await using server = await startHttpServer(() => ({ status: 422, json: { code: "empty" } }));
    const things = { path: "/things", on_error: [{ status: [400, 422], action: "ignore" }] };
    const defaults = { on_error: [{ status: 422, action: "fail" }] };
    const api = apiReader({ base_url: server.url, defaults, streams: { things } });
    expect((await api.readAll("things")).rows).toEqual([]);
    expect(api.warnings).toEqual(["reading things: an answer with status 422 was skipped"]);
  });
});
