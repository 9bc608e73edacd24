import { expect, test } from "vitest";
import { chooseColumns } from "../../../../src/databases/postgres/source/choose-columns.ts";
import type { ColumnInfo } from "../../../../src/databases/postgres/source/column-info.ts";

const COLUMNS = ["id", "name", "_sluice_loaded_at", "_sluice_run_id"].map(
  (name) => ({ name, type: "text", carried: "text", nullable: true }) as ColumnInfo,
);

function names(settings: Parameters<typeof chooseColumns>[2]): string[] {
  return chooseColumns("public.orders", COLUMNS, settings).map(({ name }) => name);
}

test("the columns that Sluice adds are not copied along, unless they are asked for", () => {
  expect(names(undefined)).toEqual(["id", "name"]);
  const columns = ["id", "_sluice_run_id"];
  expect(names({ columns, rename: { _sluice_run_id: "made_by" } })).toEqual(["id", "made_by"]);
});

test("a column that is not there is told with what was meant", () => {
  expect(() => names({ exclude: ["nmae"] })).toThrow(/public\.orders: there is no column "nmae".*Did you mean "?name/);
});
