import { SHEET_ID, SHEET_SECRETS, startGoogleSheets } from "../vendors/google-sheets-server.ts";

export async function prepare() {
  const rows = Array.from({ length: 40 }, (_, n) => [n, `Row ${n}`, n % 2 === 0]);
  const vendor = await startGoogleSheets({ Plan: [["Id", "Name", "Done"], ...rows], "Ada's list": [["a"], [1]] });
  const options = { spreadsheet_id: SHEET_ID, api_url: vendor.url, login_url: vendor.url };
  return vendor.fixture({ options, secrets: SHEET_SECRETS });
}
