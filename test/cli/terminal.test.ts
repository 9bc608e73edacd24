import { describe, expect, test } from "vitest";
import { styleFor } from "../../src/cli/style.ts";
import { formatFields, formatTable } from "../../src/cli/table.ts";
import { sluice, workspaceFolder } from "./command-harness.ts";

const terminal = { isTTY: true } as NodeJS.WriteStream;
const pipe = { isTTY: false } as unknown as NodeJS.WriteStream;

describe("colours", () => {
  test.each([
    [terminal, {}, true],
    [pipe, {}, false],
    [terminal, { NO_COLOR: "1" }, false],
    [terminal, { NO_COLOR: "" }, true],
    [terminal, { TERM: "dumb" }, false],
    [pipe, { FORCE_COLOR: "1" }, true],
    [terminal, { FORCE_COLOR: "0" }, false],
    [pipe, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
  ])("on %o with %j: %j", (output, env, wanted) => {
    const style = styleFor(output, env);
    expect(style.colours).toBe(wanted);
    expect(style.red("x") === "x").toBe(!wanted);
  });

  test("do not move the columns of a table", () => {
    const { red } = styleFor(terminal, {});
    const [head = "", row = ""] = formatTable(
      [{ title: "a" }, { title: "b", align: "right" }],
      [[red("long"), "1"]],
    ).split("\n");
    expect(head).toBe("A     B");
    expect(row).toBe(`${red("long")}  1`);
  });
});

describe("tables", () => {
  test("show empty cells, and keep a cell on one line", () => {
    expect(formatTable([{ title: "a" }, { title: "b" }], [["", "x\ny"]])).toBe("A  B\n-  x y");
    expect(
      formatFields([
        ["name", "x"],
        ["a longer one", ""],
      ]),
    ).toBe("name:         x\na longer one: -");
  });
});

describe("questions", () => {
  test("fail where there is no terminal, naming the flag", async () => {
    const cwd = await workspaceFolder({ "config.json": { version: 1, connections: [] } });
    const { exit_code, json } = await sluice(["connections", "add", "--json"], { cwd });
    expect([exit_code, json().error.code]).toEqual([2, "needs_terminal"]);
  });
});
