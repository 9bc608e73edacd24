import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { descriptionOf } from "./description.ts";
import { bearer, moment, type Route, startVendor, type Vendor } from "./vendor.ts";

export const GITHUB_TOKEN = "github_pat_0123456789abcdefABCDEF";

export interface GithubItem {
  id: number;
  updated_at: string;
}

export interface GithubData {
  issues: GithubItem[];
  commits: { sha: string; commit: { committer: { date: string } } }[];
  /** Repositories that are empty. */
  empty: string[];
}

/** A minute apart: GitHub's times have no parts of a second. */
export const minute = (n: number) =>
  moment(n * 60)
    .toISOString()
    .replace(".000", "");

export function githubData(count = 12): GithubData {
  return {
    issues: Array.from({ length: count }, (_, n) => ({ id: 1000 + n, updated_at: minute(Math.floor(n / 2)) })),
    commits: Array.from({ length: count }, (_, n) => ({
      sha: n.toString(16).padStart(40, "0"),
      commit: { committer: { date: minute(n) } },
    })),
    empty: [],
  };
}

/**
 * GitHub's REST API: lists of a repository, sorted and filtered by `since` to the second, in pages that the Link header
 * names; what is left of the limit in headers. A request that its description does not know is refused.
 */
export function startGithub(data: GithubData = githubData(), largest_page = 100): Promise<Vendor> {
  const list = (items: () => readonly object[]): Route => {
    return (request, { repo = "" }) => page(request, repo, items(), largest_page);
  };
  return startVendor({
    admit: bearer(GITHUB_TOKEN, error(401, "Bad credentials")),
    error,
    headers: () => ({
      "x-ratelimit-limit": "5000",
      "x-ratelimit-remaining": "4000",
      "x-ratelimit-reset": "1790000000",
    }),
    description: descriptionOf("github"),
    routes: {
      "GET /user": () => ({ json: { login: "ada", id: 1 }, headers: { "x-oauth-scopes": "repo, gist" } }),
      "GET /repos/{owner}/{repo}": (_, { owner, repo = "" }) => ({
        json: { id: idOf(repo, 1), full_name: `${owner}/${repo}`, private: false },
      }),
      "GET /repos/{owner}/{repo}/issues": list(() => data.issues),
      "GET /repos/{owner}/{repo}/issues/comments": list(() => data.issues),
      "GET /repos/{owner}/{repo}/pulls": list(() => data.issues),
      "GET /repos/{owner}/{repo}/pulls/comments": list(() => data.issues),
      "GET /repos/{owner}/{repo}/releases": list(() => [{ id: 1, tag_name: "v1.0.0" }]),
      "GET /repos/{owner}/{repo}/labels": list(() => [{ id: 2, name: "bug" }]),
      "GET /repos/{owner}/{repo}/milestones": list(() => [{ id: 3, title: "First" }]),
      "GET /repos/{owner}/{repo}/commits": (request, { repo = "" }) =>
        data.empty.includes(repo)
          ? error(409, "Git Repository is empty.")
          : page(request, repo, [...data.commits].reverse(), largest_page),
    },
  });
}

/** Ids are unique over all repositories. */
function idOf(repo: string, id: number): number {
  return id + 1_000_000 * repo.length;
}

function page({ path, query }: SeenRequest, repo: string, items: readonly object[], largest: number): TestAnswer {
  const size = Math.min(Number(query.get("per_page") ?? 30), largest);
  const number = Number(query.get("page") ?? 1);
  const since = query.get("since") ?? "";
  const found = items
    .map((item) => ("id" in item ? { ...item, id: idOf(repo, item.id as number) } : item))
    .filter((item) => timeOf(item) >= since);
  if (query.get("sort") === "updated")
    found.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0));
  if (query.get("direction") === "desc") found.reverse();
  const next = new URLSearchParams(query);
  next.set("page", String(number + 1));
  const more = number * size < found.length;
  const headers = more ? { link: `<${path}?${next}>; rel="next"` } : {};
  return { json: found.slice((number - 1) * size, number * size), headers };
}

function timeOf(item: object): string {
  if ("updated_at" in item) return item.updated_at as string;
  return "commit" in item ? (item as GithubData["commits"][number]).commit.committer.date : "9999";
}

function error(status: number, message: string): TestAnswer {
  return { status, json: { message, documentation_url: "https://docs.github.com/rest", status: String(status) } };
}
