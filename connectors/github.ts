import { apiAddress, defineRestConnector, z } from "sluice/connector";

const DAY_S = 86_400;

const options = z.strictObject({
  repositories: z
    .array(z.string().regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/name"))
    .min(1)
    .describe('Repositories as owner/name: ["sluice-dev/sluice"].'),
  commit_lookback_days: z
    .number()
    .min(0)
    .default(7)
    .describe("Commits are dated when they are made, not when they are pushed: so many days are read again."),
  api_url: apiAddress("https://api.github.com"),
});

const secrets = z.strictObject({
  token: z.string().min(1).describe("Fine-grained personal access token with read access to the repositories."),
});

/** What is asked for by `since`: second for second, so that it does not matter whether GitHub means after or from. */
const since = { param: "since", ordered: "asc" as const, requery: true, margin_s: 1 };
const oldestFirst = { sort: "updated", direction: "asc" };

export default defineRestConnector({
  name: "github",
  title: "GitHub",
  description: "Repositories of GitHub with their issues, pull requests, comments, commits and releases.",
  options,
  secrets,
  guide: {
    credentials: `1. Under Settings, Developer settings, Personal access tokens, Fine-grained tokens make a token for the repositories.
2. Give it reading only: Contents, Issues, Pull requests and Metadata.
3. Set it: \`sluice secrets set <connection> token\`. A classic token works too; the test of the connection names scopes that
   it has besides.`,
    limits:
      "5,000 requests in an hour, and secondary limits for bursts. What GitHub's headers say is heeded; a run waits for the hour to be over rather than fail.",
    deletes: "GitHub does not tell what was deleted. Closed issues and pull requests stay and have `state`.",
    notes:
      "An issue that is a pull request is a row of both streams; it has `pull_request` among the issues. Empty repositories have no commits, and those whose issues are switched off no issues: a warning says so.",
    example: { repositories: ["sluice-dev/sluice"] },
  },
  auth: ({ secrets: { token } }) => ({ type: "bearer", token, secret: "token" }),
  identity: {
    path: "/user",
    says: "logged in as {login}",
    remark: ({ headers }) => {
      const scopes = headers.get("x-oauth-scopes");
      return scopes ? `a classic token with the scopes ${scopes}` : undefined;
    },
  },
  api: ({ api_url, repositories, commit_lookback_days }) => {
    const values = repositories.map((repository) => {
      const [owner = "", repo = ""] = repository.split("/");
      return { owner, repo, repository };
    });
    const parent = { values, keys: { owner: "owner", repo: "repo" }, include: { repository: "repository" } };
    return {
      base_url: api_url,
      headers: { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" },
      max_wait_s: 3_900,
      defaults: {
        records: "",
        params: { per_page: 100 },
        paginate: { type: "link" },
        primary_key: ["id"],
        on_error: [
          { status: 409, action: "ignore", message: "the repository is empty" },
          { status: 410, action: "ignore", message: "issues are switched off" },
        ],
      },
      streams: {
        repositories: {
          description: "The repositories.",
          path: "/repos/{owner}/{repo}",
          params: { per_page: null },
          paginate: { type: "none" },
          parent,
        },
        issues: {
          description: "Issues by their last change, pull requests among them.",
          path: "/repos/{owner}/{repo}/issues",
          params: { state: "all", ...oldestFirst },
          cursor: { field: "updated_at", ...since },
          parent,
        },
        issue_comments: {
          description: "Comments on issues and pull requests, by their last change.",
          path: "/repos/{owner}/{repo}/issues/comments",
          params: oldestFirst,
          cursor: { field: "updated_at", ...since },
          parent,
        },
        pull_requests: {
          description: "Pull requests, those that changed last first; read until those that are known.",
          path: "/repos/{owner}/{repo}/pulls",
          params: { state: "all", sort: "updated", direction: "desc" },
          cursor: { field: "updated_at", ordered: "desc" },
          parent,
        },
        review_comments: {
          description: "Comments on lines of pull requests, by their last change.",
          path: "/repos/{owner}/{repo}/pulls/comments",
          params: oldestFirst,
          cursor: { field: "updated_at", ...since },
          parent,
        },
        commits: {
          description: "Commits of the default branch.",
          path: "/repos/{owner}/{repo}/commits",
          primary_key: ["repository", "sha"],
          cursor: {
            field: "commit.committer.date",
            param: "since",
            margin_s: 1,
            lookback_s: commit_lookback_days * DAY_S,
          },
          parent,
        },
        releases: { description: "Releases with their assets.", path: "/repos/{owner}/{repo}/releases", parent },
        labels: { description: "Labels.", path: "/repos/{owner}/{repo}/labels", parent },
        milestones: {
          description: "Milestones, closed ones too.",
          path: "/repos/{owner}/{repo}/milestones",
          params: { state: "all" },
          parent,
        },
      },
    };
  },
});
