import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placesIn, renderJson, renderPath, renderText } from "../../../src/connector/rest/template.ts";

describe("a path", () => {
  test.each([
    ["/repos/{owner}/{repo}", { owner: "ada", repo: "a b" }, "/repos/ada/a%20b"],
    ["/repos/{full}", { full: "ada/one" }, "/repos/ada%2Fone"],
    ["/repos/{+full}/issues", { full: "ada/one two" }, "/repos/ada/one%20two/issues"],
    ["/x/{id}?a={b}", { id: 7, b: "1&c=2" }, "/x/7?a=1%26c%3D2"],
    ["/x/{{id}}", {}, "/x/{id}"],
    ["/x/{id}", {}, undefined],
    ["/x/{id}", { id: ".." }, undefined],
    ["/x/{+id}", { id: "a/../b" }, undefined],
  ])("%s with %j is %s", (path, values, wanted) => {
    expect(renderPath(path, values)).toBe(wanted);
  });

  test("never leaves its place, whatever the value", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const path = renderPath("/a/{v}/z", { v: value.toWellFormed() });
        if (path === undefined) return;
        const { pathname, search, hash } = new URL(path, "https://h");
        expect(pathname.split("/")).toHaveLength(4);
        expect([pathname.startsWith("/a/"), pathname.endsWith("/z"), search, hash]).toEqual([true, true, "", ""]);
      }),
    );
  });
});

test("a text takes values as they are; {#name} in JSON keeps the type", () => {
  expect(renderText('updated >= "{cursor}"', { cursor: "2026-01-01" })).toBe('updated >= "2026-01-01"');
  expect(renderJson({ from: "{#cursor}", text: "{cursor}", q: ["v{cursor}", 1, null] }, { cursor: 5 })).toEqual({
    from: 5,
    text: "5",
    q: ["v5", 1, null],
  });
});

test("places are found with the way to them", () => {
  expect(placesIn({ a: ["{x}", "{{y}}", { b: "n {+z}" }], c: "{ id }" })).toEqual([
    { name: "x", path: ["a", 0], isWhole: true, keepsSlashes: false },
    { name: "z", path: ["a", 2, "b"], isWhole: false, keepsSlashes: true },
  ]);
});
