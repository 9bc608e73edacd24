import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { countOf, type RestSetup, restWorkspace } from "../connector/rest/rest-workspace.ts";
import { startHttpServer, type TestHandler, type TestIdentity } from "../harness/http-server.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { expectFailure, LOGIN, runRest, SECRET, THINGS } from "./rest-api-run.ts";

const CERTIFICATES = join(import.meta.dirname, "../databases/postgres/certificates");

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

function setup(base_url: string, namespace: string, more: object = {}): RestSetup {
  const options = { base_url, ...LOGIN, streams: { things: THINGS }, ...more };
  return { options, secrets: { token: SECRET }, schema: { namespace } };
}

/** Two pages for whoever has this token. */
function guarded(isGood: (authorization: string | undefined) => boolean): TestHandler {
  return ({ headers, query }) => {
    if (!isGood(headers.authorization)) return { status: 401, json: { message: "Bad credentials" } };
    const page = Number(query.get("page"));
    return { json: page > 2 ? [] : [{ id: page, at: `2026-01-0${page}` }] };
  };
}

describe("a login that is refused", () => {
  test("401 is not tried again, ends the run with 3 and names the secret with its command", async () => {
    await using server = await startHttpServer(guarded(() => false));
    const run = await runRest(database, setup(server.url, "a"));
    await expectFailure(run, {
      code: "credentials_rejected",
      exit: 3,
      says: ["401", "Bad credentials", "`token`", "sluice secrets set api token"],
    });
    expect(server.requests).toHaveLength(1);
  });

  test("403 says for which resource, with the service's own words", async () => {
    await using server = await startHttpServer(() => ({
      status: 403,
      json: { message: "scope read:things is missing" },
    }));
    const run = await runRest(database, setup(server.url, "b"));
    await expectFailure(run, {
      code: "credentials_rejected",
      exit: 3,
      says: ["403", "scope read:things is missing", `${server.url}/things`],
    });
  });

  test("a secret that has no value is named before anything is asked", async () => {
    await using server = await startHttpServer(guarded(() => true));
    const { options, schema } = setup(server.url, "c", { auth: { type: "basic" } });
    const run = await runRest(database, { options, schema: schema ?? {} });
    await expectFailure(run, {
      code: "secret_missing",
      exit: 3,
      says: ["`username` and `password`", "sluice secrets set api username", "sluice secrets set api password"],
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe("a token of OAuth", () => {
  const auth = (url: string) => ({ auth: { type: "oauth2_refresh_token", token_url: `${url}/token`, client_id: "c" } });

  test("that expires between two pages is renewed, and the new refresh token is kept before it is used", async () => {
    let issued = 0;
    const config: { path?: string; keptBeforeUse?: boolean } = {};
    await using server = await startHttpServer(async (request, response) => {
      if (request.path === "/token") {
        issued++;
        return {
          json: { access_token: `access${issued}`, refresh_token: `refresh_number_${issued}`, expires_in: 3600 },
        };
      }
      const used = request.headers.authorization;
      if (used === "Bearer access2") {
        const secrets = await readFile(config.path as string, "utf8");
        config.keptBeforeUse = secrets.includes("refresh_number_2");
      }
      const isStale = request.query.get("page") === "2" && used === "Bearer access1";
      return guarded(() => !isStale)(request, response);
    });
    const ws = await restWorkspace(database, {
      options: { base_url: server.url, ...auth(server.url), streams: { things: THINGS } },
      secrets: { refresh_token: "refresh_number_0" },
      schema: { namespace: "oauth" },
    });
    config.path = join(ws.root, ".dlt/secrets.toml");
    const { result, events } = await ws.run("api");
    expect(result.status, result.error?.message).toBe("success");
    expect(issued).toBe(2);
    expect(config.keptBeforeUse).toBe(true);
    expect(await countOf(database, "oauth.things")).toBe(2);
    expect(JSON.stringify(events)).not.toMatch(/refresh_number|access[12]/);
  });

  test("that is refused even when it is new ends the run", async () => {
    await using server = await startHttpServer((request, response) =>
      request.path === "/token"
        ? { json: { access_token: "bad_access_token" } }
        : guarded(() => false)(request, response),
    );
    const options = { base_url: server.url, ...auth(server.url), streams: { things: THINGS } };
    const run = await runRest(database, {
      options,
      secrets: { refresh_token: SECRET },
      schema: { namespace: "oauth2" },
    });
    await expectFailure(run, { code: "credentials_rejected", exit: 3, says: ["`refresh_token`"] });
  });
});

describe("the way to the service", () => {
  test("may lead to another host, but the token does not follow", async () => {
    const seen: (string | undefined)[] = [];
    await using other = await startHttpServer(({ headers }) => {
      seen.push(headers.authorization);
      return { json: [] };
    });
    await using server = await startHttpServer(() => ({
      status: 302,
      headers: { location: `${other.url}/elsewhere` },
    }));
    const { result } = await runRest(database, setup(server.url, "d"));
    expect(result.status, result.error?.message).toBe("success");
    expect(seen).toEqual([undefined]);
  });

  test("must be sure: a certificate of an unknown authority is refused, and `ca_file` trusts it", async () => {
    const identity: TestIdentity = {
      key: await readFile(join(CERTIFICATES, "server.key")),
      cert: await readFile(join(CERTIFICATES, "server.pem")),
    };
    await using server = await startHttpServer(
      guarded(() => true),
      identity,
    );
    const run = await runRest(database, setup(server.url, "e"));
    await expectFailure(run, { code: "source_tls", exit: 3, says: [/certificate/, "localhost"] });
    const ca_file = join(CERTIFICATES, "authority.pem");
    const trusting = await runRest(database, setup(server.url, "e", { ca_file }));
    expect(trusting.result.status, trusting.result.error?.message).toBe("success");
    const missing = await runRest(database, setup(server.url, "e", { ca_file: "nowhere.pem" }));
    await expectFailure(missing, { code: "connection_invalid", exit: 3, says: ["ca_file", "nowhere.pem"] });
  });

  test("may lead nowhere", async () => {
    const run = await runRest(database, setup("http://127.0.0.1:1", "f"));
    await expectFailure(run, { code: "source_unreachable", exit: 1, says: ["127.0.0.1:1"] });
  });
});
