import { beforeAll, describe, expect, test } from "vitest";
import { uuidv7 } from "../../src/core/ids.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { type BadInputWorkspace, badInputWorkspace, type Config, expectRefusal } from "./bad-input-workspace.ts";
import { rowsOf } from "./loaded-rows.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

const ORDERS = { "data/orders.csv": "id,item\n1,tea\n2,coffee\n" };

function workspace(): Promise<BadInputWorkspace> {
  return badInputWorkspace({ address: database.address, files: ORDERS });
}

describe("a config.json that cannot be used", () => {
  test.for([
    [
      "is not JSON",
      (text: string) => text.replace('"type": "files",', '"type": "files"'),
      "config_not_json",
      [/config\.json: line 8, column 7: expected a comma/, /"schema": \{\n\s+\^\n/, "restore a file from backups/"],
    ],
    [
      "is cut off",
      (text: string) => text.slice(0, -30),
      "config_not_json",
      [/config\.json: line \d+/, "does not end properly"],
    ],
    ["is empty", () => "", "config_not_json", [/config\.json: it is empty/, /begin anew with `sluice init`/]],
    [
      "is of a newer version",
      (text: string) => text.replace('"version": 1', '"version": 7'),
      "config_newer",
      [/config\.json: it has version 7/, "Upgrade Sluice"],
    ],
    [
      "has an unknown key",
      (text: string) => text.replace('"retries"', '"retrys"'),
      "config_invalid",
      [/config\.json: 1 problem/, /settings\.retrys \(line \d+\): is not a known key\. Did you mean "retries"\?/],
    ],
  ] as const)("%s is told with its place, and stays as it is", async ([, spoil, code, says]) => {
    await using ws = await workspace();
    const spoiled = spoil(await ws.read("config.json"));
    await ws.write("config.json", spoiled);
    const { error } = await expectRefusal(ws, "orders", { code, exit: 3, says });
    for (const args of [
      ["connections", "list"],
      ["run", "--all"],
      ["connections", "disable", "orders"],
    ]) {
      const { code: exit, stdout, stderr } = await ws.sluice([...args, "--json"]);
      expect(exit).toBe(3);
      expect(JSON.parse(stdout).error).toEqual(error);
      expect(stderr).toContain(error.message);
    }
    expect(await ws.read("config.json")).toBe(spoiled);
    expect(await rowsOf(database, `${ws.namespace}.orders`)).toBeUndefined();
  });

  test("the remedy for an empty one works", async () => {
    await using ws = await workspace();
    await ws.write("config.json", "");
    expect((await ws.sluice(["init"])).code).toBe(0);
    expect((await ws.sluice(["connections", "list"])).code).toBe(0);
  });
});

describe("a connection that is wrong", () => {
  test.for([
    [
      "has the name of another",
      (config: Config) => config.connections.push({ ...config.connections[0], id: uuidv7() }),
      "connection_invalid",
      [
        /connections\[0\]\.name \(line \d+\): is the name of another/,
        /connections\[1\]\.name \(line \d+\)/,
        "Rename one of them",
      ],
    ],
    [
      "has an unknown key",
      (config: Config) => Object.assign(config.connections[0], { enabeld: true }),
      "connection_invalid",
      [/connections\[0\]\.enabeld \(line \d+\): is not a known key\. Did you mean "enabled"\?/],
    ],
    [
      "has an unknown option",
      (config: Config) => Object.assign(config.connections[0].schema.options, { delimeter: ";" }),
      "connection_invalid",
      [
        /config\.json: its settings are wrong/,
        /connections\[0\]\.schema\.options\.delimeter \(line \d+\): .*Did you mean "delimiter"\?/,
      ],
    ],
    [
      "has an option of the wrong kind",
      (config: Config) => Object.assign(config.connections[0].schema.options, { path: 5 }),
      "connection_invalid",
      [/connections\[0\]\.schema\.options\.path \(line \d+\): must be a text or a list, not a number\./],
    ],
    [
      "lacks an option",
      (config: Config) => Object.assign(config.connections[0].schema, { options: {} }),
      "connection_invalid",
      [/connections\[0\]\.schema\.options\.path \(line \d+\): is missing \(a text or a list\)\./],
    ],
    [
      "has an unknown connector",
      (config: Config) => Object.assign(config.connections[0], { type: "fils" }),
      "connector_unknown",
      [
        /"fils".*Did you mean "files"\?/,
        "`sluice connectors list`",
        /config\.json: connections\[0\]\.type \(line \d+\)/,
      ],
    ],
    [
      "is wrong in several ways",
      (config: Config) => {
        Object.assign(config.connections[0], { enabeld: true, destination: "nowhere" });
        config.connections[0].schema.options = { pth: "x" };
      },
      "connection_invalid",
      [
        /\n {2}connections\[0\]\.enabeld \(line \d+\): /,
        /\n {2}connections\[0\]\.destination \(line \d+\): .*no credentials/,
        /\n {2}connections\[0\]\.schema\.options\.path \(line \d+\): is missing/,
        /\n {2}connections\[0\]\.schema\.options\.pth \(line \d+\): .*Did you mean "path"\?/,
      ],
    ],
  ] as const)("because it %s is told with its place, and the one beside it runs", async ([, spoil, code, says]) => {
    await using ws = await workspace();
    await ws.configure((config) => {
      spoil(config);
      const schema = { namespace: `${ws.namespace}_good`, options: { path: "data/orders.csv" } };
      config.connections.push({ id: uuidv7(), name: "good", type: "files", schema });
    });
    const { error } = await expectRefusal(ws, "orders", { code, exit: 3, says });
    const { code: exit, stdout, stderr } = await ws.sluice(["run", "--all", "--json"]);
    expect(exit).toBe(4);
    const results = JSON.parse(stdout).results;
    expect(results.map((one: Config) => [one.connection, one.status])).toEqual([
      ["orders", "failed"],
      ["good", "success"],
    ]);
    expect(results[0].error).toEqual(error);
    expect(stderr).toContain(error.message);
    expect(await rowsOf(database, `${ws.namespace}_good.orders`)).toEqual(["1,tea", "2,coffee"]);
    expect(await rowsOf(database, `${ws.namespace}.orders`)).toBeUndefined();
  });
});
