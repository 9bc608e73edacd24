import type { Connector, ConnectorContext } from "../../src/connector/define-connector.ts";
import { createHttpSession } from "../../src/connector/http/http-session.ts";
import type { EventInput } from "../../src/core/events.ts";
import { skippingClock } from "../connector/rest/rest-workspace.ts";
import { connectorContext } from "../harness/connector-context.ts";

/** What a connector is given for its `check`, over real HTTP, with all that was said meanwhile. */
export function contextFor(connector: unknown, { options, secrets }: { options: object; secrets: object }) {
  const session = createHttpSession();
  const events: EventInput[] = [];
  const saved: Record<string, string> = {};
  const { signal } = new AbortController();
  const emit = (event: EventInput) => void events.push(event);
  const use = { signal, emit, log: () => {}, clock: skippingClock() };
  const schemas = connector as Connector;
  const ctx: ConnectorContext<object, object> = connectorContext({
    options: schemas.options.parse(options),
    secrets: schemas.secrets.parse(secrets),
    http: async (given = {}) => session.client(given, use),
    saveSecret: async (field: string, value: string) => {
      saved[field] = value;
    },
  });
  return Object.assign(ctx, { events, saved, [Symbol.asyncDispose]: () => session.close() });
}
