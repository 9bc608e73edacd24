import { errorCatalogue } from "../../core/error-catalogue.ts";
import { asSluiceError } from "../../core/errors.ts";
import type { CommandContext } from "../command.ts";

export interface Finding {
  check: string;
  /** `warning` is worth a look but fails nothing; `fixed` was wrong until a moment ago. */
  outcome: "ok" | "fixed" | "warning" | "failed";
  message: string;
  remedy?: string;
}

/** One thing that is looked at. What it throws becomes a failed finding with the error's own remedy. */
export type Check = (context: CommandContext, fix: boolean) => Promise<Finding[]>;

export function failure(check: string, error: unknown): Finding {
  const { code, message } = asSluiceError(error);
  return { check, outcome: "failed", message: `[${code}] ${message}`, remedy: errorCatalogue[code].remedy };
}
