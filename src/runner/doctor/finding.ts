import type { Registry } from "../../connector/registry.ts";
import { errorCatalogue } from "../../core/error-catalogue.ts";
import { asSluiceError } from "../../core/errors.ts";
import type { Workspace } from "../../workspace/locate.ts";

export interface Finding {
  check: string;
  /** What was looked at, where a check looks at several things. */
  subject?: string;
  /** `warning` is worth a look but fails nothing; `fixed` was wrong until a moment ago; `skipped` could not be looked at. */
  outcome: "ok" | "fixed" | "warning" | "failed" | "skipped";
  message: string;
  remedy?: string;
}

/** What is examined. Each part throws by itself, so that a broken one fails the checks that need it and no others. */
export interface Subject {
  workspace(): Promise<Workspace>;
  registry(): Promise<Registry>;
}

/** One thing that is looked at. What it throws becomes a failed finding with the error's own remedy. */
export type Check = (subject: Subject, fix: boolean) => Promise<Finding[]>;

export function failure(check: string, error: unknown, subject?: string): Finding {
  const { code, message } = asSluiceError(error);
  const { remedy } = errorCatalogue[code];
  return { check, ...(subject && { subject }), outcome: "failed", message: `[${code}] ${message}`, remedy };
}
