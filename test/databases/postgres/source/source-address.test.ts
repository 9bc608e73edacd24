import { describe, expect, test } from "vitest";
import { sourceAddresses } from "../../../../src/databases/postgres/source/source-address.ts";
import type { SourceOptions, SourceSecrets } from "../../../../src/databases/postgres/source/source-settings.ts";
import { connectorContext } from "../../../harness/connector-context.ts";

function addresses(options: SourceOptions, secrets: SourceSecrets = {}) {
  return sourceAddresses(connectorContext({ options, secrets, connection: "shop", workspace: "/work" }));
}

const FIELDS = { host: "db", database: "shop", username: "ada" };

describe("the address of a source", () => {
  test.each([
    ["fields", FIELDS, {}, { ...FIELDS, port: 5432 }],
    ["fields and a password", { ...FIELDS, port: 1 }, { password: "p" }, { ...FIELDS, port: 1, password: "p" }],
    ["a url", { url: "postgres://ada@db/shop" }, {}, { ...FIELDS, port: 5432 }],
    [
      "a secret url",
      {},
      { url: "postgresql://a%40b:p%3A%2F@[::1]:6000/sh%20op" },
      { host: "::1", port: 6000, database: "sh op", username: "a@b", password: "p:/" },
    ],
    [
      "a url with settings",
      { url: "postgres://ada@db/shop?sslmode=verify-ca&connect_timeout=3" },
      {},
      { ...FIELDS, port: 5432, sslmode: "verify-ca", connect_timeout: 3 },
    ],
    [
      "a url and fields that win",
      { url: "postgres://bob@db:1/shop", username: "ada", port: 2 },
      {},
      { ...FIELDS, port: 2 },
    ],
    ["a socket's folder", { url: "postgres://ada@%2Fvar%2Frun/shop" }, {}, { ...FIELDS, host: "/var/run", port: 5432 }],
    [
      "a file of the workspace",
      { ...FIELDS, sslrootcert: "ca.pem", sslkey: "/k.pem" },
      {},
      { ...FIELDS, port: 5432, sslrootcert: "/work/ca.pem", sslkey: "/k.pem" },
    ],
  ])("is made of %s", (_, options, secrets, address) => {
    expect(addresses(options as SourceOptions, secrets)).toEqual([address]);
  });

  test("may be several", () => {
    const places = (options: SourceOptions) => addresses(options).map(({ host, port }) => `${host}:${port}`);
    expect(places({ ...FIELDS, host: "a, b" })).toEqual(["a:5432", "b:5432"]);
    expect(places({ url: "postgres://ada@a:1,b:2/shop" })).toEqual(["a:1", "b:2"]);
    expect(places({ url: "postgres://ada@a,b:2/shop" })).toEqual(["a:5432", "b:2"]);
  });

  test.each([
    ["what is missing", { host: "db" }, {}, /shop: database, username missing/],
    ["a url that is none", { url: "mysql://ada:hunter2@db/shop" }, {}, /not one like postgresql:\/\//],
    ["a url with a bad escape", { url: "postgres://ada:hunter2%ZZ@db/shop" }, {}, /not one like postgresql:\/\//],
    [
      "two urls",
      { url: "postgres://ada@db/shop" },
      { url: "postgres://ada@db/shop" },
      /both in the options and in the secrets/,
    ],
    ["a password in the options", { url: "postgres://ada:hunter2@db/shop" }, {}, /holds a password/],
    ["an unknown setting", { url: "postgres://ada@db/shop?channel=x" }, {}, /holds `channel`/],
    ["an unknown sslmode", { url: "postgres://ada@db/shop?sslmode=yes" }, {}, /unknown sslmode\. Use one of disable/],
  ])("refuses %s", (_, options, secrets, says) => {
    expect(() => addresses(options, secrets)).toThrow(says);
    try {
      addresses(options, secrets);
    } catch (error) {
      expect(String(error)).not.toContain("hunter2");
    }
  });
});
