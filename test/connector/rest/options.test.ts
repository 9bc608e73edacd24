import { describe, expect, test } from "vitest";
import { restOptions } from "../../../src/connector/rest/rest-options.ts";
import { schemaProblems } from "../../../src/core/schema-problems.ts";

function problemsOf(streams: object, more: object = {}): string[] {
  const options = { base_url: "https://api.example.com", streams, ...more };
  return schemaProblems(restOptions(), options).map(({ path, message }) => `${path}: ${message}`);
}

const CURSOR = { field: "updated_at" };

describe("options are refused where they are written", () => {
  test.each([
    [
      "an unknown key",
      { a: { path: "/a", paginat: {} } },
      /^streams\.a\.paginat: is not a known key\. Did you mean "paginate"/,
    ],
    [
      "an address that is none",
      {},
      /^base_url: must be an address/,
      { base_url: "example.com", streams: { a: { path: "/a" } } },
    ],
    ["no stream", {}, /^streams: must not be empty/],
    ["a stream with a bad name", { "My Stream": { path: "/a" } }, /streams.*lower-case/],
    [
      "a place without a value",
      { a: { path: "/a/{rep}" } },
      /^streams\.a\.path: has the place \{rep\}, for which there is no value \(there are repo\)\. Did you mean "repo"\? Write \{\{rep\}\}/,
      { variables: { repo: "x" } },
    ],
    [
      "a place in a parameter",
      { a: { path: "/a", params: { since: "{cursr}" }, cursor: CURSOR } },
      /^streams\.a\.params\.since: .*Did you mean "cursor"/,
    ],
    [
      "a place in the body",
      { a: { path: "/a", method: "POST", body: { filters: [{ value: "{to}" }] } } },
      /^streams\.a\.body\.filters\[0\]\.value: has the place \{to\}/,
    ],
    [
      "a place in the defaults",
      { a: { path: "/a" } },
      /^defaults\.params\.since: has the place \{cursor\}/,
      { defaults: { params: { since: "{cursor}" } } },
    ],
    [
      "a place in what holds for all requests",
      { a: { path: "/a" } },
      /^headers\.x: has the place \{org\}/,
      { headers: { x: "{org}" } },
    ],
    [
      "a variable with a name of our own",
      { a: { path: "/a" } },
      /^variables\.cursor: is a name that Sluice fills/,
      { variables: { cursor: "x" } },
    ],
    [
      "a parent that is not there",
      { repos: { path: "/a" }, b: { path: "/{x}", parent: { stream: "repo", keys: { x: "id" } } } },
      /^streams\.b\.parent\.stream: is not one of the other streams: "repo"\. Did you mean "repos"/,
    ],
    [
      "parents in a circle",
      {
        r: { path: "/" },
        a: { path: "/{x}", parent: { stream: "b", keys: { x: "id" } } },
        b: { path: "/{x}", parent: { stream: "a", keys: { x: "id" } } },
      },
      /^streams\.a\.parent\.stream: leads back/,
    ],
    [
      "a key of the parent that is used nowhere",
      { r: { path: "/" }, a: { path: "/a", parent: { stream: "r", keys: { x: "id" } } } },
      /^streams\.a\.parent\.keys\.x: is used nowhere: put \{x\}/,
    ],
    [
      "a cursor within text without a start",
      { a: { path: "/a", params: { q: "at >= {cursor}" }, cursor: CURSOR } },
      /^streams\.a\.cursor\.start: is missing: \{cursor\} stands within other text/,
    ],
    [
      "a start that is no time",
      { a: { path: "/a", cursor: { ...CURSOR, format: "epoch_s", start: "soon" } } },
      /^streams\.a\.cursor\.start: must be a time/,
    ],
    [
      "a format that is none",
      { a: { path: "/a", cursor: { ...CURSOR, format: "isoo" } } },
      /^streams\.a\.cursor\.format: must be iso, /,
    ],
    [
      "a window without a start",
      { a: { path: "/a", cursor: CURSOR, window: { from_param: "f", to_param: "t", step_s: 60 } } },
      /^streams\.a\.cursor\.start: is missing: windows begin there/,
    ],
    [
      "a window that is not asked for",
      { a: { path: "/a", cursor: { ...CURSOR, start: "2026-01-01" }, window: { from_param: "f", step_s: 60 } } },
      /^streams\.a\.window\.to_param: is missing/,
    ],
    [
      "a limit of records without an order",
      { a: { path: "/a", paginate: { type: "page", max_records: 9 }, cursor: CURSOR } },
      /^streams\.a\.paginate\.max_records: needs a cursor/,
    ],
    [
      "a lookback into append",
      { a: { path: "/a", mode: "append", cursor: { ...CURSOR, lookback_s: 1 } } },
      /^streams\.a\.cursor\.lookback_s: .*must be merge/,
    ],
    ["merge without a key", { a: { path: "/a", mode: "merge" } }, /^streams\.a\.primary_key: is missing/],
    ["a body with GET", { a: { path: "/a", body: { q: 1 } } }, /^streams\.a\.method: must be POST/],
    [
      "a cursor paginator without a source",
      { a: { path: "/a", paginate: { type: "cursor", param: "after" } } },
      /^streams\.a\.paginate: of the type cursor must have one of/,
    ],
    [
      "a paginator of an unknown type",
      { a: { path: "/a", paginate: { type: "pages" } } },
      /^streams\.a\.paginate\.type: must be one of none, detect, .*, not "pages"\. Did you mean "page"\?/,
    ],
    [
      "an authorisation of an unknown type",
      { a: { path: "/a" } },
      /^auth\.type: must be one of none, bearer, .*, not "oauth"\./,
      { auth: { type: "oauth" } },
    ],
    [
      "an error rule that fits everything",
      { a: { path: "/a", on_error: [{ action: "ignore" }] } },
      /^streams\.a\.on_error\[0\]: must have a `status` or a `body`/,
    ],
    [
      "a pattern that is none",
      { a: { path: "/a", on_error: [{ body: { path: "m", matches: "(" }, action: "fail" }] } },
      /matches: is not a regular expression/,
    ],
    [
      "both select and exclude",
      { a: { path: "/a", fields: { select: ["a"], exclude: ["b"] } } },
      /^streams\.a\.fields: must not have both/,
    ],
  ])("%s", (_, streams, says, more: object = {}) => {
    const problems = problemsOf(streams, more);
    expect(problems.join("\n")).toMatch(says);
  });

  test("with all problems at once", () => {
    expect(problemsOf({ a: { path: "/{x}" }, b: { path: "/{y}", body: {} } })).toHaveLength(3);
  });
});

test("braces that are no places are left alone, and two of them stand for themselves", () => {
  const body = { query: "query { issues(first: 10) { nodes { id {{name}} } } }" };
  expect(problemsOf({ a: { path: "/graphql", method: "POST", body } })).toEqual([]);
});
