import { expect, test } from "vitest";
import { conformanceChecks } from "../../src/connector/conformance/conformance-checks.ts";
import {
  type Connector,
  ConnectorError,
  defineConnector,
  type ReadContext,
  type RowBatch,
  z,
} from "../../src/connector/index.ts";
import { bearer, startVendor } from "../vendors/vendor.ts";

const TOKEN = "a-token-for-twelve-numbers";
const PAGE = 3;

type Context = ReadContext<{ url: string }, { token: string }>;
type Read = (ctx: Context) => AsyncGenerator<RowBatch>;

const error = (status: number, message: string) => ({ status, json: { message } });

/** Twelve numbers, three a page, those after the one that is named. */
const prepare = async () => {
  const vendor = await startVendor({
    admit: ({ query, headers }) =>
      query.get("token") === TOKEN ? undefined : bearer(TOKEN, error(401, "no"))({ query, headers } as never),
    error,
    routes: {
      "GET /me": () => ({ json: { name: "Ada" } }),
      "GET /numbers": ({ query }) => {
        const after = Number(query.get("after") ?? 0);
        return { json: Array.from({ length: 12 }, (_, n) => ({ n: n + 1 })).slice(after, after + PAGE) };
      },
    },
  });
  return vendor.fixture({ options: { url: vendor.url }, secrets: { token: TOKEN } });
};

const clientOf = ({ http, options, secrets }: Context) =>
  http({ baseUrl: options.url, auth: { type: "bearer", token: secrets.token, secret: "token" } });

/** As it should be. */
const good: Read = async function* (ctx) {
  const api = await clientOf(ctx);
  for (let after = Number(ctx.cursor ?? 0); ; ) {
    const rows = await api.json<{ n: number }[]>("/numbers", { params: { after } });
    ctx.signal.throwIfAborted();
    if (rows.length === 0) return;
    after = rows.at(-1)?.n ?? after;
    yield { rows, cursor: after };
  }
};

/** A page that fails is passed over, and the cursor is set to where the stream ends all the same. */
const movesOn: Read = async function* (ctx) {
  try {
    yield* good(ctx);
  } catch (cause) {
    if (ctx.signal.aborted || (cause as ConnectorError).code === "credentials_rejected") throw cause;
    yield { rows: [], cursor: 12 };
  }
};

/** The cursor is written and never looked at. */
const forgets: Read = (ctx) => good({ ...ctx, cursor: undefined });

/** The state that it was given is changed before anything was read. */
const changesState: Read = async function* (ctx) {
  const state = (ctx.cursor ?? { after: 0 }) as { after: number };
  const { after } = state;
  state.after = 12;
  for await (const batch of good({ ...ctx, cursor: after })) {
    yield { ...batch, cursor: { after: Number(batch.cursor) } };
  }
};

const inAddress: Read = async function* (ctx) {
  const api = await ctx.http({ baseUrl: ctx.options.url, params: { token: ctx.secrets.token } });
  yield* good({ ...ctx, http: async () => api });
};

const inError: Read = async function* (ctx) {
  try {
    yield* good(ctx);
  } catch (cause) {
    if (ctx.signal.aborted) throw cause;
    const { code } = cause as { code: "source_failed" };
    throw new ConnectorError(code, `reading with ${ctx.secrets.token}: it failed`, { cause });
  }
};

/** Whatever went wrong, it is tried again. */
const retriesAll: Read = async function* (ctx) {
  try {
    yield* good(ctx);
  } catch (cause) {
    if (ctx.signal.aborted) throw cause;
    yield* good(ctx);
  }
};

const deaf: Read = (ctx) => {
  const { signal } = new AbortController();
  return good({
    ...ctx,
    signal,
    http: async (options = {}) => {
      const api = await ctx.http(options);
      const once = async (path: string, request?: object) => {
        const url = `${ctx.options.url}${path}?after=${(request as { params: { after: number } }).params.after}`;
        const answer = await fetch(url, { headers: { authorization: `Bearer ${ctx.secrets.token}` } });
        if (answer.status === 401) throw new ConnectorError("credentials_rejected", "no");
        if (!answer.ok) throw new ConnectorError("source_failed", "down");
        return answer.json();
      };
      return { ...api, json: once as typeof api.json };
    },
  });
};

function numbers(read: Read): Connector {
  const connector = defineConnector({
    name: "numbers",
    title: "Numbers",
    description: "Twelve numbers",
    options: z.strictObject({ url: z.string().describe("Where they are") }),
    secrets: z.strictObject({ token: z.string().describe("Lets it count") }),
    check: async () => ({ message: "can count" }),
    streams: [{ name: "numbers", mode: "append", primaryKey: ["n"], ordered: true, read }],
  });
  return connector as unknown as Connector;
}

async function noticed(read: Read): Promise<string[]> {
  const failed: string[] = [];
  for (const { title, run } of conformanceChecks({ name: "numbers", connector: numbers(read) }, prepare))
    await run().catch(() => failed.push(title));
  return failed;
}

test("a connector that keeps to everything passes", async () => {
  expect(await noticed(good)).toEqual([]);
});

test.each<[string, Read, string]>([
  ["a cursor that is set to the end after a page has failed", movesOn, "loses nothing when any request fails"],
  ["a cursor that is written and never read back", forgets, "resumes from any cursor"],
  ["a state that is changed in place before anything was stored", changesState, "resumes from any cursor"],
  ["a token in an address", inAddress, "shows no secret"],
  ["a token in an error", inError, "shows no secret"],
  ["a refused login that is tried again", retriesAll, "does not ask again"],
  ["reading that goes on after an abort while nothing is answered", deaf, "ends within a second"],
  ["a 429 that ends the reading", deaf, "waits as long as it is told"],
])("the suite notices %s", async (_, read, title) => {
  expect(await noticed(read)).toContainEqual(expect.stringContaining(title));
});
