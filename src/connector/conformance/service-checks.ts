import { isSluiceError, reportError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import type { Connector } from "../define-connector.ts";
import { assert, type Check } from "./check.ts";
import {
  contextOf,
  fixtureCheck,
  type OpenFixture,
  type OpenStream,
  openStreams,
  type Prepare,
} from "./open-fixture.ts";
import { type ReadThrough, readThrough } from "./read-through.ts";
import type { ServiceAnswer, TestedService } from "./tested-service.ts";

const UNAUTHORISED: ServiceAnswer = { status: 401, json: { message: "Unauthorized" } };
const ASKED_PAUSE_S = 7;
const LIMITED: ServiceAnswer = { status: 429, headers: { "retry-after": String(ASKED_PAUSE_S) }, json: {} };
const DOWN: ServiceAnswer = { status: 503, json: { message: "down" } };

/** A stream is made to fail at so many of its requests, spread over it. */
const FAILURES_TRIED = 4;

/** How soon reading ends after an abort. */
const ABORT_MS = 1000;

/** What a connector does when the service behind it fails. Nothing is checked where the fixture has none. */
export function serviceChecks(connector: Connector, prepare: Prepare): Check[] {
  const check = (title: string, use: (fixture: OpenFixture, service: TestedService) => Promise<void>) =>
    fixtureCheck(title, { connector, prepare }, async (fixture) => {
      if (fixture.service !== undefined) await use(fixture, fixture.service);
    });
  const withStreams = (title: string, each: (open: OpenStream, service: TestedService) => Promise<void>): Check =>
    check(title, async (fixture, service) => {
      for (const open of await openStreams(fixture)) {
        service.heal();
        await each(open, service);
      }
    });
  return [
    withStreams("takes a refused login for bad credentials, and does not ask again", refusesLogin),
    withStreams("waits as long as it is told after a 429, asks again after a 503, and loses nothing", waits),
    withStreams("loses nothing when any request fails for good", failsSafely),
    withStreams("ends within a second of an abort while nothing is answered", endsWhenSilent),
    check("shows no secret in an address, an event, a message or an error", keepsSecrets),
  ];
}

async function refusesLogin({ stream, read }: OpenStream, service: TestedService): Promise<void> {
  service.refuseFrom(1, service.unauthorised ?? UNAUTHORISED);
  const before = service.requests.length;
  const { failure } = await readThrough(read(), true);
  const code = isSluiceError(failure) ? failure.code : String(failure);
  assert(code === "credentials_rejected", `${stream.name}: a refused login ends with ${code}`);
  const asked = service.requests.slice(before).map(({ method, url }) => `${method} ${url}`);
  const again = asked.find((request, index) => asked.indexOf(request) < index);
  assert(again === undefined, `${stream.name}: after a refused login it asks again for ${again}`);
}

async function waits({ stream, fixture, read }: OpenStream, service: TestedService): Promise<void> {
  const whole = await readThrough(read());
  fixture.slept_ms.length = 0;
  const { limited = LIMITED } = service;
  service.refuse(1, limited);
  service.refuse(1, DOWN);
  const again = await readThrough(read());
  const asked_ms = Number(limited.headers?.["retry-after"] ?? 0) * 1000;
  const longest = Math.max(0, ...fixture.slept_ms);
  assert(longest >= asked_ms, `${stream.name}: told to wait ${asked_ms} ms, it waits ${longest}`);
  assertSame(stream.name, whole, [again]);
}

/** What was stored before the failure, and what is read from the last cursor that was stored, are together everything. */
async function failsSafely({ stream, read }: OpenStream, service: TestedService): Promise<void> {
  // The first time there is a login too.
  await readThrough(read());
  const before = service.requests.length;
  const whole = await readThrough(read());
  const requests = service.requests.length - before;
  const step = Math.max(1, Math.ceil(requests / FAILURES_TRIED));
  for (let number = 1; number <= requests; number += step) {
    service.refuseFrom(number, DOWN);
    const part = await readThrough(read(), true);
    service.heal();
    assert(part.failure !== undefined, `${stream.name}: request ${number} fails, and nothing is said of it`);
    const kept = committed(part, stream.ordered === true);
    const rest = await readThrough(read(kept.cursor === undefined ? {} : { cursor: kept.cursor }));
    assertSame(`${stream.name}, failed at request ${number}`, whole, [kept.read, rest]);
  }
}

/** The rows up to the last cursor; without an order nothing counts before the end. */
function committed(part: ReadThrough, ordered: boolean): { read: ReadThrough; cursor: JsonValue | undefined } {
  const last = ordered ? part.cursors.at(-1) : undefined;
  return { read: { ...part, rows: part.rows.slice(0, last?.rows ?? 0) }, cursor: last?.cursor };
}

function assertSame(what: string, whole: ReadThrough, parts: readonly ReadThrough[]): void {
  const texts = (rows: ReadThrough["rows"]) => rows.map(({ row }) => JSON.stringify(row));
  const wanted = texts(whole.rows);
  const found = texts(parts.flatMap(({ rows }) => rows));
  const among = new Set(found);
  const missing = wanted.filter((text) => !among.has(text)).length;
  assert(missing === 0, `${what}: ${missing} of ${wanted.length} rows are lost`);
  assert(found.length === wanted.length, `${what}: ${found.length} rows come where there are ${wanted.length}`);
}

async function endsWhenSilent({ stream, read }: OpenStream, service: TestedService): Promise<void> {
  service.fallSilent();
  const before = service.requests.length;
  const stop = new AbortController();
  const reading = readThrough(read({ signal: stop.signal }), true);
  while (service.requests.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, ABORT_MS, "late");
  });
  const first = await Promise.race([reading, late]);
  clearTimeout(timer);
  assert(first !== "late", `${stream.name}: it goes on for more than ${ABORT_MS} ms after an abort`);
  service.heal();
}

/** A service may repeat in its errors what it was sent. */
async function keepsSecrets(fixture: OpenFixture, service: TestedService): Promise<void> {
  const secrets = Object.values(fixture.secrets ?? {});
  const said: unknown[] = [(await fixture.connector.check(contextOf(fixture) as never)).message];
  for (const { read } of await openStreams(fixture)) {
    await readThrough(read());
    for (const status of [401, 400, 500]) {
      service.refuseFrom(1, { status, json: { message: `${status} for ${secrets.join(" and ")}` } });
      const { failure } = await readThrough(read(), true);
      said.push(reportError(failure));
      service.heal();
    }
  }
  const everything = JSON.stringify([said, fixture.events, fixture.log, service.requests]);
  for (const [name, secret] of Object.entries(fixture.secrets ?? {})) {
    if (secret.length < 4) continue;
    const shown = [secret, encodeURIComponent(secret)].find((text) => everything.includes(text));
    const around =
      shown === undefined ? "" : everything.slice(Math.max(0, everything.indexOf(shown) - 80)).slice(0, 80);
    assert(shown === undefined, `the secret "${name}" is shown behind ${around}`);
  }
}
