import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { type Vendor, vendorOf } from "./example-workspace.ts";

export interface GithubRecord {
  id: number;
  updated_at: string;
  [field: string]: unknown;
}

export interface Github {
  repos: { id: number; name: string; has_issues: boolean }[];
  /** By repository. */
  issues: Record<string, GithubRecord[]>;
  comments: Record<string, GithubRecord[]>;
}

export const GITHUB_TOKEN = "github_pat_0123456789";

/**
 * GitHub's REST API as documented: pages of at most 100 by `page` and `per_page` with a Link header; `since` gives what
 * was updated at that second or later; X-RateLimit fields; 401, 404 and, where issues are switched off, 410.
 */
export function githubServer(data: Github): Vendor {
  let remaining = 5000;
  return vendorOf((request) => {
    if (request.headers.authorization !== `Bearer ${GITHUB_TOKEN}`) return refusal(401, "Bad credentials");
    const answer = answerTo(request, data);
    const limits = { "x-ratelimit-limit": "5000", "x-ratelimit-remaining": String(--remaining) };
    return { ...answer, headers: { ...limits, ...answer.headers } };
  });
}

function answerTo(request: SeenRequest, { repos, issues, comments }: Github): TestAnswer {
  const { path } = request;
  if (path === "/orgs/acme") return { json: { login: "acme" } };
  if (path === "/orgs/acme/repos") return page(request, repos);
  const [, name = "", what] = /^\/repos\/acme\/([^/]+)\/issues(\/comments)?$/.exec(path) ?? [];
  const repo = repos.find((one) => one.name === name);
  if (repo === undefined) return refusal(404, "Not Found");
  if (!repo.has_issues && what === undefined) return refusal(410, "Issues are disabled for this repo");
  return page(request, updated(request, (what === undefined ? issues : comments)[name] ?? []));
}

function updated({ query }: SeenRequest, records: GithubRecord[]): GithubRecord[] {
  const since = query.get("since") ?? "";
  const sign = query.get("direction") === "asc" ? 1 : -1;
  const found = records.filter((record) => record.updated_at >= since);
  return found.sort(
    (a, b) => sign * (a.updated_at < b.updated_at ? -1 : a.updated_at > b.updated_at ? 1 : a.id - b.id),
  );
}

function page({ path, query }: SeenRequest, records: readonly unknown[]): TestAnswer {
  const size = Math.min(100, Number(query.get("per_page") ?? 30));
  const number = Number(query.get("page") ?? 1);
  const last = Math.ceil(records.length / size);
  const link = (target: number, rel: string) => {
    const params = new URLSearchParams([...query].filter(([name]) => name !== "page"));
    params.set("page", String(target));
    return `<${path}?${params}>; rel="${rel}"`;
  };
  const links = number < last ? [link(number + 1, "next"), link(last, "last")] : [];
  const headers = links.length === 0 ? {} : { link: links.join(", ") };
  return { json: records.slice((number - 1) * size, number * size), headers };
}

function refusal(status: number, message: string): TestAnswer {
  return { status, json: { message, documentation_url: "https://docs.github.com/rest", status: String(status) } };
}
