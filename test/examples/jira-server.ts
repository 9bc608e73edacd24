import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { type Vendor, vendorOf } from "./example-workspace.ts";

export interface JiraIssue {
  id: string;
  key: string;
  fields: { updated: string; summary: string; status: { name: string } };
  /** Ids of its work logs. */
  worklogs: string[];
}

export const JIRA_TOKEN = "ATATT3x_0123456789";
const LOGIN = `Basic ${btoa(`you@example.com:${JIRA_TOKEN}`)}`;
const MINUTE_MS = 60_000;

/**
 * Jira Cloud as documented: JQL with a date compares whole minutes; pages by `nextPageToken`, which the last page does
 * not have; offsets elsewhere; basic authentication with an API token.
 */
export function jiraServer(issues: JiraIssue[]): Vendor {
  return vendorOf((request) => {
    const { headers, path } = request;
    if (headers.authorization !== LOGIN)
      return { status: 401, body: "Client must be authenticated to access this resource." };
    if (path === "/rest/api/3/project/search") return offsets(request, "values", [{ id: "10000", key: "A" }]);
    if (path === "/rest/api/3/search/jql") return search(request, issues);
    const id = /^\/rest\/api\/3\/issue\/([^/]+)\/worklog$/.exec(path)?.[1];
    const issue = issues.find((one) => one.id === id);
    if (issue === undefined) return refusal(404, "Issue does not exist or you do not have permission to see it.");
    return offsets(
      request,
      "worklogs",
      issue.worklogs.map((worklog) => ({ id: worklog, issueId: issue.id })),
    );
  });
}

function search({ query }: SeenRequest, issues: readonly JiraIssue[]): TestAnswer {
  const jql = /^updated >= (\d+) ORDER BY updated ASC$/.exec(query.get("jql") ?? "");
  if (jql === null) return refusal(400, "Error in the JQL Query");
  const minute = Math.floor(Number(jql[1]) / MINUTE_MS) * MINUTE_MS;
  const timeOf = ({ fields }: JiraIssue) => Date.parse(fields.updated.replace("+0000", "Z"));
  const found = issues
    .filter((issue) => timeOf(issue) >= minute)
    .sort((a, b) => timeOf(a) - timeOf(b) || (a.id < b.id ? -1 : 1));
  const size = Math.min(100, Number(query.get("maxResults") ?? 50));
  const from = Number(atob(query.get("nextPageToken") ?? ""));
  const page = found.slice(from, from + size).map(({ worklogs: _, ...issue }) => issue);
  const isLast = from + size >= found.length;
  return { json: { issues: page, isLast, ...(isLast ? {} : { nextPageToken: btoa(String(from + size)) }) } };
}

function offsets({ query }: SeenRequest, name: string, all: readonly unknown[]): TestAnswer {
  const [startAt, maxResults] = [Number(query.get("startAt") ?? 0), Number(query.get("maxResults") ?? 50)];
  return { json: { startAt, maxResults, total: all.length, [name]: all.slice(startAt, startAt + maxResults) } };
}

function refusal(status: number, message: string): TestAnswer {
  return { status, json: { errorMessages: [message], errors: {} } };
}
