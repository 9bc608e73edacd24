import { describe, expect, test } from "vitest";
import { startHttpServer, type TestHandler } from "../../harness/http-server.ts";
import { apiReader } from "./api-reader.ts";

interface Issue {
  id: number;
  repo: string;
  at: string;
}

/** Repositories in pages of two, the issues of each in pages of two. */
function repositories(repos: { id: number; name: string; archived?: boolean }[], issues: Issue[]): TestHandler {
  return ({ path, query }) => {
    const page = Number(query.get("page") ?? 1);
    const paged = <T>(list: T[]) => ({ json: list.slice((page - 1) * 2, page * 2) });
    if (path === "/repos") return paged(repos);
    const name = decodeURIComponent(/^\/repos\/([^/]+)\/issues$/.exec(path)?.[1] ?? "");
    if (!repos.some((repo) => repo.name === name)) return { status: 404, json: { message: "Not Found" } };
    const since = query.get("since") ?? "";
    return paged(
      issues.filter((issue) => issue.repo === name && issue.at >= since).map(({ repo: _, ...rest }) => rest),
    );
  };
}

function optionsFor(base_url: string, issues: object = {}, repos: object = {}): object {
  const paginate = { type: "page", size: 2 };
  return {
    base_url,
    defaults: { paginate },
    streams: {
      repos: { path: "/repos", primary_key: ["id"], ...repos },
      issues: {
        path: "/repos/{repo}/issues",
        primary_key: ["id"],
        parent: { stream: "repos", keys: { repo: "name" }, include: { repo_id: "id" } },
        cursor: { field: "at", param: "since", ordered: "asc" },
        ...issues,
      },
    },
  };
}

const REPOS = [
  { id: 1, name: "one" },
  { id: 2, name: "two & a half", archived: true },
  { id: 3, name: "three" },
];

function issuesOf(...repos: string[]): Issue[] {
  return repos.map((repo, index) => ({ id: index + 1, repo, at: `2026-01-0${index + 1}` }));
}

describe("children", () => {
  test("whose own field would be written over by the parent's are refused, with the field's name", async () => {
    await using server = await startHttpServer(repositories(REPOS, issuesOf("one")));
    const parent = { stream: "repos", keys: { repo: "name" }, include: { at: "name" } };
    await expect(apiReader(optionsFor(server.url, { parent })).readAll("issues")).rejects.toMatchObject({
      code: "connection_invalid",
      message: expect.stringContaining("`at`"),
    });
  });

  test("are read for each parent, in its order, with what is carried along and names encoded", async () => {
    await using server = await startHttpServer(
      repositories(REPOS, issuesOf("three", "one", "two & a half", "one", "one")),
    );
    const { rows, cursor } = await apiReader(optionsFor(server.url)).readAll("issues");
    expect(rows.map(({ id, repo_id }) => [id, repo_id])).toEqual([
      [2, 1],
      [4, 1],
      [5, 1],
      [3, 2],
      [1, 3],
    ]);
    expect(server.requests.map(({ path }) => path)).toContain("/repos/two%20%26%20a%20half/issues");
    expect(cursor).toMatchObject({
      parents: { one: { at: "2026-01-05" }, "two & a half": { at: "2026-01-03" }, three: { at: "2026-01-01" } },
    });
  });

  test("keep a cursor for each parent, so that a run moves only what is new to each", async () => {
    const issues = issuesOf("one", "three", "three");
    await using server = await startHttpServer(repositories(REPOS, issues));
    const api = apiReader(optionsFor(server.url));
    const first = await api.readAll("issues");
    issues.push({ id: 9, repo: "one", at: "2026-01-02" });
    const second = await api.readAll("issues", first.cursor);
    expect(second.rows).toEqual([{ id: 9, at: "2026-01-02", repo_id: 1 }]);
    expect((await api.readAll("issues", second.cursor)).rows).toEqual([]);
  });

  test("of a parent that is gone are skipped with a warning and a count, and its cursor is forgotten", async () => {
    const issues = issuesOf("one", "two & a half", "three");
    await using server = await startHttpServer((request, response) => {
      const gone = request.path.includes("two") || request.path.includes("three");
      if (gone) return { status: 404, body: "<html>gone</html>" };
      return repositories(REPOS, issues)(request, response);
    });
    const api = apiReader(optionsFor(server.url));
    const { rows } = await api.readAll("issues");
    expect(rows).toHaveLength(1);
    expect(api.warnings).toEqual([
      "reading issues: an answer with status 404 was skipped",
      "reading issues: 2 answers with status 404 were skipped",
    ]);
  });

  test("that may not be read fail the stream, unless a rule says otherwise", async () => {
    await using server = await startHttpServer((request, response) =>
      request.path.includes("two")
        ? { status: 403, json: { message: "no access" } }
        : repositories(REPOS, [])(request, response),
    );
    await expect(apiReader(optionsFor(server.url)).readAll("issues")).rejects.toMatchObject({
      code: "credentials_rejected",
      message: expect.stringContaining("no access"),
    });
    const on_error = [{ status: 403, action: "ignore", message: "the token does not see every repository" }];
    const api = apiReader(optionsFor(server.url, { on_error }));
    await api.readAll("issues");
    expect(api.warnings[0]).toBe(
      "reading issues: an answer with status 403 was skipped: the token does not see every repository",
    );
  });

  test("are read for chosen parents only, and once for a parent that comes twice", async () => {
    const repos = [...REPOS, { id: 1, name: "one" }];
    await using server = await startHttpServer(repositories(repos, issuesOf("one", "two & a half")));
    const parent = { stream: "repos", keys: { repo: "name" }, where: { id: [1, 2] } };
    const { rows } = await apiReader(optionsFor(server.url, { parent })).readAll("issues");
    expect(rows.map(({ id }) => id)).toEqual([1, 2]);
  });

  test("of a parent without the field are left out with a warning", async () => {
    await using server = await startHttpServer(repositories([{ id: 1, name: "one" }, { id: 2 } as never], []));
    const api = apiReader(optionsFor(server.url));
    await api.readAll("issues");
    expect(api.warnings).toEqual(["1 records of repos have no name: issues is not read for them"]);
  });

  test("never climb out of their path", async () => {
    await using server = await startHttpServer(repositories([{ id: 1, name: ".." }], []));
    await expect(apiReader(optionsFor(server.url)).readAll("issues")).rejects.toMatchObject({ code: "source_format" });
  });

  test("may have children, which see what their parents carried along", async () => {
    await using server = await startHttpServer(({ path, query }) => {
      if (query.get("page") !== "1") return { json: [] };
      if (path === "/repos") return { json: [{ id: 1, owner: { login: "ada" }, name: "one" }] };
      if (path === "/repos/ada/one/issues") return { json: [{ number: 7 }] };
      return { json: [{ id: 70, path }] };
    });
    const keys = { owner: "owner.login", repo: "name" };
    const streams = {
      repos: { path: "/repos" },
      issues: {
        path: "/repos/{owner}/{repo}/issues",
        parent: { stream: "repos", keys, include: { ...keys, owner: "owner.login", repo: "name" } },
      },
      comments: {
        path: "/repos/{o}/{r}/issues/{n}/comments",
        parent: { stream: "issues", keys: { o: "owner", r: "repo", n: "number" }, include: { issue: "number" } },
      },
    };
    const api = apiReader({ base_url: server.url, defaults: { paginate: { type: "page" } }, streams });
    expect((await api.readAll("comments")).rows).toEqual([
      { id: 70, path: "/repos/ada/one/issues/7/comments", issue: 7 },
    ]);
  });

  test("are asked for several parents at once, as many as `concurrency` says", async () => {
    let open = 0;
    let most = 0;
    const repos = Array.from({ length: 12 }, (_, id) => ({ id, name: `r${id}` }));
    const handler = repositories(repos, []);
    await using server = await startHttpServer(async (request, response) => {
      if (request.path === "/repos") return handler(request, response);
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 20));
      open--;
      return handler(request, response);
    });
    await apiReader({ ...optionsFor(server.url), concurrency: 3 }).readAll("issues");
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });
});
