import { z } from "zod";
import type { Connector } from "./define-connector.ts";

/** Whether a connector takes secrets of any name: those of a program that it runs, which only that knows. */
export function takesAnySecret({ secrets }: Pick<Connector, "secrets">): boolean {
  return secrets.def.catchall?._zod.def.type === "string";
}

/** Every secret is a setting of the program's config; which there are only the program knows. */
export function programSecrets() {
  return z.object({}).catchall(z.string());
}
