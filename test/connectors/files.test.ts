import { describe, expect, it } from "vitest";
import files from "../../connectors/files.ts";
import { SourceFolder } from "../connector/file-source/source-folder.ts";
import { connectorContext } from "../harness/connector-context.ts";

function contextIn(folder: SourceFolder, options: unknown) {
  return connectorContext({
    options: files.options.parse(options),
    secrets: {},
    workspace: folder.root,
    connection: "my_files",
  });
}

async function streamsOf(folder: SourceFolder, options: unknown) {
  return typeof files.streams === "function" ? files.streams(contextIn(folder, options)) : files.streams;
}

describe("the files connector", () => {
  it.each([
    ["data/Orders.csv", "orders"],
    ["data/orders-*.csv.gz", "orders"],
    ["data/OrderItems_2024.ndjson.zst", "order_items_2024"],
    ["data/orders-{jan,feb}-[0-9].csv", "orders"],
    ["logs/2024/*.json", "file_2024"],
    ["logs/**/*.json", "logs"],
    ["data/Café.csv", "cafe"],
    ["*.csv", "my_files"],
    ["us-10m.v2.json", "us_10m_v2"],
  ])("names the stream of %s %s", async (path, name) => {
    const streams = await streamsOf(await SourceFolder.create(), { path });
    expect(streams.map((stream) => stream.name)).toEqual([name]);
  });

  it("makes one stream of each path, or of all when it is named", async () => {
    const folder = await SourceFolder.create();
    const path = ["a.csv", "b/*.csv"];
    expect((await streamsOf(folder, { path })).map((stream) => stream.name)).toEqual(["a", "b"]);
    expect((await streamsOf(folder, { path, stream: "all_of_it" })).map((stream) => stream.name)).toEqual([
      "all_of_it",
    ]);
  });

  it("refuses two paths that would give one name", async () => {
    await expect(streamsOf(await SourceFolder.create(), { path: ["a/x.csv", "b/x.csv"] })).rejects.toMatchObject({
      code: "connection_invalid",
      message: expect.stringMatching(/a\/x\.csv and b\/x\.csv.*`stream`/),
    });
  });

  it("reads the files of a list of overlapping paths once, in the order of their names", async () => {
    const folder = await SourceFolder.create({ "b.csv": "id\n2\n", "a.csv": "id\n1\n", "c.csv": "id\n3\n" });
    const { rows } = await folder.readAll(["c.csv", "*.csv"]);
    expect(rows.map((row) => row["id"])).toEqual(["1", "2", "3"]);
  });

  it("takes a name with brackets in it for the file of that name where there is one", async () => {
    const folder = await SourceFolder.create({ "a[1].csv": "id\n1\n", "a1.csv": "id\n2\n" });
    expect((await folder.readAll("a[1].csv")).rows).toEqual([{ id: "1" }]);
  });

  it("joins small files into one batch, each row keeping its own place", async () => {
    const names = Array.from({ length: 50 }, (_, i) => `f${String(i).padStart(2, "0")}.csv`);
    const folder = await SourceFolder.create(Object.fromEntries(names.map((name, i) => [name, `id\n${i}\n`])));
    const { batches, positions } = await folder.readAll("*.csv");
    expect(batches).toHaveLength(1);
    expect(positions).toEqual(names.map((name) => `${name}:2`));
  });

  it("gives the rows of the files before a broken one", async () => {
    const folder = await SourceFolder.create({ "a.csv": "id\n1\n", "b.csv": 'id\n"open\n' });
    const batches = folder.read("*.csv");
    expect((await batches.next()).value).toMatchObject({ values: [["1"]] });
    await expect(batches.next()).rejects.toMatchObject({ code: "source_format" });
  });

  it("counts what a check finds", async () => {
    const folder = await SourceFolder.create({ "a.csv": "id\n1\n", "b.csv": "id\n2\n" });
    const report = await files.check(contextIn(folder, { path: "*.csv" }));
    expect(report).toEqual({ message: "2 files, 10 bytes", details: { files: 2, bytes: 10 }, warnings: [] });
    await expect(files.check(contextIn(folder, { path: "nope.csv" }))).rejects.toMatchObject({
      code: "source_not_found",
    });
  });

  it.each([
    ["an unknown option", { path: "a.csv", delimeter: ";" }],
    ["no path", {}],
    ["an unknown encoding", { path: "a.csv", encoding: "utf-9" }],
    ["a delimiter of two characters", { path: "a.csv", delimiter: "||" }],
    ["records that are not a pointer", { path: "a.json", records: "features" }],
    ["a stream that cannot be a name", { path: "a.csv", stream: "My Stream" }],
  ])("refuses %s", (_, options) => {
    expect(files.options.safeParse(options).success).toBe(false);
  });
});
