import { beforeAll, expect, test } from "vitest";
import { waitsOf, warningsOf } from "../bad-input/rest-api-run.ts";
import { startHttpServer } from "../harness/http-server.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { exampleWorkspace, idsIn, runUntil, runWell, secondsAfter, sorted } from "./example-workspace.ts";
import { JIRA_TOKEN, type JiraIssue, jiraServer } from "./jira-server.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

/** An issue every twenty seconds: three in a minute. */
function issue(index: number, changed = secondsAfter(index * 20)): JiraIssue {
  const updated = changed.toISOString().replace("Z", "+0000");
  const worklogs = index % 40 === 0 ? [`w${index}a`, `w${index}b`] : [];
  return {
    id: String(10_000 + index),
    key: `A-${index}`,
    fields: { updated, summary: `Issue ${index}`, status: { name: "Open" } },
    worklogs,
  };
}

function issues(count: number): JiraIssue[] {
  return Array.from({ length: count }, (_, index) => issue(index));
}

function setup(url: string, namespace: string) {
  return { url, namespace, secrets: { password: JIRA_TOKEN } };
}

test("Jira is loaded whole, then only what changed, though it compares no finer than minutes", async () => {
  const all = issues(260);
  const jira = jiraServer(all);
  await using server = await startHttpServer(jira.handler);
  await using ws = await exampleWorkspace(database, "jira", setup(server.url, "jira"));
  const first = await runWell(ws);
  expect(first.read).toEqual({ projects: 1, issues: 260, worklogs: 14 });
  expect(await idsIn(database, "jira.issues")).toEqual(sorted(all.map(({ id }) => id)));

  const newest = secondsAfter(259 * 20).getTime();
  Object.assign(all[5] as JiraIssue, {
    fields: { ...issue(5, new Date(newest + 10)).fields, summary: "within the minute" },
  });
  all.push(issue(300, new Date(newest + 90_000)));
  jira.refuse(1, { status: 429, headers: { "retry-after": "12" }, json: { errorMessages: ["Rate limit exceeded."] } });
  const second = await runWell(ws);
  expect(second.read["issues"]).toBe(2);
  expect(waitsOf(second.events)).toContain(12_000);
  const { rows } = await database.client.query("select summary, status from jira.issues where id = '10005'");
  expect(rows).toEqual([{ summary: "within the minute", status: "Open" }]);
});

test("Jira's issue that goes while its work logs are read is skipped with a warning", async () => {
  const all = issues(3);
  const jira = jiraServer(all);
  await using server = await startHttpServer((request, response) =>
    request.path.endsWith("/10001/worklog")
      ? { status: 404, json: { errorMessages: ["gone"] } }
      : jira.handler(request, response),
  );
  await using ws = await exampleWorkspace(database, "jira", setup(server.url, "jira_gone"));
  const { events, read } = await runWell(ws);
  expect(read["worklogs"]).toBe(2);
  expect(warningsOf(events)).toEqual(["reading worklogs: an answer with status 404 was skipped"]);
});

test.each([2, 4, 60])("Jira interrupted at request %d ends exactly right with the next run", async (requests) => {
  const all = issues(260);
  const jira = jiraServer(all);
  await using server = await startHttpServer(jira.handler);
  const namespace = `jira_cut_${requests}`;
  await using ws = await exampleWorkspace(database, "jira", setup(server.url, namespace));
  expect((await runUntil(ws, jira, requests)).result.status).toBe("cancelled");
  await runWell(ws);
  expect(await idsIn(database, `${namespace}.issues`)).toEqual(sorted(all.map(({ id }) => id)));
  expect(await idsIn(database, `${namespace}.worklogs`)).toHaveLength(14);
});

test("Jira's refusal of a token names the secret", async () => {
  await using server = await startHttpServer(jiraServer([]).handler);
  const wrong = { ...setup(server.url, "jira_no"), secrets: { password: "ATATT_wrong_token" } };
  await using ws = await exampleWorkspace(database, "jira", wrong);
  const { result } = await ws.run("api");
  expect([result.exit_code, result.error?.code]).toEqual([3, "credentials_rejected"]);
  expect(result.error?.message).toMatch(/Client must be authenticated.*sluice secrets set api password/);
});
