import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";

export interface DemoApi extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/fdsnws/event/1`: the part of the address that all calls share. */
  base_url: string;
  /** Lets the reviews be published that were held back; returns how many earthquakes they concern. */
  publish(): number;
}

/** Reviews of the newest earthquakes come in after the first load. */
const REVIEWED_LATER = 25;
/** The real service gives at most 20,000; smaller pages show more of what a connector does. */
const MAX_LIMIT = 500;

interface Earthquake extends JsonObject {
  id: string;
  properties: JsonObject & { time: number; updated: number; status: string };
}

/**
 * Serves recorded earthquakes on this machine in the shape of the service that they are from (FDSN event web service of
 * the USGS): `query` with `limit`, `offset` from 1, `updatedafter` and the newest first, as GeoJSON.
 */
export async function startDemoApi(file: string): Promise<DemoApi> {
  const earthquakes = await readEarthquakes(file);
  const server = createServer((request, response) => answer(request, response, earthquakes));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base_url: `http://127.0.0.1:${port}/fdsnws/event/1`,
    publish: () => review(earthquakes),
    [Symbol.asyncDispose]() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function readEarthquakes(file: string): Promise<Earthquake[]> {
  const collection: unknown = JSON.parse(await readFile(file, "utf8"));
  const features: JsonValue = isJsonObject(collection) ? (collection.features ?? []) : [];
  return (features as unknown as Earthquake[]).sort((a, b) => b.properties.time - a.properties.time);
}

function review(earthquakes: readonly Earthquake[]): number {
  const newest = Math.max(...earthquakes.map(({ properties }) => properties.updated));
  const reviewed = earthquakes.slice(0, REVIEWED_LATER);
  for (const [index, { properties }] of reviewed.entries()) {
    properties.updated = newest + 1000 * (index + 1);
    properties.status = "reviewed";
  }
  return reviewed.length;
}

function answer(request: IncomingMessage, response: ServerResponse, earthquakes: readonly Earthquake[]): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const [status, body] =
    pathname === "/fdsnws/event/1/query"
      ? query(searchParams, earthquakes)
      : [404, { error: `there is no ${pathname}` }];
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function query(params: URLSearchParams, earthquakes: readonly Earthquake[]): [status: number, body: JsonObject] {
  const limit = Number(params.get("limit") ?? MAX_LIMIT);
  const offset = Number(params.get("offset") ?? 1);
  if (!(limit >= 1 && limit <= MAX_LIMIT && offset >= 1)) {
    return [400, { error: `limit must be 1 to ${MAX_LIMIT} and offset at least 1` }];
  }
  const after = Date.parse(params.get("updatedafter") ?? "1970-01-01");
  const found = earthquakes.filter(({ properties }) => properties.updated >= after);
  const features = found.slice(offset - 1, offset - 1 + limit);
  return [200, { type: "FeatureCollection", metadata: { count: features.length, offset, limit }, features }];
}
