import type { ConformanceFixture } from "../../src/connector/conformance/open-fixture.ts";
import type { ServiceAnswer, TestedService } from "../../src/connector/conformance/tested-service.ts";
import { type SeenRequest, startHttpServer, type TestAnswer, type TestServer } from "../harness/http-server.ts";
import type { Description } from "./description.ts";

/** What stands in the places of a route's path. */
export type Places = Readonly<Record<string, string>>;
export type Route = (request: SeenRequest, places: Places) => TestAnswer;

export interface VendorDefinition {
  /** What is answered to a request that is not let in; undefined lets it in. */
  admit(request: SeenRequest): TestAnswer | undefined;
  /** `GET /boards/{id}/cards`. */
  routes: Readonly<Record<string, Route>>;
  /** How the vendor writes an error. */
  error(status: number, message: string): TestAnswer;
  /** On every answer: what is left of the limit, for example. */
  headers?(request: SeenRequest): Record<string, string>;
  /** How it refuses a login, and too many requests, where that is not just a 401 and a 429. */
  unauthorised?: TestAnswer;
  limited?: TestAnswer;
  description?: Description;
  /** Parameters that the description wants and that the connector gives another way, as a header. */
  given?: readonly string[];
  /** Fields of answers that the vendor's documentation has and its description lacks: `.response_metadata`. */
  undescribed?: readonly string[];
}

/** A server that behaves as a vendor does, and that can be made to fail as vendors fail. */
export interface Vendor extends AsyncDisposable, TestedService {
  url: string;
  server: TestServer;
  /** What the vendor would have refused, and what it would not have answered. */
  violations: string[];
  /** How far its clock is ahead of this machine's. */
  skew_ms: number;
  /** Called with the number of each request, from 1, before it is answered: what changes between two pages. */
  onRequest: ((number: number) => void) | undefined;
  /** What the conformance suite needs to read it; fails at its end when the vendor would have refused anything. */
  fixture(settings: Pick<ConformanceFixture, "options" | "secrets">): ConformanceFixture;
}

interface Faults {
  next: TestAnswer[];
  from: { number: number; answer: TestAnswer } | undefined;
  silent: boolean;
}

export async function startVendor(definition: VendorDefinition): Promise<Vendor> {
  const faults: Faults = { next: [], from: undefined, silent: false };
  const violations: string[] = [];
  let count = 0;
  const server = await startHttpServer((request) => {
    count++;
    vendor.onRequest?.(count);
    if (faults.silent) return undefined;
    const { from } = faults;
    const fault = from !== undefined && count >= from.number ? from.answer : faults.next.shift();
    const answer = fault ?? answerOf(definition, request, violations);
    const date = new Date(Date.now() + vendor.skew_ms).toUTCString();
    return { ...answer, headers: { date, ...definition.headers?.(request), ...answer.headers } };
  });
  const vendor: Vendor = {
    url: server.url,
    ...{ server, violations },
    ...(definition.unauthorised && { unauthorised: asService(definition.unauthorised) }),
    ...(definition.limited && { limited: asService(definition.limited) }),
    skew_ms: 0,
    onRequest: undefined,
    get requests() {
      return server.requests.map(({ method, path, query }) => ({ method, url: `${path}?${query}` }));
    },
    refuse: (times, answer) => void faults.next.push(...Array<TestAnswer>(times).fill(answer)),
    refuseFrom(number, answer) {
      count = 0;
      faults.from = { number, answer };
    },
    fallSilent() {
      faults.silent = true;
    },
    heal: () => void Object.assign(faults, { next: [], from: undefined, silent: false }),
    fixture: (settings) => ({ ...settings, workspace: "/nonexistent", service: vendor, close }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  async function close() {
    await server[Symbol.asyncDispose]();
    if (violations.length > 0) throw new Error([...new Set(violations)].join("\n"));
  }
  return vendor;
}

function asService({ status = 200, headers = {}, json, body }: TestAnswer): ServiceAnswer {
  const text = typeof body === "string" ? { body } : {};
  return { status, headers: headers as Record<string, string>, json, ...text };
}

function answerOf(definition: VendorDefinition, request: SeenRequest, violations: string[]): TestAnswer {
  const { description, given } = definition;
  const refused = definition.admit(request);
  if (refused !== undefined) return refused;
  const found = findRoute(definition.routes, request);
  if (found === undefined) return definition.error(404, `there is no ${request.method} ${request.path}`);
  const [route, places] = found;
  const refusals = description?.refusals(request, given) ?? [];
  if (refusals.length > 0) {
    violations.push(...refusals.map((problem) => `${request.method} ${request.path}: ${problem}`));
    return definition.error(400, refusals.join("; "));
  }
  const answer = route(request, places);
  const invented = (answer.status ?? 200) === 200 ? (description?.inventions(request, answer.json) ?? []) : [];
  const { undescribed = [] } = definition;
  const wrong = invented.filter((problem) => !undescribed.some((field) => problem.startsWith(`${field} `)));
  violations.push(...wrong.map((problem) => `the answer to ${request.method} ${request.path}: ${problem}`));
  return answer;
}

function findRoute(routes: VendorDefinition["routes"], { method, path }: SeenRequest): [Route, Places] | undefined {
  for (const [name, route] of Object.entries(routes)) {
    const [verb = "", template = ""] = name.split(" ");
    const pattern = template.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&").replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)");
    const match = verb === method ? new RegExp(`^${pattern}$`).exec(path) : null;
    if (match === null) continue;
    const places = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]);
    return [route, Object.fromEntries(places)];
  }
  return undefined;
}

/** Lets in those who carry the token as a bearer. */
export function bearer(token: string, refusal: TestAnswer): VendorDefinition["admit"] {
  return ({ headers }) => (headers.authorization === `Bearer ${token}` ? undefined : refusal);
}

/** The page of `size` that follows the item with that key; what is gone meanwhile does not move the others. */
export function pageAfter<T>(items: readonly T[], key: (item: T) => string, after: string | null, size: number): T[] {
  const at = after === null ? -1 : items.findIndex((item) => key(item) === after);
  return items.slice(at + 1, at + 1 + size);
}

/** A moment that many seconds after the beginning of 2026. */
export function moment(seconds: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000);
}
