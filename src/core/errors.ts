import { type ErrorCode, errorCatalogue, type Recovery, type Stage } from "./error-catalogue.ts";
import type { JsonObject } from "./json.ts";

export interface SluiceErrorOptions {
  cause?: unknown;
  /** Names, counts and ids that help a program: never values of rows, never secrets. */
  details?: JsonObject;
}

/**
 * Every failure that Sluice knows about. The code decides its stage, what can be done about it and the exit code
 * (see the catalogue); the message says what was being done, what happened and what to do next.
 */
export class SluiceError extends Error {
  override readonly name = "SluiceError";
  readonly code: ErrorCode;
  readonly details: JsonObject;

  constructor(code: ErrorCode, message: string, options: SluiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  get stage(): Stage {
    return errorCatalogue[this.code].stage;
  }

  get recovery(): Recovery {
    return errorCatalogue[this.code].recovery;
  }

  get exitCode(): number {
    return errorCatalogue[this.code].exit;
  }
}

/** The form an error takes in events, summaries and results. */
export interface ErrorReport {
  code: ErrorCode;
  stage: Stage;
  recovery: Recovery;
  message: string;
  /** Messages of the causes, nearest first. */
  cause: string[];
  details?: JsonObject;
}

export function isSluiceError(error: unknown): error is SluiceError {
  return error instanceof SluiceError;
}

/** Any thrown thing as a SluiceError: what nobody foresaw becomes `internal`, with its cause kept. */
export function asSluiceError(error: unknown): SluiceError {
  if (isSluiceError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SluiceError("internal", message, { cause: error });
}

export function reportError(error: unknown): ErrorReport {
  const known = asSluiceError(error);
  const { code, stage, recovery, message, details } = known;
  const report: ErrorReport = { code, stage, recovery, message, cause: causeChain(known) };
  return Object.keys(details).length === 0 ? report : { ...report, details };
}

/** Causes deeper than this are a loop or of no use to a reader. */
const MAX_CAUSES = 8;

function causeChain(error: SluiceError): string[] {
  const messages: string[] = [];
  let cause = error.cause;
  while (cause !== undefined && cause !== null && messages.length < MAX_CAUSES) {
    messages.push(cause instanceof Error ? cause.message || cause.name : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return messages;
}
