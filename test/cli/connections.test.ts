import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configOf, fileConnection, sluice, workspaceFolder } from "./command-harness.ts";

async function configIn(folder: string) {
  return JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
}

async function workspaceWith(...connections: object[]): Promise<string> {
  return workspaceFolder({ "config.json": configOf(...connections) });
}

describe("connections list", () => {
  test("lists a broken connection beside good ones", async () => {
    const cwd = await workspaceWith(fileConnection(1, "orders"), { name: "lines", typ: "files" });
    const { json, exit_code } = await sluice(["connections", "list", "--json"], { cwd });
    expect(exit_code).toBe(0);
    expect(json().connections).toMatchObject([
      { name: "orders", valid: true, type: "files", enabled: true, destination: "embedded" },
      {
        name: "lines",
        valid: false,
        problems: expect.arrayContaining([expect.objectContaining({ path: "connections[1].typ" })]),
      },
    ]);
    expect((await sluice(["connections", "list"], { cwd })).stdout).toMatch(
      /lines +- +invalid .*type: is missing .*and 1 more/,
    );
  });

  test("tells people, who wait for it, what a connector does not accept among the options", async () => {
    const schema = { options: { path: "orders.csv", delimeter: ";" } };
    const cwd = await workspaceWith(fileConnection(1, "orders", { schema }), fileConnection(2, "lines"));
    const { stdout } = await sluice(["connections", "list"], { cwd });
    expect(stdout).toMatch(/orders +files +invalid .*schema\.options\.delimeter: is not a known key/);
    expect(stdout).toMatch(/lines +files +enabled/);
  });

  test("can be narrowed to a tag", async () => {
    const cwd = await workspaceWith(fileConnection(1, "orders", { tags: ["shop"] }), fileConnection(2, "lines"));
    const { json } = await sluice(["connections", "list", "--tag", "shop", "--json"], { cwd });
    expect(json().connections.map(({ name }: { name: string }) => name)).toEqual(["orders"]);
  });
});

describe("connections show", () => {
  test("shows a broken connection with its problems", async () => {
    const cwd = await workspaceWith({ name: "orders", typ: "files" });
    const { json, exit_code } = await sluice(["connections", "show", "orders", "--json"], { cwd });
    expect(exit_code).toBe(0);
    expect(json()).toMatchObject({ valid: false, connection: { name: "orders", typ: "files" } });
  });

  test("shows what the connector does not accept among the options", async () => {
    const schema = { options: { path: "orders.csv", delimeter: ";" } };
    const cwd = await workspaceWith(fileConnection(1, "orders", { schema }));
    const { stdout } = await sluice(["connections", "show", "orders"], { cwd });
    expect(stdout).toContain('schema.options.delimeter: is not a known key. Did you mean "delimiter"?');
    const { json } = await sluice(["connections", "show", "orders", "--json"], { cwd });
    expect(json()).toMatchObject({ valid: false, problems: [{ path: "connections[0].schema.options.delimeter" }] });
  });

  test("guesses the name that was meant", async () => {
    const cwd = await workspaceWith(fileConnection(1, "orders"));
    const { stderr, exit_code } = await sluice(["connections", "show", "order"], { cwd });
    expect(exit_code).toBe(3);
    expect(stderr).toContain('Did you mean "orders"?');
  });
});

describe("connections add", () => {
  test("takes options in the form that the connector's schema wants", async () => {
    const cwd = await workspaceWith();
    const argv = ["connections", "add", "orders", "--type", "files", "--title", "Orders", "--tag", "shop"];
    const options = [
      "--option",
      "path=a.csv",
      "--option",
      "path=b.csv",
      "--option",
      "header=true",
      "--option",
      "delimiter=;",
    ];
    const settings = ["--set", "schema.streams.orders.mode=merge", "--set", 'schema.streams.orders.primary_key=["id"]'];
    const { exit_code, json } = await sluice([...argv, ...options, ...settings, "--json"], { cwd });
    expect(exit_code).toBe(0);
    const [added] = (await configIn(cwd)).connections;
    expect(added).toMatchObject({
      ...{ name: "orders", type: "files", title: "Orders", tags: ["shop"], enabled: true },
      schema: {
        options: { path: ["a.csv", "b.csv"], header: true, delimiter: ";" },
        streams: { orders: { mode: "merge", primary_key: ["id"] } },
      },
    });
    expect(json().connection.id).toBe(added.id);
  });

  test("takes a list or an object written as JSON for one, and leaves what is a text", async () => {
    const cwd = await workspaceWith();
    const add = (...argv: string[]) => sluice(["connections", "add", ...argv], { cwd });
    const files = ["--type", "files", "--option"];
    expect((await add("lists", ...files, 'path=["a.csv","b.csv"]')).exit_code).toBe(0);
    expect((await add("globs", ...files, "path=[ab].csv", "--option", "delimiter={")).exit_code).toBe(0);
    const options = (await configIn(cwd)).connections.map((each: { schema: object }) => each.schema);
    expect(options).toEqual([
      { options: { path: ["a.csv", "b.csv"] } },
      { options: { path: "[ab].csv", delimiter: "{" } },
    ]);
  });

  test("says what is wrong inside an object, and where JSON is broken", async () => {
    const cwd = await workspaceWith();
    const api = ["connections", "add", "api", "--type", "rest_api", "--option", "base_url=http://localhost:1"];
    const inside = await sluice([...api, "--option", 'streams={"items":{"path":"/items","pth":1}}'], { cwd });
    expect(inside.exit_code).toBe(3);
    expect(inside.stderr).toMatch(/schema\.options\.streams\.items\.pth is not a known key\. Did you mean "path"/);
    const broken = await sluice([...api, "--option", 'streams={"items":{path:"/items"}}'], { cwd });
    expect(broken.exit_code).toBe(2);
    expect(broken.stderr).toContain('--option streams: its value is not valid JSON at character 11, after {"items":{:');
    expect((await configIn(cwd)).connections).toEqual([]);
  });

  test.each([
    ["s3", ["bucket=data"], [], "secrets set files access_key_id, or the option `profile`, or `anonymous`"],
    ["s3", ["bucket=data", "anonymous=true"], [], undefined],
    ["s3", ["bucket=data", "profile=work"], [], undefined],
    ["sftp", ["host=h", "username=u"], [], "secrets set files password, or private_key"],
    ["sftp", ["host=h", "username=u"], ["private_key=file:key"], undefined],
  ])("says which secrets %s with %j and %j still needs", async (type, options, secrets, needed) => {
    const cwd = await workspaceWith();
    const flags = [...options, "path=a.csv"].flatMap((option) => ["--option", option]);
    const more = secrets.flatMap((secret) => ["--secret", secret]);
    const { exit_code, stdout } = await sluice(["connections", "add", "files", "--type", type, ...flags, ...more], {
      cwd,
    });
    expect(exit_code).toBe(0);
    if (needed === undefined) expect(stdout).not.toContain("still needs");
    else expect(stdout).toContain(`It still needs: sluice ${needed}`);
  });

  test("names the flag when something is missing and there is no terminal", async () => {
    const cwd = await workspaceWith();
    const noType = await sluice(["connections", "add", "orders"], { cwd });
    expect([noType.exit_code, noType.stderr]).toEqual([2, expect.stringContaining("--type")]);
    const noPath = await sluice(["connections", "add", "orders", "--type", "files"], { cwd });
    expect([noPath.exit_code, noPath.stderr]).toEqual([3, expect.stringContaining("--option path=")]);
    expect((await configIn(cwd)).connections).toEqual([]);
  });

  test("asks for what is missing on a terminal", async () => {
    const cwd = await workspaceWith();
    const { exit_code } = await sluice(["connections", "add"], { cwd, answers: ["orders", "files", "orders.csv"] });
    expect(exit_code).toBe(0);
    expect((await configIn(cwd)).connections).toMatchObject([
      { name: "orders", schema: { options: { path: "orders.csv" } } },
    ]);
  });

  test.each([
    [["--option", "pth=a.csv"], 'Did you mean "path"?'],
    [["--option", "path"], "--option takes key=value"],
    [["--option", "path=a.csv", "--secret", "token=abc"], "files has no secret"],
    [["--type", "file"], 'Did you mean "files"?'],
  ])("refuses %j", async (flags, message) => {
    const cwd = await workspaceWith();
    const type = flags.includes("--type") ? [] : ["--type", "files"];
    const { stderr, exit_code } = await sluice(["connections", "add", "orders", ...type, ...flags], { cwd });
    expect(exit_code).toBeGreaterThan(1);
    expect(stderr).toContain(message);
    expect((await configIn(cwd)).connections).toEqual([]);
  });

  test("refuses a name that is taken or cannot be one", async () => {
    const cwd = await workspaceWith(fileConnection(1, "orders"));
    const flags = ["--type", "files", "--option", "path=a.csv"];
    expect((await sluice(["connections", "add", "orders", ...flags, "--json"], { cwd })).json().error.code).toBe(
      "connection_exists",
    );
    expect((await sluice(["connections", "add", "My Orders", ...flags, "--json"], { cwd })).json().error.code).toBe(
      "usage",
    );
  });

  test("never takes a secret's value as an argument, and reads one line of stdin for each", async () => {
    const cwd = await workspaceFolder({ "config.json": configOf(), "connectors/board.ts": BOARD });
    const add = ["connections", "add", "cards", "--type", "board"];
    const refused = await sluice([...add, "--secret", "token=abc"], { cwd });
    expect([refused.exit_code, refused.stderr]).toEqual([2, expect.stringContaining("token=-")]);
    const flags = ["--secret", "key=-", "--secret", "token=-"];
    const added = await sluice([...add, ...flags, "--json"], { cwd, stdin: "first key\nsecond token\n" });
    expect(added.json()).toMatchObject({ secrets_set: ["key", "token"], secrets_missing: [] });
    const file = await readFile(join(cwd, ".dlt/secrets.toml"), "utf8");
    expect(file).toMatch(/key = "first key"[\s\S]*token = "second token"/);
  });
});

describe("connections edit", () => {
  test("changes only what was named", async () => {
    const cwd = await workspaceWith(
      fileConnection(1, "orders", { title: "Old", tags: ["a"] }),
      fileConnection(2, "lines"),
    );
    const before = await configIn(cwd);
    const flags = ["--title", "New", "--option", "delimiter=|", "--unset", "tags"];
    expect((await sluice(["connections", "edit", "orders", ...flags], { cwd })).exit_code).toBe(0);
    const [orders, lines] = (await configIn(cwd)).connections;
    const { tags: _tags, ...rest } = before.connections[0];
    expect(orders).toEqual({ ...rest, title: "New", schema: { options: { path: "orders.csv", delimiter: "|" } } });
    expect(lines).toEqual(before.connections[1]);
    expect(await readdir(join(cwd, "backups"))).toHaveLength(1);
  });

  test.each([
    [["--set", "name=other"], "sluice connections rename"],
    [["--set", "state.revision=9"], "sluice state"],
    [["--set", "schema.drift=evovle"], "drift"],
    [["--option", 'delimiter={"a":1}'], "delimiter"],
    [["--unset", "schema.nothing"], "There is no setting schema.nothing"],
    [["--set", 'schema.streams["a.b.mode=merge'], 'Write it like schema.streams["public.orders"].mode'],
    [["--set", "schema..drift=evolve"], "is not the path of a setting"],
  ])("refuses %j and changes nothing", async (flags, message) => {
    const cwd = await workspaceWith(fileConnection(1, "orders"));
    const before = await readFile(join(cwd, "config.json"), "utf8");
    const { stderr, exit_code } = await sluice(["connections", "edit", "orders", ...flags], { cwd });
    expect(exit_code).toBeGreaterThan(1);
    expect(stderr).toContain(message);
    expect(await readFile(join(cwd, "config.json"), "utf8")).toBe(before);
  });

  test("sets what belongs to a stream with a dot in its name, and takes it out again", async () => {
    const cwd = await workspaceWith(fileConnection(1, "orders"));
    const edit = (...flags: string[]) => sluice(["connections", "edit", "orders", ...flags], { cwd });
    const streams = async () => (await configIn(cwd)).connections[0].schema.streams;
    expect((await edit("--set", 'schema.streams["public.orders"].mode=merge')).exit_code).toBe(0);
    expect(await streams()).toEqual({ "public.orders": { mode: "merge" } });
    expect((await edit("--unset", 'schema.streams["public.orders"]')).exit_code).toBe(0);
    expect(await streams()).toEqual({});
  });

  test("opens the editor on a terminal, and takes nothing that does not fit", async () => {
    const cwd = await workspaceWith(fileConnection(1, "orders"));
    const editor = join(cwd, "editor.sh");
    await writeFile(editor, `sed -i 's/"enabled": true/"enabled": false/' "$1"`);
    const edited = await sluice(["connections", "edit", "orders"], {
      cwd,
      answers: [],
      env: { EDITOR: `sh ${editor}` },
    });
    expect([edited.exit_code, edited.stdout]).toEqual([0, "orders is changed.\n"]);
    expect((await configIn(cwd)).connections[0].enabled).toBe(false);
    await writeFile(editor, `echo '{ not json' > "$1"`);
    const options = { cwd, answers: ["give up"], env: { EDITOR: `sh ${editor}` } };
    expect((await sluice(["connections", "edit", "orders"], options)).exit_code).toBe(3);
    expect((await configIn(cwd)).connections[0].enabled).toBe(false);
  });
});

describe("connections rename, enable, disable", () => {
  test("keep everything else", async () => {
    const cwd = await workspaceWith(fileConnection(1, "orders"));
    const [before] = (await configIn(cwd)).connections;
    const renamed = await sluice(["connections", "rename", "orders", "purchases"], { cwd });
    expect(renamed.stdout).toContain("Its tables stay in the schema orders, which is set as its namespace now.");
    await sluice(["connections", "disable", "purchases"], { cwd });
    const schema = { ...before.schema, namespace: "orders" };
    expect((await configIn(cwd)).connections).toEqual([{ ...before, schema, name: "purchases", enabled: false }]);
    await sluice(["connections", "enable", "purchases"], { cwd });
    expect((await configIn(cwd)).connections[0].enabled).toBe(true);
  });

  test("leave a namespace of the connection's own as it is", async () => {
    const schema = { namespace: "shop", options: { path: "orders.csv" } };
    const cwd = await workspaceWith(fileConnection(1, "orders", { schema }));
    const { stdout } = await sluice(["connections", "rename", "orders", "purchases"], { cwd });
    expect(stdout).toBe("orders is now purchases.\n");
    expect((await configIn(cwd)).connections[0]).toMatchObject({ name: "purchases", schema });
  });
});

describe("connections remove", () => {
  test("says what it would do and does nothing unless it is confirmed", async () => {
    const cwd = await workspaceWith(fileConnection(1, "orders"));
    const { stderr, exit_code } = await sluice(["connections", "remove", "orders"], { cwd });
    expect(exit_code).toBe(2);
    expect(stderr).toMatch(/removes the connection orders.*Add --yes/);
    expect((await configIn(cwd)).connections).toHaveLength(1);
  });

  test("is confirmed by typing the name, and not by typing anything else", async () => {
    const cwd = await workspaceWith(fileConnection(1, "orders"));
    const refused = await sluice(["connections", "remove", "orders"], { cwd, answers: ["n", "yes"] });
    expect(refused.exit_code).toBe(2);
    expect((await configIn(cwd)).connections).toHaveLength(1);
    const { exit_code } = await sluice(["connections", "remove", "orders"], { cwd, answers: ["no", "orders"] });
    expect(exit_code).toBe(0);
    expect((await configIn(cwd)).connections).toEqual([]);
  });

  test("removes a broken connection too, and its secrets only when asked", async () => {
    const secrets = '# mine\n[sources.orders]\ntoken = "abcdefgh"\n';
    const cwd = await workspaceFolder({
      "config.json": configOf({ name: "orders", typ: "x" }),
      ".dlt/secrets.toml": secrets,
    });
    expect((await sluice(["connections", "remove", "orders", "--yes", "--json"], { cwd })).json()).toEqual({
      ...{ removed: "orders", secrets_removed: false, tables_dropped: [] },
    });
    expect(await readFile(join(cwd, ".dlt/secrets.toml"), "utf8")).toBe(secrets);
  });
});

const BOARD = `import { defineConnector, z } from "sluice/connector";
export default defineConnector({
  name: "board",
  title: "Board",
  description: "Cards of a board.",
  options: z.strictObject({}),
  secrets: z.strictObject({ key: z.string().describe("the key"), token: z.string().describe("the token") }),
  async check() {
    return { message: "fine" };
  },
  streams: [],
});
`;
