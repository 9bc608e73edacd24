import { test } from "vitest";
import { findMariadb, mariadbSource } from "./mariadb-source.ts";
import { postgresSource } from "./postgres-source.ts";
import { findPython } from "./python.ts";
import { proveTap } from "./tap-case.ts";

test("meltanolabs-tap-postgres", async () => {
  await using source = await postgresSource();
  const { host, port, database, username: user, password } = source.address;
  await proveTap(source, {
    ...{ stream: "public-people", table: "public_people", cursor: "seq", resumes: true },
    options: { package: "meltanolabs-tap-postgres==0.10.0", config: { host, port, database, user } },
    secrets: `password = ${JSON.stringify(password)}`,
  });
});

test("pipelinewise-tap-postgres", async (ctx) => {
  const python = findPython("3.9");
  if (python === undefined) return ctx.skip("it wants a Python before 3.10, and this machine has none");
  await using source = await postgresSource();
  const { host, port, database: dbname, username: user, password } = source.address;
  await proveTap(source, {
    ...{ stream: "public-people", table: "public_people", cursor: "seq", resumes: true },
    options: {
      ...{ package: "pipelinewise-tap-postgres==2.1.0", python },
      config: { host, port: String(port), dbname, user, filter_schemas: "public" },
    },
    secrets: `password = ${JSON.stringify(password)}`,
  });
});

test.for(["pipelinewise-tap-mysql==1.6.0", "tap-mysql==1.17.7"])("%s", async (name, ctx) => {
  const program = findMariadb();
  if (program === undefined) return ctx.skip("this machine has no mariadbd");
  await using source = await mariadbSource(program);
  await proveTap(source, {
    ...{ stream: "shop-people", table: "shop_people", cursor: "seq", resumes: true },
    options: {
      package: name,
      config: { host: "127.0.0.1", port: String(source.port), user: "tap", filter_dbs: "shop" },
    },
    secrets: 'password = "hunter2"',
  });
});
