import type { JsonObject } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import { weightOf } from "../external/program-log.ts";
import type { SourceContext } from "./source.ts";

/** Longer texts are of no use to a reader. */
const MAX_CHARACTERS = 4000;

/** Says a LOG message in the run's log. */
export function sayLog(ctx: Pick<SourceContext, "log">, program: string, log: unknown): void {
  const { level, message, stack_trace } = objectOf(log);
  const stack = typeof stack_trace === "string" ? { stack_trace: stack_trace.slice(0, MAX_CHARACTERS) } : {};
  const weight = weightOf(String(level)) ?? "info";
  ctx.log(weight, `${program}: ${String(message ?? "").slice(0, MAX_CHARACTERS)}`, { program, ...stack });
}

/** Why a source failed, by its own word. */
export interface SourceFailure {
  message: string;
  type: "config_error" | "transient_error" | "system_error";
  /** For the log. */
  details: JsonObject;
}

/** The failure that a TRACE message tells; undefined for one that tells something else. */
export function traceFailure(trace: unknown): SourceFailure | undefined {
  const { type, error } = objectOf(trace);
  if (type !== "ERROR") return undefined;
  const { message, internal_message, stack_trace, failure_type, stream_descriptor } = objectOf(error);
  const { name } = objectOf(stream_descriptor);
  const details: JsonObject = {};
  if (typeof internal_message === "string") details["internal_message"] = internal_message.slice(0, MAX_CHARACTERS);
  if (typeof stack_trace === "string") details["stack_trace"] = stack_trace.slice(-MAX_CHARACTERS);
  if (typeof name === "string") details["stream"] = name;
  const known = failure_type === "config_error" || failure_type === "transient_error" ? failure_type : "system_error";
  // What a source says of its own faults is meant for everybody: that there was one.
  const inner = known === "system_error" && typeof internal_message === "string" ? ` (${internal_message})` : "";
  return { type: known, message: wordsOf(name, `${message ?? internal_message ?? ""}${inner}`), details };
}

function wordsOf(stream: unknown, message: string): string {
  const words = message.slice(0, MAX_CHARACTERS) || "it said no more than that it failed";
  return typeof stream === "string" ? `${stream}: ${words}` : words;
}

/** A source's own failure: what is wrong with its config stops the run, anything else is worth another try. */
export function sourceError(program: string, { type, message }: SourceFailure, cause?: unknown): ConnectorError {
  const words = message.trim().replace(/\.$/, "");
  const said = `reading from ${program}: ${words}.`;
  const options = { details: { program, failure_type: type }, ...(cause === undefined ? {} : { cause }) };
  if (type === "config_error") return refusal(program, words, options);
  if (type === "transient_error")
    return new ConnectorError("source_failed", `${said} It may pass: run again.`, options);
  return new ConnectorError(
    "program_failed",
    `${said} What was committed stays; run again, or look at its log.`,
    options,
  );
}

const OF_CREDENTIALS =
  /\b(401|403|credentials?|unauthori[sz]ed|forbidden|authenticat\w*|authori[sz]ation|passwords?|(access|api|refresh)[ _-]?(token|key)s?|permission denied)\b/i;

/** A source that does not accept its config: the credentials in it, or anything else. */
export function refusal(
  program: string,
  words: string,
  options: { details: JsonObject; cause?: unknown },
): ConnectorError {
  const isLogin = OF_CREDENTIALS.test(words);
  const remedy = isLogin
    ? "Set new credentials with `sluice secrets set`, or correct the option `config`."
    : "Correct the option `config`, or the secrets that belong to it.";
  const message = `${program} does not accept its config: ${words}. ${remedy}`;
  return new ConnectorError(isLogin ? "credentials_rejected" : "connection_invalid", message, options);
}

function objectOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null ? (value as JsonObject) : {};
}
