import { existsSync } from "node:fs";
import { registerHooks } from "node:module";
import { ConnectorError } from "./connector-error.ts";

/** What connectors import, wherever their file is. */
const KIT = "sluice/connector";

let registered = false;

/**
 * Makes `sluice/connector` resolve to this very kit for every file that is loaded from now on, so that a workspace needs
 * to install nothing and its errors are of the same class as ours. Nothing else is resolved differently.
 */
export function registerKit(): void {
  if (registered) return;
  registered = true;
  const url = kitUrl();
  registerHooks({
    resolve: (specifier, context, next) => (specifier === KIT ? { url, shortCircuit: true } : next(specifier, context)),
  });
}

/** The kit beside this file: its source, or `connector.js` of a build. */
function kitUrl(): string {
  const here = import.meta.url;
  const candidates = [here.endsWith(".ts") ? "./index.ts" : "./connector.js", "../connector.js"];
  const found = candidates.map((path) => new URL(path, here)).find((url) => existsSync(url));
  if (found === undefined) {
    throw new ConnectorError(
      "source_failed",
      "loading connectors: the connector kit is missing from this installation. Install Sluice again.",
    );
  }
  return found.href;
}
