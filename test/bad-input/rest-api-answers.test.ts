import { beforeAll, describe, expect, test } from "vitest";
import { countOf } from "../connector/rest/rest-workspace.ts";
import { inTurn, startHttpServer, type TestAnswer, type TestHandler } from "../harness/http-server.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { expectFailure, requestsFailed, runRest, THINGS, waitsOf, warningsOf } from "./rest-api-run.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

let number = 0;

/** A run against a server that answers so, into a schema of its own. */
async function runAgainst(handler: TestHandler | TestAnswer[], stream: object = {}, schema: object = {}) {
  await using server = await startHttpServer(Array.isArray(handler) ? inTurn(...handler) : handler);
  const namespace = `n${++number}`;
  const options = { base_url: server.url, streams: { things: { ...THINGS, ...stream } } };
  const run = await runRest(database, { options, schema: { namespace, ...schema } });
  return { run, namespace, server, count: () => countOf(database, `${namespace}.things`) };
}

const ROWS = [
  { id: 1, at: "2026-01-01" },
  { id: 2, at: "2026-01-02" },
];
const PAGE: TestAnswer = { json: ROWS };
const END: TestAnswer = { json: [] };

describe("an answer that is a failure", () => {
  test("429 with Retry-After waits as long as it says, in seconds or as a date", async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    const answers = [
      { status: 429, headers: { "retry-after": "7" } },
      { status: 429, headers: { "retry-after": date } },
      PAGE,
      END,
    ];
    const { run, count } = await runAgainst(answers);
    expect(run.result.status).toBe("success");
    const [first, second = 0] = waitsOf(run.events);
    expect(first).toBe(7000);
    expect(second).toBeGreaterThan(85_000);
    expect(second).toBeLessThanOrEqual(91_000);
    expect(await count()).toBe(2);
  });

  test("429 without Retry-After waits by itself, and gives up after its retries", async () => {
    const healed = await runAgainst([{ status: 429 }, PAGE, END]);
    expect(healed.run.result.status).toBe("success");
    const { run } = await runAgainst([{ status: 429, json: { message: "slow down" } }]);
    await expectFailure(run, {
      code: "source_rate_limited",
      exit: 1,
      says: ["reading page 1 of things: 429", "slow down", /run again/i],
    });
  });

  test("429 that asks for more than a run waits says when to come back", async () => {
    const { run } = await runAgainst([{ status: 429, headers: { "retry-after": "86400" } }]);
    await expectFailure(run, { code: "source_rate_limited", exit: 1, says: [/no more requests before 20\d\d-/] });
  });

  test("500 that heals is asked again, and one that does not is told with the place", async () => {
    const healed = await runAgainst([{ status: 500 }, PAGE, { status: 503 }, END]);
    expect(healed.run.result.status).toBe("success");
    expect(requestsFailed(healed.run.events)).toBe(2);
    const { run } = await runAgainst([PAGE, { status: 500, json: { error: "database is down" } }]);
    await expectFailure(run, {
      code: "source_failed",
      exit: 1,
      says: ["page 2 of things", "500", "database is down", "run again later"],
    });
    expect(run.result.state_updates).toBeFalsy();
  });

  test("404 says what is not there", async () => {
    const { run } = await runAgainst([{ status: 404, json: { message: "no such resource" } }]);
    await expectFailure(run, { code: "source_not_found", exit: 1, says: ["no such resource", "check the address"] });
  });

  test("404 on a child is skipped, the rest is loaded", async () => {
    const handler: TestHandler = ({ path, query }) => {
      if (query.get("page") !== "1") return END;
      if (path === "/things") return PAGE;
      return path === "/things/1/parts" ? { status: 404 } : { json: [{ id: 9, at: "2026-01-03" }] };
    };
    await using server = await startHttpServer(handler);
    const parts = { ...THINGS, path: "/things/{thing}/parts", parent: { stream: "things", keys: { thing: "id" } } };
    const options = { base_url: server.url, streams: { things: THINGS, parts } };
    const { result, events } = await runRest(database, { options, schema: { namespace: "children" } });
    expect(result.status).toBe("success");
    expect(warningsOf(events)).toEqual(["reading parts: an answer with status 404 was skipped"]);
    expect(await countOf(database, "children.parts")).toBe(1);
  });
});

describe("an answer that is not what it should be", () => {
  test("is not JSON", async () => {
    const html = { headers: { "content-type": "text/html" }, body: "<html><title>Sign in</title></html>" };
    const { run } = await runAgainst([html]);
    await expectFailure(run, {
      code: "source_format",
      exit: 1,
      says: ["page 1 of things", "instead of JSON", "Sign in"],
    });
  });

  test("is cut off", async () => {
    const { run } = await runAgainst((_, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
      response.write('[{"id":1');
      setImmediate(() => response.destroy());
      return undefined;
    });
    await expectFailure(run, { code: "source_truncated", exit: 1, says: ["page 1 of things"] });
  });

  test("has an error inside, though its status is 200", async () => {
    const { run } = await runAgainst([{ json: { error: { message: "quota of the account is used up" } } }]);
    await expectFailure(run, {
      code: "source_format",
      exit: 1,
      says: ["quota of the account is used up", "`records`"],
    });
  });

  test("repeats the same page for ever", async () => {
    const { run, namespace } = await runAgainst(() => PAGE);
    await expectFailure(run, { code: "source_page_repeated", exit: 1, says: ["things"] });
    const { rows } = await database.client.query("select to_regclass($1) as found", [`${namespace}.things`]);
    expect(rows[0].found).toBeNull();
  });

  test("goes backwards although it is said to be in order: it is loaded as one piece, with a warning", async () => {
    const shuffled = {
      json: [
        { id: 3, at: "2026-01-03" },
        { id: 1, at: "2026-01-01" },
      ],
    };
    const { run, count } = await runAgainst([shuffled, PAGE, END]);
    expect(run.result.status).toBe("success");
    expect(warningsOf(run.events)).toEqual([expect.stringMatching(/do not come in the order of at/)]);
    expect(await count()).toBe(3);
  });

  test("has records without their key: they are set aside with their place, in append too", async () => {
    const page = { json: [...ROWS, { at: "2026-01-03" }] };
    const { run } = await runAgainst([page, END], { mode: "append" });
    await expectFailure(run, { code: "too_many_rejects", exit: 1, says: ["things"] });
    const {
      run: allowed,
      namespace,
      count,
      server,
    } = await runAgainst([page, END], { mode: "append" }, { max_rejects: 1 });
    expect(allowed.result.status).toBe("success");
    expect(await count()).toBe(2);
    const { rows } = await database.client.query(`select position, reason from ${namespace}._sluice_rejects`);
    expect(rows).toEqual([
      { position: `GET ${server.url}/things?page=1 record 3`, reason: "the key id is missing or null" },
    ]);
  });
});
