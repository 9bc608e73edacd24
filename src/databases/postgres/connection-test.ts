import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import type pg from "pg";
import { type ErrorCode, errorCatalogue } from "../../core/error-catalogue.ts";
import { isSluiceError, type SluiceError } from "../../core/errors.ts";
import { connectPostgres, type PostgresAddress } from "./client.ts";
import { type Diagnosis, diagnose } from "./destination-error.ts";
import { findObstacle } from "./privileges.ts";
import { openSocket, probeTls } from "./socket-probe.ts";

export interface TestStep {
  step: "dns" | "tcp" | "tls" | "login" | "privileges" | "version";
  ok: boolean;
  ms: number;
  /** What was found, or what happened. */
  message: string;
  /** What to do, when it is not ok. */
  remedy?: string;
  code?: ErrorCode;
}

export interface TestNeeds {
  /** The schemas that are to be loaded into; Sluice's own are always looked at. */
  schemas?: readonly string[];
}

/** Tries a destination step by step, each timed on its own, and stops at the first that fails. Changes nothing. */
export async function testConnection(address: PostgresAddress, needs: TestNeeds = {}): Promise<TestStep[]> {
  const attempt = new ConnectionAttempt(address);
  const checks: [TestStep["step"], Check][] = [
    ["dns", () => resolveHost(address)],
    ["tcp", () => attempt.reach()],
    ["tls", () => attempt.encrypt()],
    ["login", () => attempt.logIn()],
    ["version", () => attempt.checkVersion()],
    ["privileges", () => attempt.checkPrivileges(needs.schemas ?? [])],
  ];
  const steps: TestStep[] = [];
  try {
    for (const [step, check] of checks) {
      const result = await timeStep(step, check, address);
      steps.push(result);
      if (!result.ok) break;
    }
  } finally {
    await attempt.close();
  }
  return steps;
}

/** Answers with what it found, or with what is wrong; a failure that it throws is diagnosed. */
type Check = () => Promise<string | Diagnosis>;

async function timeStep(step: TestStep["step"], check: Check, address: PostgresAddress): Promise<TestStep> {
  const start = performance.now();
  const answer = await check().catch((error: unknown) => explain(error, address));
  const ms = Math.round((performance.now() - start) * 10) / 10;
  if (typeof answer === "string") return { step, ok: true, ms, message: answer };
  const { what, remedy, code } = answer;
  return { step, ok: false, ms, message: what, remedy, code };
}

/** What was thrown below a SluiceError tells more exactly what happened and what to do. */
function explain(error: unknown, address: PostgresAddress): Diagnosis {
  if (!isSluiceError(error)) return diagnose(error, address);
  const { code, message } = error;
  const usual = { code, what: message, remedy: errorCatalogue[code].remedy };
  const inner = error.cause === undefined ? usual : diagnose(error.cause, address);
  return inner.code === code ? inner : usual;
}

async function resolveHost({ host }: PostgresAddress): Promise<string> {
  if (host.startsWith("/")) return `${host} is a folder of sockets`;
  if (isIP(host) !== 0) return `${host} is an address`;
  const found = await lookup(host, { all: true });
  return `${host} is ${found.map((entry) => entry.address).join(", ")}`;
}

/** The connections of one test, which are closed whatever came of it. */
class ConnectionAttempt {
  readonly #address: PostgresAddress;
  #socket: Socket | undefined;
  #client: pg.Client | undefined;
  /** Connecting finds out about the version; it is a step of its own here. */
  #tooOld: SluiceError | undefined;

  constructor(address: PostgresAddress) {
    this.#address = address;
  }

  async reach(): Promise<string> {
    const { host, port } = this.#address;
    this.#socket = await openSocket(this.#address);
    return host.startsWith("/") ? "connected" : `connected to ${this.#socket.remoteAddress} port ${port}`;
  }

  async encrypt(): Promise<string> {
    const said = await probeTls(this.#socket as Socket, this.#address);
    this.#socket?.destroy();
    return said;
  }

  async logIn(): Promise<string> {
    const { database, username } = this.#address;
    try {
      this.#client = await connectPostgres(this.#address, { application_name: "sluice db test" });
    } catch (error) {
      if (!isSluiceError(error) || error.code !== "destination_version") throw error;
      this.#tooOld = error;
    }
    return `logged in to ${database} as ${username}`;
  }

  async checkVersion(): Promise<string> {
    if (this.#tooOld !== undefined) throw this.#tooOld;
    const { rows } = await this.#session.query("show server_version");
    return `Postgres ${rows[0].server_version}`;
  }

  async checkPrivileges(schemas: readonly string[]): Promise<string | Diagnosis> {
    const obstacle = await findObstacle(this.#session, this.#address, schemas);
    return obstacle ?? "may create and change the tables that are needed";
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    await this.#client?.end();
  }

  get #session(): pg.Client {
    return this.#client as pg.Client;
  }
}
