import { beforeAll, expect, test } from "vitest";
import { waitsOf, warningsOf } from "../bad-input/rest-api-run.ts";
import { startHttpServer } from "../harness/http-server.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { exampleWorkspace, idsIn, runUntil, runWell, secondsAfter, sorted } from "./example-workspace.ts";
import { GITHUB_TOKEN, type Github, type GithubRecord, githubServer } from "./github-server.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

/** GitHub's times have whole seconds, so that several issues share one. */
function records(from: number, count: number): GithubRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    id: from + index,
    number: index + 1,
    updated_at: secondsAfter(Math.floor(index / 3))
      .toISOString()
      .replace(".000", ""),
    user: { login: "ada" },
  }));
}

function organisation(): Github {
  return {
    repos: [
      { id: 1, name: "engine", has_issues: true },
      { id: 2, name: "docs", has_issues: true },
      { id: 3, name: "mirror", has_issues: false },
    ],
    issues: { engine: records(1000, 250), docs: records(2000, 40) },
    comments: { engine: records(3000, 130) },
  };
}

function setup(url: string, namespace: string, token = GITHUB_TOKEN) {
  const change = (options: { variables: object }) => Object.assign(options.variables, { org: "acme" });
  return { url, namespace, secrets: { token }, change };
}

function issueIds({ issues }: Github): string[] {
  return sorted(Object.values(issues).flatMap((list) => list.map(({ id }) => id)));
}

test("GitHub is loaded whole, then only what changed, with a pause where it asks for one", async () => {
  const data = organisation();
  const github = githubServer(data);
  await using server = await startHttpServer(github.handler);
  await using ws = await exampleWorkspace(database, "github", setup(server.url, "github"));
  const first = await runWell(ws);
  expect(first.read).toEqual({ repos: 3, issues: 290, issue_comments: 130 });
  expect(await idsIn(database, "github.issues")).toEqual(issueIds(data));
  expect(warningsOf(first.events)).toEqual([
    "reading issues: an answer with status 410 was skipped: issues are switched off in this repository",
  ]);

  const newest = data.issues["engine"]?.at(-1)?.updated_at as string;
  data.issues["engine"]?.push({ id: 1900, updated_at: newest }, { id: 1901, updated_at: "2026-02-01T00:00:00Z" });
  Object.assign(data.issues["docs"]?.[0] as GithubRecord, { updated_at: "2026-02-01T00:00:00Z", title: "changed" });
  github.refuse(1, {
    status: 403,
    headers: { "retry-after": "30" },
    json: { message: "You have exceeded a secondary rate limit" },
  });
  const second = await runWell(ws);
  expect(second.read).toEqual({ repos: 3, issues: 3, issue_comments: 0 });
  expect(waitsOf(second.events)).toContain(30_000);
  expect(await idsIn(database, "github.issues")).toEqual(issueIds(data));
  const { rows } = await database.client.query("select title, repo, repo_id from github.issues where id = 2000");
  expect(rows).toEqual([{ title: "changed", repo: "docs", repo_id: "2" }]);
});

test.each([2, 4, 6, 8, 10])(
  "GitHub interrupted at request %d ends exactly right with the next run",
  async (requests) => {
    const data = organisation();
    const github = githubServer(data);
    await using server = await startHttpServer(github.handler);
    await using ws = await exampleWorkspace(database, "github", setup(server.url, `github_cut_${requests}`));
    const { result } = await runUntil(ws, github, requests);
    expect(result.status).toBe("cancelled");
    await runWell(ws);
    expect(await idsIn(database, `github_cut_${requests}.issues`)).toEqual(issueIds(data));
  },
);

test("GitHub's refusal of a token names the secret", async () => {
  await using server = await startHttpServer(githubServer(organisation()).handler);
  await using ws = await exampleWorkspace(database, "github", setup(server.url, "github_no", "github_pat_wrong_token"));
  const { result } = await ws.run("api");
  expect([result.exit_code, result.error?.code]).toEqual([3, "credentials_rejected"]);
  expect(result.error?.message).toMatch(/Bad credentials.*sluice secrets set api token/);
});
