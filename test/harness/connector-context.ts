import type { ConnectorContext, ReadContext } from "../../src/connector/define-connector.ts";

/** What a connector sees of a run, for tests that call it without one. Nothing that it defers is ever called. */
export function connectorContext<O, S>(
  given: Partial<ConnectorContext<O, S>> & { options: O; secrets: S },
): ConnectorContext<O, S> {
  return {
    connection: "tested",
    signal: new AbortController().signal,
    workspace: "/nonexistent",
    log: () => {},
    saveSecret: async () => {},
    http: async () => {
      throw new Error("a test of a connector that asks a service gives it its own `http`");
    },
    defer: () => {},
    ...given,
  };
}

/** The same for reading one stream from its beginning, as values. */
export function readContext<O, S>(
  given: Partial<ReadContext<O, S>> & { options: O; secrets: S; stream: string },
): ReadContext<O, S> {
  return {
    ...connectorContext(given),
    mode: "append",
    primaryKey: [],
    cursorField: undefined,
    cursor: undefined,
    layout: () => "values",
    ...given,
  };
}
