import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import sheets from "../../connectors/google_sheets.ts";
import { SHEET_ID, SHEET_SECRETS, startGoogleSheets } from "../vendors/google-sheets-server.ts";

const setup = (url: string, options: object = {}) => ({
  options: { spreadsheet_id: SHEET_ID, api_url: url, login_url: url, ...options },
  secrets: SHEET_SECRETS,
});

test("cells come by the names of their columns; empty ones are nulls, empty rows are left out", async () => {
  const rows = [["Budget of the year"], ["Id", "", "Id"], [1, "a", true], ["", "", ""], [2, "", 0.5]];
  await using vendor = await startGoogleSheets({ "Ada's list": rows });
  const read = await tryStream(sheets, setup(vendor.url, { header_row: 2 }));
  expect(read.rows).toEqual([
    { Id: 1, column_2: "a", Id_2: true },
    { Id: 2, column_2: null, Id_2: 0.5 },
  ]);
});

test("long sheets are read in pieces, and sheets of one name in other letters are two streams", async () => {
  const long = [["n"], ...Array.from({ length: 11_000 }, (_, n) => [n])];
  await using vendor = await startGoogleSheets({ Plan: long, PLAN: [["n"], [1]] });
  expect((await tryStream(sheets, { ...setup(vendor.url), stream: "plan" })).rows).toHaveLength(11_000);
  expect((await tryStream(sheets, { ...setup(vendor.url), stream: "plan_2" })).rows).toEqual([{ n: 1 }]);
});
