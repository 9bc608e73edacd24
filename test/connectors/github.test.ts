import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import github from "../../connectors/github.ts";
import { GITHUB_TOKEN, githubData, minute, startGithub } from "../vendors/github-server.ts";

const setup = (url: string) => ({
  options: { api_url: url, repositories: ["ada/one"] },
  secrets: { token: GITHUB_TOKEN },
});

test("an issue that changes between two pages does not push others past the reader", async () => {
  const data = githubData(12);
  await using vendor = await startGithub(data, 5);
  vendor.onRequest = (number) => {
    if (number === 2) Object.assign(data.issues[0] ?? {}, { updated_at: minute(50) });
  };
  const { rows, cursor } = await tryStream(github, { ...setup(vendor.url), stream: "issues" });
  expect(new Set(rows.map(({ id }) => Number(id) - 3_000_000))).toEqual(new Set(data.issues.map(({ id }) => id)));
  expect(rows.every(({ repository }) => repository === "ada/one")).toBe(true);
  data.issues.push({ id: 2000, updated_at: minute(51) });
  const second = await tryStream(github, { ...setup(vendor.url), stream: "issues", cursor: cursor ?? null });
  expect(second.rows.map(({ id }) => id)).toEqual([3_002_000]);
});

test("pull requests are read until those that are known", async () => {
  const data = githubData(40);
  await using vendor = await startGithub(data, 5);
  const first = await tryStream(github, { ...setup(vendor.url), stream: "pull_requests" });
  Object.assign(data.issues[7] ?? {}, { updated_at: minute(90) });
  const asked = vendor.requests.length;
  const second = await tryStream(github, {
    ...setup(vendor.url),
    stream: "pull_requests",
    cursor: first.cursor ?? null,
  });
  expect(second.rows.map(({ id }) => id)).toEqual([3_001_007]);
  expect(vendor.requests.length - asked).toBe(1);
});

test("commits that were made long before they were pushed come with the next run", async () => {
  const data = githubData(5);
  await using vendor = await startGithub(data);
  const first = await tryStream(github, { ...setup(vendor.url), stream: "commits" });
  data.commits.push({ sha: "f".repeat(40), commit: { committer: { date: minute(0) } } });
  const second = await tryStream(github, { ...setup(vendor.url), stream: "commits", cursor: first.cursor ?? null });
  expect(second.rows.map(({ sha }) => sha)).toContain("f".repeat(40));
});

test("an empty repository is skipped with a warning, and a used up limit is waited for", async () => {
  const data = githubData(2);
  data.empty.push("one");
  await using vendor = await startGithub(data);
  const read = await tryStream(github, { ...setup(vendor.url), stream: "commits" });
  expect(read.rows).toEqual([]);
  expect(read.log).toContainEqual(expect.stringContaining("the repository is empty"));
  const reset = String(Math.floor(Date.now() / 1000));
  vendor.refuse(1, { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }, json: {} });
  expect((await tryStream(github, { ...setup(vendor.url), stream: "labels" })).rows).toHaveLength(1);
});
