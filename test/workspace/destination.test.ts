import { join } from "node:path";
import { expect, test } from "vitest";
import { resolveDestination } from "../../src/workspace/destination.ts";
import { temporaryWorkspace } from "./temporary-workspace.ts";

const SECTION = `[destination.postgres.credentials]
host = "localhost"
port = 5434
database = "dlt_db"
username = "dlt_user"
password = "p#ss"
`;

test("the embedded server needs no credentials", async () => {
  const ws = await temporaryWorkspace();
  const folder = join(ws.paths.internal, "postgres");
  expect(await resolveDestination(ws, "embedded")).toEqual({ kind: "embedded", name: "embedded", folder });
});

test("a dlt user's section works as it is", async () => {
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": `${SECTION}sslmode = "require"\nconnect_timeout = 15\n` });
  expect(await resolveDestination(ws, "postgres")).toEqual({
    kind: "server",
    name: "postgres",
    credentials: {
      host: "localhost",
      port: 5434,
      database: "dlt_db",
      username: "dlt_user",
      password: "p#ss",
      sslmode: "require",
      connect_timeout: 15,
    },
  });
});

test("the environment wins field by field", async () => {
  const env = {
    DESTINATION__POSTGRES__CREDENTIALS__PASSWORD: "env-pass",
    DESTINATION__POSTGRES__CREDENTIALS__PORT: "6000",
  };
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": SECTION }, env);
  expect(await resolveDestination(ws, "postgres")).toMatchObject({
    credentials: { password: "env-pass", port: 6000, host: "localhost" },
  });
});

test("credentials may be one address, and fields beside it win", async () => {
  const env = {
    DESTINATION__WAREHOUSE__CREDENTIALS: "postgresql://us%40er:p%2Fss@db.example.com/sales?sslmode=verify-full",
    DESTINATION__WAREHOUSE__CREDENTIALS__PORT: "6000",
  };
  const { credentials } = (await resolveDestination(await temporaryWorkspace({}, env), "warehouse")) as {
    credentials: object;
  };
  expect(credentials).toEqual({
    host: "db.example.com",
    port: 6000,
    database: "sales",
    username: "us@er",
    password: "p/ss",
    sslmode: "verify-full",
  });
});

test("a destination that is named but not configured is an error with a guess, never something else", async () => {
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": SECTION.replace("postgres", "warehouse") });
  await expect(resolveDestination(ws, "warehose")).rejects.toMatchObject({
    code: "destination_unconfigured",
    message: expect.stringMatching(/Did you mean "warehouse"\?.*\[destination\.warehose\.credentials\]/),
  });
});

test("all that is missing or wrong is said at once, without the values", async () => {
  const text =
    '[destination.postgres.credentials]\nhost = "h"\nport = 70000\nsslmode = "requir"\npassword = "secret-word"\n';
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": text });
  const error = await resolveDestination(ws, "postgres").catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ code: "destination_unconfigured" });
  const { message } = error as Error;
  for (const part of ["database is missing", "username is missing", "port must be", 'Did you mean "require"?']) {
    expect(message).toContain(part);
  }
  expect(message).not.toContain("secret-word");
});

test("an address that is none is refused without being shown", async () => {
  const ws = await temporaryWorkspace({
    ".dlt/secrets.toml": '[destination.postgres]\ncredentials = "mysql://u:secret-word@h/d"\n',
  });
  const error = (await resolveDestination(ws, "postgres").catch((thrown: Error) => thrown)) as Error;
  expect(error).toMatchObject({ code: "destination_unconfigured" });
  expect(error.cause).toBeUndefined();
  expect(error.message).not.toContain("secret-word");
});
