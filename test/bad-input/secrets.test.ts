import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { type BadInputWorkspace, badInputWorkspace, expectRefusal } from "./bad-input-workspace.ts";
import { rowsOf } from "./loaded-rows.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

const FILES = { "data/orders.csv": "id,item\n1,tea\n2,coffee\n" };
const PASSWORD = "correct-horse-battery";

function workspace(secrets = ""): Promise<BadInputWorkspace> {
  return badInputWorkspace({ address: database.address, files: FILES, secrets });
}

async function secretsMode(ws: BadInputWorkspace, mode: number): Promise<void> {
  await chmod(join(ws.root, ".dlt/secrets.toml"), mode);
}

describe("the secrets file", () => {
  test("that is missing is named, with what belongs in it and where the destination is asked for", async () => {
    await using ws = await workspace();
    await rm(join(ws.root, ".dlt/secrets.toml"));
    const says = [
      /resolving the destination postgres: it has no credentials/,
      /Add \[destination\.postgres\.credentials\] with host, port, database, username and password/,
      /\.dlt\/secrets\.toml \(there is no such file yet; make it with mode 0600\)/,
      /config\.json: settings\.destination \(line \d+\)/,
    ];
    await expectRefusal(ws, "orders", { code: "destination_unconfigured", exit: 3, says });
  });

  test.for([0o644, 0o640, 0o604])(
    "that others can read (mode %o) is refused until it is closed to them",
    async (mode) => {
      await using ws = await workspace(`[sources.orders]\ntoken = "${PASSWORD}"\n`);
      await secretsMode(ws, mode);
      const says = [
        new RegExp(`secrets\\.toml: others on this machine can get at it \\(mode 0${mode.toString(8)}\\)`),
        /Run `chmod 600 \S+\/\.dlt\/secrets\.toml`/,
      ];
      const { result } = await expectRefusal(ws, "orders", { code: "secrets_exposed", exit: 3, says });
      expect(JSON.stringify(result)).not.toContain(PASSWORD);
      expect(await rowsOf(database, `${ws.namespace}.orders`)).toBeUndefined();
      await secretsMode(ws, 0o600);
      expect((await ws.headless("orders")).code).toBe(0);
    },
  );

  test("that others can read is read where that is said to be meant", async () => {
    await using ws = await workspace();
    await secretsMode(ws, 0o644);
    expect((await ws.headless("orders", { env: { SLUICE_ALLOW_EXPOSED_SECRETS: "1" } })).code).toBe(0);
  });

  test("that is no TOML is told with its line, shows nothing of it, and is not overwritten", async () => {
    await using ws = await workspace(`[sources.orders]\ntoken = ${PASSWORD}\n`);
    const says = [/secrets\.toml: line \d+, column \d+: /, "Nothing was changed", "Mend that line"];
    const { result, events } = await expectRefusal(ws, "orders", { code: "secrets_unreadable", exit: 3, says });
    expect(JSON.stringify([result, events])).not.toContain(PASSWORD);
    const before = await ws.read(".dlt/secrets.toml");
    expect((await ws.sluice(["secrets", "unset", "orders", "token", "--yes", "--json"])).code).toBe(3);
    expect(await ws.read(".dlt/secrets.toml")).toBe(before);
  });

  test("that is a folder is told as such", async () => {
    await using ws = await workspace();
    await rm(join(ws.root, ".dlt/secrets.toml"));
    await ws.write(".dlt/secrets.toml/inside", "");
    const says = [/secrets\.toml: /, /Check that it is a file/];
    await expectRefusal(ws, "orders", { code: "secrets_unreadable", exit: 3, says });
  });
});

const GUARDED = `import { defineConnector, z } from "sluice/connector";
export default defineConnector({
  name: "guarded",
  title: "Guarded",
  description: "Wants to know two secrets.",
  options: z.strictObject({}),
  secrets: z.strictObject({ token: z.string().min(1).describe("of the account"), key: z.string().describe("of the key") }),
  check: async () => ({ message: "fine" }),
  streams: [{ name: "orders", ordered: true, async *read() { yield { rows: [{ id: 1, item: "tea" }], cursor: 1 }; } }],
});
`;

describe("a secret", () => {
  test("that is missing is named with each way to set it, and the run succeeds once it is there", async () => {
    await using ws = await workspace('[sources.orders]\nkey = "known-key"\n');
    await ws.write("connectors/guarded.ts", GUARDED);
    await ws.configure(({ connections: [orders] }) => {
      orders.type = "guarded";
      orders.schema = { namespace: ws.namespace };
    });
    const says = [
      /these secrets are missing or wrong in \S+\/\.dlt\/secrets\.toml:\n/,
      /sources\.orders\.token: is missing/,
      "`sluice secrets set orders token`",
      "SOURCES__ORDERS__TOKEN",
    ];
    const { error } = await expectRefusal(ws, "orders", { code: "secret_missing", exit: 3, says });
    expect(error.message).not.toContain("orders.key");
    const tested = await ws.sluice(["connections", "test", "orders", "--json"]);
    const [settings] = JSON.parse(tested.stdout).steps;
    expect([tested.code, settings.ok], tested.stdout).toEqual([3, false]);
    expect(settings.problems).toEqual(error.details.problems);
    expect(await rowsOf(database, `${ws.namespace}.orders`)).toBeUndefined();
    const { code } = await ws.headless("orders", { env: { SOURCES__ORDERS__TOKEN: PASSWORD } });
    expect(code).toBe(0);
    expect(await rowsOf(database, `${ws.namespace}.orders`)).toEqual(["1,tea"]);
  });

  test.for([
    ["env:NOT_SET_ANYWHERE", /following env:NOT_SET_ANYWHERE, which .*password refers to: .*not set\. Set it/],
    [
      "file:not/there.txt",
      /following file:not\/there\.txt, which .*password refers to: .*could not be read \(ENOENT\)/,
    ],
  ] as const)("that refers to %s is told with both ends of the reference", async ([reference, says]) => {
    await using ws = await badInputWorkspace({ address: { ...database.address, password: reference }, files: FILES });
    await expectRefusal(ws, "orders", { code: "secret_missing", exit: 3, says: [says, "or change the secret"] });
  });
});
