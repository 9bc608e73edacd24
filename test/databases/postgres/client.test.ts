import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { connectPostgres, type PostgresAddress, textValues } from "../../../src/databases/postgres/client.ts";
import { adminAddress, asAdmin, freshDatabase } from "../../harness/postgres.ts";
import { startTcpProxy } from "../../harness/tcp-proxy.ts";

const named = { application_name: "client test" };

function failure(address: PostgresAddress) {
  return connectPostgres(address, named).then(
    async (client) => {
      await client.end();
      throw new Error("connected");
    },
    (error) => error,
  );
}

test("a session is pinned whatever the role's own settings are", async () => {
  await using database = await freshDatabase();
  const { database: name } = database.address;
  for (const setting of [
    "timezone = 'Asia/Tokyo'",
    "datestyle = 'German'",
    "intervalstyle = 'iso_8601'",
    "extra_float_digits = -3",
    "bytea_output = 'escape'",
  ]) {
    await database.client.query(`alter database "${name}" set ${setting}`);
  }
  const client = await connectPostgres(database.address, named);
  const { rows } = await client.query({
    text: "select timestamptz '2026-01-02 03:04:05+02' as t, interval '1 day' as i, 0.1::float8 + 0.2::float8 as f, '\\x00ff'::bytea as b",
    types: textValues,
  });
  await client.end();
  expect(rows).toEqual([{ t: "2026-01-02 01:04:05+00", i: "1 day", f: "0.30000000000000004", b: "\\x00ff" }]);
});

test("values come as the server's own text when asked for", async () => {
  const client = await connectPostgres(await adminAddress(), { ...named, text_values: true });
  const { rows } = await client.query("select 9007199254740993::int8 as i, '{\"a\": 1.0}'::json as j, true as b");
  await client.end();
  expect(rows).toEqual([{ i: "9007199254740993", j: '{"a": 1.0}', b: "t" }]);
});

test("notices reach whoever asked for them", async () => {
  const notices: (string | undefined)[] = [];
  const client = await connectPostgres(await adminAddress(), {
    ...named,
    onNotice: ({ message }) => notices.push(message),
  });
  await client.query("do $$ begin raise notice 'mind the step'; end $$");
  await client.end();
  expect(notices).toEqual(["mind the step"]);
});

test("an idle connection that breaks does not end the process; the next query fails", async () => {
  const client = await connectPostgres(await adminAddress(), named);
  const { rows } = await client.query("select pg_backend_pid() as pid");
  const ended = new Promise((resolve) => client.once("end", resolve));
  await asAdmin((admin) => admin.query("select pg_terminate_backend($1)", [rows[0].pid]));
  await ended;
  await expect(client.query("select 1")).rejects.toThrow(/not queryable|closed/);
});

test("a missing password is not taken from the environment of whoever started us", async () => {
  const { password, ...address } = await adminAddress();
  process.env.PGPASSWORD = password;
  try {
    expect(await failure(address)).toMatchObject({ code: "destination_login" });
  } finally {
    delete process.env.PGPASSWORD;
  }
});

test("a wrong password, an unknown role and an unknown database are login errors that say what to correct", async () => {
  const address = await adminAddress();
  const wrong = await failure({ ...address, password: "wrong" });
  expect(wrong).toMatchObject({ code: "destination_login", details: { server_code: "28P01" } });
  expect(wrong.message).toContain("`password`");
  expect(wrong.message).not.toContain("wrong");
  expect(await failure({ ...address, username: "nobody_knows" })).toMatchObject({ code: "destination_login" });
  const missing = await failure({ ...address, database: "not_there" });
  expect(missing.code).toBe("destination_login");
  expect(missing.message).toContain("sluice db bootstrap");
});

test("a name that does not resolve is an unknown host", async () => {
  const error = await failure({ ...(await adminAddress()), host: "nowhere.invalid" });
  expect(error.code).toBe("destination_unknown_host");
  expect(error.message).toContain("nowhere.invalid");
});

test("a port where nobody listens is unreachable", async () => {
  const proxy = await startTcpProxy(1);
  await proxy[Symbol.asyncDispose]();
  const error = await failure({ ...(await adminAddress()), port: proxy.port });
  expect(error.code).toBe("destination_unreachable");
  expect(error.message).toContain(`No server listens at 127.0.0.1:${proxy.port}`);
});

test("a server that never answers is given up after the connect timeout", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const error = await failure({ ...(await adminAddress()), port, connect_timeout: 0.3 });
  silent.close();
  expect(error.code).toBe("destination_unreachable");
  expect(error.message).toContain("does not answer");
});

test("a server that hangs up during login is lost, which is worth a retry", async () => {
  const rude = createServer((socket) => socket.once("data", () => socket.destroy()));
  await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
  const { port } = rude.address() as AddressInfo;
  const error = await failure({ ...(await adminAddress()), port });
  rude.close();
  expect(error).toMatchObject({ code: "destination_lost", recovery: "retry" });
});

test("a server older than 14 is refused by its version", async () => {
  const { port, ...rest } = await adminAddress();
  await using old = await startTcpProxy(port, (chunk) =>
    Buffer.from(chunk.toString("latin1").replace(/\b18\d{4}\b/, "130011"), "latin1"),
  );
  const error = await failure({ ...rest, port: old.port });
  expect(error.code).toBe("destination_version");
  expect(error.message).toContain("Postgres 14 or newer");
});

test("no more connections than the role may have is a busy destination", async () => {
  const address = await adminAddress();
  await asAdmin((admin) => admin.query("create role crowded login password 'crowded' connection limit 0"));
  try {
    const error = await failure({ ...address, username: "crowded", password: "crowded" });
    expect(error).toMatchObject({ code: "destination_busy", recovery: "retry" });
  } finally {
    await asAdmin((admin) => admin.query("drop role crowded"));
  }
});
