import { test } from "vitest";
import { localApi } from "./local-api.ts";
import { proveSource } from "./prove-source.ts";

const ORDERS = 4000;
const CUSTOMERS = 30;
const FIRST = Date.UTC(2026, 9, 1);
/** Rows lie seven minutes apart: about two hundred a day, which is what a slice is. */
const STEP_MS = 7 * 60_000;
const PAGE = 50;
const TOKEN = "let-me-in-0815";

const orders = Array.from({ length: ORDERS }, (_, id) => order(id, FIRST + id * STEP_MS));
const customers = Array.from({ length: CUSTOMERS }, (_, id) => ({ id, name: `Customer ${id}` }));

/** What Airbyte's connector builder makes: slices by day that are read side by side, pages, a stream of streams. */
test("source-declarative-manifest of airbyte-cdk", async () => {
  await using api = await localApi((url, { headers }) => {
    if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: { error: "who are you?" } };
    return { body: { items: pageOf(url) } };
  });
  await proveSource({
    options: {
      ...{ package: "airbyte-cdk==7.39.1", command: "source-declarative-manifest" },
      config: { __injected_declarative_manifest: manifest(api.url) },
    },
    secrets: `api_token = "${TOKEN}"`,
    offers: { orders: "merge", customers: "replace", visits: "replace" },
    whole: { orders: ORDERS, customers: CUSTOMERS, visits: CUSTOMERS * 2 },
    moveOn() {
      const last = Date.parse(orders.at(-1)?.updated_at ?? "");
      orders.push(order(ORDERS, last + STEP_MS));
      orders[5] = { ...order(5, last + STEP_MS), note: "changed" };
      // What has the time of the cursor comes once more.
      return { orders: 3, customers: CUSTOMERS, visits: CUSTOMERS * 2 };
    },
    killedAfter: 1000,
  });
});

function order(id: number, at: number) {
  return { id, amount: id / 4, note: `order ${id}`, updated_at: new Date(at).toISOString().replace(".000", "") };
}

function pageOf({ pathname, searchParams }: URL): object[] {
  const page = Number(searchParams.get("page") ?? 1);
  const rows = pathname === "/orders" ? ordersBetween(searchParams) : rowsOf(pathname);
  return rows.slice((page - 1) * PAGE, page * PAGE);
}

function ordersBetween(params: URLSearchParams): object[] {
  const [since = "", until = ""] = [params.get("since") ?? "", params.get("until") ?? ""];
  return orders.filter(({ updated_at }) => updated_at >= since && updated_at <= until);
}

function rowsOf(pathname: string): object[] {
  if (pathname === "/customers") return customers;
  const customer = Number(pathname.split("/")[2]);
  return [1, 2].map((visit) => ({ id: customer * 10 + visit, customer_id: customer }));
}

function manifest(url: string): object {
  const format = "%Y-%m-%dT%H:%M:%SZ";
  const parameter = (field_name: string) => ({ type: "RequestOption", inject_into: "request_parameter", field_name });
  const time = (datetime: string) => ({ type: "MinMaxDatetime", datetime, datetime_format: format });
  const retriever = (path: string) => ({
    type: "SimpleRetriever",
    requester: {
      ...{ type: "HttpRequester", url_base: url, path, http_method: "GET" },
      authenticator: { type: "BearerAuthenticator", api_token: "{{ config['api_token'] }}" },
    },
    record_selector: { type: "RecordSelector", extractor: { type: "DpathExtractor", field_path: ["items"] } },
    paginator: {
      type: "DefaultPaginator",
      page_token_option: parameter("page"),
      pagination_strategy: { type: "PageIncrement", page_size: PAGE, start_from_page: 1 },
    },
  });
  const stream = (name: string, properties: object) => ({
    ...{ type: "DeclarativeStream", name, primary_key: ["id"] },
    schema_loader: { type: "InlineSchemaLoader", schema: { type: "object", properties } },
  });
  const integer = { type: "integer" };
  const text = { type: ["null", "string"] };
  const customersStream = { ...stream("customers", { id: integer, name: text }), retriever: retriever("/customers") };
  return {
    ...{ version: "6.0.0", type: "DeclarativeSource", check: { type: "CheckStream", stream_names: ["customers"] } },
    spec: { type: "Spec", connection_specification: { type: "object", properties: {} } },
    streams: [
      {
        ...stream("orders", {
          ...{ id: integer, amount: { type: "number" }, note: text },
          updated_at: { type: "string", format: "date-time" },
        }),
        retriever: retriever("/orders"),
        incremental_sync: {
          ...{ type: "DatetimeBasedCursor", cursor_field: "updated_at", datetime_format: format },
          ...{ step: "P1D", cursor_granularity: "PT1S" },
          start_datetime: time("2026-10-01T00:00:00Z"),
          end_datetime: time("2026-11-01T00:00:00Z"),
          start_time_option: parameter("since"),
          end_time_option: parameter("until"),
        },
      },
      customersStream,
      {
        ...stream("visits", { id: integer, customer_id: integer }),
        retriever: {
          ...retriever("/customers/{{ stream_slice.customer_id }}/visits"),
          partition_router: {
            type: "SubstreamPartitionRouter",
            parent_stream_configs: [
              {
                ...{ type: "ParentStreamConfig", parent_key: "id", partition_field: "customer_id" },
                stream: customersStream,
              },
            ],
          },
        },
      },
    ],
  };
}
