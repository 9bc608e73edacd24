import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Person } from "./people.ts";
import type { PersonSource } from "./person-source.ts";

const START_TRIES = 300;
const TRY_EVERY_MS = 100;
const ROWS_AT_ONCE = 1000;

/** The server's program; undefined when this machine has none. */
export function findMariadb(): string | undefined {
  const names = ["mariadbd", "/usr/sbin/mariadbd", "mysqld", "/usr/sbin/mysqld"];
  return names.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

/** The table `shop.people` on a MariaDB of its own, in a folder of its own, on a free port. */
export async function mariadbSource(program: string): Promise<PersonSource & { port: number }> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-mariadb-"));
  const socket = join(folder, "socket");
  const as = `--user=${userInfo().username}`;
  const data = `--datadir=${join(folder, "data")}`;
  execFileSync("mariadb-install-db", ["--no-defaults", as, data, "--auth-root-authentication-method=normal"]);
  const port = await freePort();
  const server = spawn(
    program,
    ["--no-defaults", as, data, `--socket=${socket}`, `--port=${port}`, "--bind-address=127.0.0.1"],
    { stdio: "ignore" },
  );
  const ended = once(server, "exit");
  const sql = (statements: string) =>
    execFileSync(
      "mariadb",
      ["--no-defaults", `--socket=${socket}`, "-uroot", "--default-character-set=utf8mb4", "-N", "-r"],
      {
        input: statements,
        maxBuffer: 256 * 1024 * 1024,
        stdio: ["pipe", "pipe", "ignore"],
      },
    ).toString();
  await untilItAnswers(sql);
  sql(`create database shop character set utf8mb4;
    create table shop.people (id int primary key, name varchar(100) not null, amount decimal(12,2), note text, seq int not null);
    create user tap@'127.0.0.1' identified by 'hunter2'; grant all on *.* to tap@'127.0.0.1';
    create user tap@localhost identified by 'hunter2'; grant all on *.* to tap@localhost`);
  return {
    port,
    async write(people) {
      for (let at = 0; at < people.length; at += ROWS_AT_ONCE) sql(upsert(people.slice(at, at + ROWS_AT_ONCE)));
    },
    async read() {
      const rows = sql("select json_array(id, name, cast(amount as char), note, seq) from shop.people order by id");
      const lines = rows.split("\n").filter((line) => line !== "");
      return lines.map((line) => {
        const [id, name, amount, note, seq] = JSON.parse(line) as [number, string, string, string | null, number];
        return { id, name, amount, note, seq };
      });
    },
    async [Symbol.asyncDispose]() {
      server.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function upsert(people: readonly Person[]): string {
  const rows = people.map(({ id, name, amount, note, seq }) => `(${id},${text(name)},${amount},${text(note)},${seq})`);
  const columns = ["name", "amount", "note", "seq"].map((column) => `${column} = values(${column})`);
  return `insert into shop.people values ${rows.join(",")} on duplicate key update ${columns.join(", ")}`;
}

function text(value: string | null): string {
  return value === null ? "null" : `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

async function untilItAnswers(sql: (statements: string) => string): Promise<void> {
  for (let left = START_TRIES; ; left--) {
    try {
      sql("select 1");
      return;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(TRY_EVERY_MS);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
