import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresSource } from "../../../src/connector/postgres-source.ts";
import { connectPostgres, type PostgresAddress, type SslMode } from "../../../src/databases/postgres/client.ts";
import { testConnection } from "../../../src/databases/postgres/connection-test.ts";
import {
  type EmbeddedLease,
  removeEmbedded,
  startEmbedded,
} from "../../../src/databases/postgres/embedded/embedded-postgres.ts";
import { connectorContext } from "../../harness/connector-context.ts";
import { adminAddress } from "../../harness/postgres.ts";

const certificates = join(import.meta.dirname, "certificates");
const authority = join(certificates, "authority.pem");
const other = join(certificates, "other-authority.pem");

/** Encrypts, with a certificate for `localhost`; `only_tls` and `only_plain` may log in one way alone. */
let server: EmbeddedLease;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-tls-"));
  server = await startEmbedded({ folder: join(folder, "postgres"), purpose: "tls test", settings: { fsync: "off" } });
  const client = await connectPostgres(server.address, { application_name: "tls test" });
  for (const name of ["server.pem", "server.key"]) await installFile(client, name);
  const { rows } = await client.query("select pg_read_file('pg_hba.conf') as rules");
  const rules = `hostnossl all only_tls all reject\nhostssl all only_plain all reject\n${rows[0].rules}`;
  await writeOnServer(client, "pg_hba.conf", rules);
  for (const role of ["only_tls", "only_plain"]) await client.query(`create role ${role} login password '${role}'`);
  await client.query("alter system set ssl_cert_file = 'server.pem'");
  await client.query("alter system set ssl_key_file = 'server.key'");
  await client.query("alter system set ssl = on");
  await client.query("select pg_reload_conf()");
  await client.end();
  await untilEncrypted();
});

afterAll(async () => {
  await server.release();
  await removeEmbedded(join(folder, "postgres"));
  await rm(folder, { recursive: true });
});

async function installFile(client: pg.Client, name: string): Promise<void> {
  await writeOnServer(client, name, await readFile(join(certificates, name), "utf8"));
}

/** By the server itself, so that the file belongs to the user it runs as. */
async function writeOnServer(client: pg.Client, name: string, text: string): Promise<void> {
  const hex = Buffer.from(text).toString("base64");
  await client.query(`copy (select '${hex}') to program 'umask 077; base64 -d > ${name}'`);
}

async function untilEncrypted(): Promise<void> {
  for (;;) {
    const answer = await attempt({ sslmode: "require" });
    if (answer === "encrypted") return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Choice {
  sslmode: SslMode;
  host?: string;
  sslrootcert?: string;
  role?: string;
}

function addressFor({ sslmode, host = "localhost", sslrootcert, role }: Choice): PostgresAddress {
  const login = role === undefined ? {} : { username: role, password: role };
  const trust = sslrootcert === undefined ? {} : { sslrootcert };
  return { ...server.address, ...login, ...trust, host, sslmode };
}

/** `encrypted`, `plain`, or the code of the failure. */
async function attempt(choice: Choice): Promise<string> {
  try {
    const client = await connectPostgres(addressFor(choice), { application_name: "tls test" });
    const { rows } = await client.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    await client.end();
    return rows[0].ssl ? "encrypted" : "plain";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("sslmode means what it means in libpq", () => {
  const cases: [Choice, string][] = [
    [{ sslmode: "disable" }, "plain"],
    [{ sslmode: "disable", role: "only_tls" }, "destination_login"],
    [{ sslmode: "allow" }, "plain"],
    [{ sslmode: "allow", role: "only_tls" }, "encrypted"],
    [{ sslmode: "prefer" }, "encrypted"],
    [{ sslmode: "prefer", role: "only_plain" }, "plain"],
    [{ sslmode: "require" }, "encrypted"],
    [{ sslmode: "require", role: "only_plain" }, "destination_login"],
    [{ sslmode: "require", sslrootcert: other }, "destination_tls"],
    [{ sslmode: "verify-ca" }, "destination_tls"],
    [{ sslmode: "verify-ca", sslrootcert: other }, "destination_tls"],
    [{ sslmode: "verify-ca", sslrootcert: authority }, "encrypted"],
    [{ sslmode: "verify-ca", sslrootcert: authority, host: "127.0.0.1" }, "encrypted"],
    [{ sslmode: "verify-full", sslrootcert: authority }, "encrypted"],
    [{ sslmode: "verify-full", sslrootcert: authority, host: "127.0.0.1" }, "destination_tls"],
    [{ sslmode: "verify-full", sslrootcert: "/nowhere.pem" }, "destination_tls"],
  ];
  test.each(cases)("%j gives %s", async (choice, outcome) => {
    expect(await attempt(choice)).toBe(outcome);
  });
});

test("a server that cannot encrypt is used by prefer and refused by require", async () => {
  const plain = await adminAddress();
  const client = await connectPostgres({ ...plain, sslmode: "prefer" }, { application_name: "tls test" });
  await client.end();
  await expect(
    connectPostgres({ ...plain, sslmode: "require" }, { application_name: "tls test" }),
  ).rejects.toMatchObject({
    code: "destination_tls",
    message: expect.stringContaining("Switch on ssl at the server"),
  });
});

test("a connection test tells how the connection is encrypted, and why it is not", async () => {
  const fine = await testConnection(addressFor({ sslmode: "verify-full", sslrootcert: authority }));
  expect(fine.find(({ step }) => step === "tls")?.message).toMatch(/^TLSv1\.\d, certificate verified$/);
  const steps = await testConnection(addressFor({ sslmode: "verify-full", sslrootcert: authority, host: "127.0.0.1" }));
  expect(steps.at(-1)).toMatchObject({ step: "tls", ok: false, code: "destination_tls" });
  expect(steps.at(-1)?.remedy).toContain("verify-ca");
  const stranger = await testConnection(addressFor({ sslmode: "verify-ca" }));
  expect(stranger.at(-1)?.remedy).toContain("sslrootcert");
});

describe("a source", () => {
  function checked(sslrootcert: string, role = "only_tls", host = "localhost") {
    const { port, database } = server.address;
    const options = { host, port, database, username: role, sslmode: "verify-full", sslrootcert } as const;
    return postgresSource.check(connectorContext({ options, secrets: { password: role }, workspace: certificates }));
  }

  test("is read encrypted, its certificate's authority named by a path in the workspace", async () => {
    expect(await checked("authority.pem")).toMatchObject({ details: { encrypted: true } });
  });

  test.each([
    ["an authority that did not sign", "other-authority.pem", "localhost", /`sslrootcert`/],
    [
      "another name than the certificate's",
      "authority.pem",
      "127.0.0.1",
      /correct `host`, or set `sslmode` to verify-ca/,
    ],
  ])("is not read when the certificate has %s", async (_, sslrootcert, host, says) => {
    await expect(checked(sslrootcert, "only_tls", host)).rejects.toMatchObject({
      code: "source_tls",
      message: expect.stringMatching(says),
    });
  });

  test("that takes a role only unencrypted says so", async () => {
    await expect(checked("authority.pem", "only_plain")).rejects.toMatchObject({ code: "credentials_rejected" });
  });
});
