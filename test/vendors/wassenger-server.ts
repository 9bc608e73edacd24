import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { moment, type Route, startVendor, type Vendor } from "./vendor.ts";

export const WASSENGER_SECRETS = { api_key: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978" };

export interface WassengerMessage {
  id: string;
  createdAt: string;
  chat: string;
  flow: "inbound" | "outbound";
  ack: string;
}

export interface WassengerData {
  devices: { id: string; alias: string; phone: string; status: string }[];
  /** By device; a device that has none is without the platform. */
  messages: Map<string, WassengerMessage[]>;
}

export const deviceId = (n: number) => (0x64a1b2c3 + n).toString(16).padEnd(24, "0");

export const wassengerMessage = (n: number): WassengerMessage => ({
  id: `msg${String(n).padStart(5, "0")}`,
  createdAt: moment(n * 60).toISOString(),
  chat: `3460011${n % 7}@c.us`,
  flow: n % 2 === 0 ? "inbound" : "outbound",
  ack: "delivered",
});

export function wassengerData(messages = 120): WassengerData {
  const devices = [0, 1, 2].map((n) => ({
    id: deviceId(n),
    alias: `Line ${n}`,
    phone: `+3460000000${n}`,
    status: "operative",
  }));
  const of = (n: number) => Array.from({ length: messages }, (_, i) => wassengerMessage(n * 1000 + i));
  return { devices, messages: new Map([0, 1].map((n) => [deviceId(n), of(n)])) };
}

/** Wassenger's API as it is known: lists without an envelope, pages from 0 by `page` and `size`, newest first, `after`. */
export async function startWassenger(data: WassengerData = wassengerData()): Promise<Vendor> {
  return startVendor({
    admit: ({ headers }) =>
      headers["token"] === WASSENGER_SECRETS.api_key ? undefined : failure(401, "Invalid API token"),
    error: failure,
    routes: {
      "GET /v1/devices": () => ({ json: data.devices }),
      "GET /v1/devices/{device}/team": () => ({ json: [{ id: deviceId(50), displayName: "Ada", role: "admin" }] }),
      "GET /v1/devices/{device}/departments": () => ({ json: [{ id: deviceId(60), name: "Support" }] }),
      "GET /v1/devices/{device}/labels": () => ({ json: [{ name: "vip", color: "ruby" }] }),
      "GET /v1/devices/{device}/groups": (request) =>
        page(
          request,
          many(130, (n) => ({ id: `1203${n}@g.us`, name: `Group ${n}` })),
        ),
      "GET /v1/chat/{device}/chats": ofPlatform((request) =>
        page(
          request,
          many(210, (n) => ({ id: `3460${n}@c.us`, status: "active" })),
        ),
      ),
      "GET /v1/chat/{device}/contacts": ofPlatform((request) =>
        page(
          request,
          many(100, (n) => ({ id: `3460${n}@c.us`, name: `Name ${n}` })),
        ),
      ),
      "GET /v1/chat/{device}/messages": ofPlatform((request, { device = "" }) =>
        page(request, newestFirst(request, data.messages.get(device) ?? [])),
      ),
      "GET /v1/messages": (request) => page(request, newestFirst(request, many(30, wassengerMessage))),
      "GET /v1/webhooks": () => ({ json: [{ id: deviceId(70), url: "https://example.com/hook", status: "active" }] }),
    },
  });
  function ofPlatform(route: Route): Route {
    return (request, places) =>
      data.messages.has(places["device"] ?? "")
        ? route(request, places)
        : failure(404, "The device has no chat platform");
  }
}

function many<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

function newestFirst({ query }: SeenRequest, messages: readonly WassengerMessage[]): WassengerMessage[] {
  const after = Date.parse(query.get("after") ?? "1970-01-01");
  return messages
    .filter(({ createdAt }) => Date.parse(createdAt) > after)
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

function page<T>({ query }: SeenRequest, items: readonly T[]): TestAnswer {
  const size = Math.min(Number(query.get("size") ?? 20), 100);
  const from = Number(query.get("page") ?? 0) * size;
  return { json: items.slice(from, from + size) };
}

function failure(status: number, message: string): TestAnswer {
  return { status, json: { status, message, errorCode: "error" } };
}
