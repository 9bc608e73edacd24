import {
  apiAddress,
  type CheckReport,
  type ConnectorContext,
  defineConnector,
  type HttpClient,
  type JsonValue,
  type ReadContext,
  type StreamDefinition,
  snakeCase,
  type TableBatch,
  z,
} from "sluice/connector";

/** Rows that are asked for at once. */
const ROWS = 5000;

const options = z.strictObject({
  spreadsheet_id: z
    .string()
    .regex(/^[\w-]{20,}$/, "must be the long part of the spreadsheet's address, between /d/ and /edit")
    .describe("Id of the spreadsheet: the long part of its address, between /d/ and /edit."),
  header_row: z.int().min(1).default(1).describe("The row that holds the names of the columns, in every sheet."),
  api_url: apiAddress("https://sheets.googleapis.com"),
  login_url: apiAddress("https://oauth2.googleapis.com"),
});

const secrets = z.strictObject({
  client_id: z.string().min(1).describe("Client id of an OAuth client of the kind Desktop app."),
  client_secret: z.string().min(1).describe("Its client secret."),
  refresh_token: z.string().min(1).describe("Set by `sluice connections login`."),
});

type Options = z.output<typeof options>;
type Secrets = z.output<typeof secrets>;
type Context = ConnectorContext<Options, Secrets>;

interface Sheet {
  title: string;
  rows: number;
}

export default defineConnector({
  name: "google_sheets",
  title: "Google Sheets",
  description: "The sheets of a Google spreadsheet, each a table, with the names of its columns from one row.",
  options,
  secrets,
  guide: {
    credentials: `1. In the Google Cloud console make a project, switch the Google Sheets API on, and make an OAuth client of the kind
   Desktop app.
2. Set \`client_id\` and \`client_secret\` with \`sluice secrets set <connection> <name>\`.
3. Log in as somebody who may see the spreadsheet; only reading of spreadsheets is asked for.`,
    limits: "60 reads in a minute for a user; not more are sent. A 429 is waited out with growing pauses.",
    deletes: "Each run replaces the table by what the sheet holds.",
    streams: "One for each sheet that has cells, named after it, with the mode `replace`. Charts have no rows.",
    notes:
      "Values come as they are, not as they are shown: numbers as numbers, times as the text that the sheet shows. Empty cells are nulls, empty rows are left out. Columns without a name are called after their place.",
    example: { spreadsheet_id: "1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789abcdef" },
  },
  login: ({ options: { login_url }, secrets: { client_id = "", client_secret = "" } }) => ({
    authorizeUrl:
      login_url === "https://oauth2.googleapis.com"
        ? "https://accounts.google.com/o/oauth2/v2/auth"
        : `${login_url}/o/oauth2/v2/auth`,
    tokenUrl: `${login_url}/token`,
    clientId: client_id,
    clientSecret: client_secret,
    scope: "https://www.googleapis.com/auth/spreadsheets.readonly",
    // Google gives a refresh token only when it is asked so, and only at the first consent.
    params: { access_type: "offline", prompt: "consent" },
    secret: "refresh_token",
  }),

  async check(ctx): Promise<CheckReport> {
    const { title, sheets } = await describe(ctx);
    return { message: `may read "${title}" with its sheets ${sheets.map((sheet) => sheet.title).join(", ")}` };
  },

  async streams(ctx) {
    const { sheets } = await describe(ctx);
    const names = new Set<string>();
    return sheets.map((sheet) => sheetStream(sheet, freeName(snakeCase(sheet.title) || "sheet", names)));
  },
});

function sheetStream(sheet: Sheet, name: string): StreamDefinition<Options, Secrets> {
  return {
    name,
    description: `Rows of the sheet ${sheet.title}`,
    mode: "replace",
    read: (ctx) => readSheet(ctx, sheet),
  };
}

async function* readSheet(ctx: ReadContext<Options, Secrets>, sheet: Sheet): AsyncGenerator<TableBatch> {
  const { header_row } = ctx.options;
  const client = await clientOf(ctx);
  const [header = []] = await rowsOf(client, ctx, { sheet, from: header_row, to: header_row });
  const names = new Set<string>();
  const columns = header.map((cell, at) => freeName(String(cell ?? "").trim() || `column_${at + 1}`, names));
  if (columns.length === 0) return;
  for (let from = header_row + 1; from <= sheet.rows; from += ROWS) {
    const rows = await rowsOf(client, ctx, { sheet, from, to: Math.min(from + ROWS - 1, sheet.rows) });
    ctx.signal.throwIfAborted();
    const values = rows
      .map((row) => columns.map((_, at) => (row[at] === "" ? null : (row[at] ?? null))))
      .filter((row) => row.some((cell) => cell !== null));
    yield { columns, values };
  }
}

/** Whole rows; what is empty at the end of a row or of the rows does not come. */
async function rowsOf(
  client: HttpClient,
  { options: { spreadsheet_id } }: Context,
  { sheet, from, to }: { sheet: Sheet; from: number; to: number },
): Promise<JsonValue[][]> {
  const range = `'${sheet.title.replaceAll("'", "''")}'!${from}:${to}`;
  const path = `/v4/spreadsheets/${spreadsheet_id}/values/${encodeURIComponent(range)}`;
  const params = {
    majorDimension: "ROWS",
    valueRenderOption: "UNFORMATTED_VALUE",
    dateTimeRenderOption: "FORMATTED_STRING",
  };
  const { values = [] } = await client.json<{ values?: JsonValue[][] }>(path, {
    params,
    doing: `reading rows ${from} to ${to} of ${sheet.title}`,
  });
  return values;
}

interface Described {
  properties: { title: string };
  sheets: { properties: { title: string; sheetType?: string; gridProperties?: { rowCount?: number } } }[];
}

/** Charts and the like are sheets too; only grids have rows. */
async function describe(ctx: Context): Promise<{ title: string; sheets: Sheet[] }> {
  const client = await clientOf(ctx);
  const { properties, sheets } = await client.json<Described>(`/v4/spreadsheets/${ctx.options.spreadsheet_id}`, {
    params: { fields: "properties.title,sheets.properties" },
    doing: "looking at the spreadsheet",
  });
  const grids = sheets.map((sheet) => sheet.properties).filter(({ sheetType = "GRID" }) => sheetType === "GRID");
  return {
    title: properties.title,
    sheets: grids.map(({ title, gridProperties }) => ({ title, rows: gridProperties?.rowCount ?? 0 })),
  };
}

function clientOf({ http, options: { api_url, login_url }, secrets, saveSecret }: Context): Promise<HttpClient> {
  const { client_id, client_secret, refresh_token } = secrets;
  return http({
    baseUrl: api_url,
    retries: 6,
    rate_limit: { requests: 60, per_s: 60 },
    auth: {
      type: "oauth2_refresh_token",
      tokenUrl: `${login_url}/token`,
      clientId: client_id,
      clientSecret: client_secret,
      refreshToken: refresh_token,
      secret: "refresh_token",
      saveRefreshToken: (token) => saveSecret("refresh_token", token),
    },
  });
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}_${number}`;
  taken.add(name);
  return name;
}
