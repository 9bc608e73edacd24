import type { TestAnswer } from "../harness/http-server.ts";
import { descriptionOf } from "./description.ts";
import { startVendor, type Vendor } from "./vendor.ts";

export const SHEET_ID = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789abcdef";
export const SHEET_SECRETS = {
  client_id: "42-abc.apps.googleusercontent.com",
  client_secret: "GOCSPX-0123456789abcdef",
  refresh_token: "1//0a-refresh-token-of-google",
};

type Cell = string | number | boolean;
export type Sheets = Record<string, Cell[][]>;

const ACCESS = "ya29.an-access-token";

/**
 * Google's Sheets API: a spreadsheet with its sheets, and the values of rows of one, without what is empty at the ends; access
 * tokens for a refresh token that stays. A request that its description does not know is refused.
 */
export function startGoogleSheets(sheets: Sheets): Promise<Vendor> {
  const described = descriptionOf("google_sheets");
  return startVendor({
    admit: ({ path, headers }) =>
      path === "/token" || headers.authorization === `Bearer ${ACCESS}` ? undefined : error(401, "Invalid Credentials"),
    error,
    description: {
      ...described,
      refusals: (request) => (request.path === "/token" ? [] : described.refusals(request)),
    },
    routes: {
      "POST /token": ({ body }) => {
        const form = new URLSearchParams(body);
        const wrong = Object.entries(SHEET_SECRETS).some(([name, value]) => form.get(name) !== value);
        return wrong
          ? { status: 400, json: { error: "invalid_grant" } }
          : { json: { access_token: ACCESS, expires_in: 3599, token_type: "Bearer" } };
      },
      "GET /v4/spreadsheets/{id}": (_, { id }) => (id === SHEET_ID ? whole(sheets) : error(404, "not found")),
      "GET /v4/spreadsheets/{id}/values/{range}": (_, { range = "" }) => {
        const [, title = "", from = "", to = ""] = /^'(.*)'!(\d+):(\d+)$/.exec(range) ?? [];
        const rows = sheets[title.replaceAll("''", "'")];
        if (rows === undefined) return error(400, `Unable to parse range: ${range}`);
        const values = rows.slice(Number(from) - 1, Number(to)).map(trimmed);
        while (values.at(-1)?.length === 0) values.pop();
        return { json: { range, majorDimension: "ROWS", ...(values.length === 0 ? {} : { values }) } };
      },
    },
  });
}

function whole(sheets: Sheets): TestAnswer {
  const grids = Object.entries(sheets).map(([title, rows], index) => ({
    properties: { sheetId: index, title, index, sheetType: "GRID", gridProperties: { rowCount: rows.length + 100 } },
  }));
  const chart = { properties: { sheetId: 99, title: "Chart", index: 99, sheetType: "OBJECT" } };
  return { json: { properties: { title: "Budget" }, sheets: [...grids, chart] } };
}

function trimmed(row: readonly Cell[]): Cell[] {
  const last = row.findLastIndex((cell) => cell !== "");
  return row.slice(0, last + 1);
}

function error(code: number, message: string): TestAnswer {
  return { status: code, json: { error: { code, message, status: "ERROR" } } };
}
