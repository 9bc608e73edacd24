import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonValue } from "../../../src/core/json.ts";
import type { PostgresAddress } from "../../../src/databases/postgres/client.ts";
import { CONNECTORS } from "../../runner/test-workspace.ts";
import { temporaryWorkspace } from "../../workspace/temporary-workspace.ts";

/** For what takes seconds on a quiet machine, and minutes on one with much else to do. */
export const JOURNEY_LIMIT_MS = 600_000;

export interface Journey {
  connections: readonly JsonValue[];
  /** Destinations by name; the first is where is loaded to. */
  destinations: Readonly<Record<string, PostgresAddress>>;
  /** Further lines of secrets.toml. */
  secrets?: string;
  files?: Record<string, JsonValue>;
}

/** A workspace for Sluice as it is built; `scripted` connections do as their options say. */
export async function journeyWorkspace({ connections, destinations, secrets = "", files = {} }: Journey) {
  const [destination = ""] = Object.keys(destinations);
  const settings = { destination, retries: 0 };
  return temporaryWorkspace({
    "config.json": { version: 1, connections: [...connections], settings },
    ".dlt/secrets.toml": `${secrets}\n${Object.entries(destinations).map(credentials).join("\n")}`,
    "connectors/scripted.ts": await readFile(join(CONNECTORS, "scripted.ts"), "utf8"),
    ...files,
  });
}

function credentials([name, address]: [string, PostgresAddress]): string {
  const lines = Object.entries(address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `[destination.${name}.credentials]\n${lines.join("\n")}\n`;
}
