import { type ErrorCode, errorCatalogue } from "../core/error-catalogue.ts";
import { asSluiceError, isSluiceError, type SluiceError } from "../core/errors.ts";
import type { Problem } from "../core/schema-problems.ts";
import { testConnection } from "../databases/postgres/connection-test.ts";
import type { Workspace } from "../workspace/locate.ts";
import { type Asking, askConnector } from "./ask-connector.ts";
import { openDestination } from "./open-destination.ts";
import type { ResolvedSource } from "./resolve-run.ts";

/** One thing that was tried of a connection. */
export interface Step {
  step: string;
  ok: boolean;
  /** It was not tried, because of what an earlier step found; it is not ok either. */
  skipped?: boolean;
  ms: number;
  message: string;
  /** Each place that is wrong, of a step that looks at many. */
  problems?: readonly Problem[];
  remedy?: string | undefined;
  /** What may be a slip though the step is ok. */
  warnings?: readonly string[];
}

/** A disabled connection can be tested: that is how one finds out whether to enable it. */
export function settingsStep(error: SluiceError | undefined): Step {
  const base = { step: "settings", ms: 0 };
  if (error === undefined) return { ...base, ok: true, message: "options and secrets are complete" };
  if (error.code === "connection_disabled")
    return { ...base, ok: true, message: "options and secrets are complete; the connection is disabled" };
  const { problems } = error.details;
  const { remedy } = errorCatalogue[error.code];
  if (!Array.isArray(problems)) return { ...base, ok: false, message: `[${error.code}] ${error.message}`, remedy };
  const head = error.message.split("\n")[0]?.replace(/:$/, "");
  return { ...base, ok: false, message: `[${error.code}] ${head}`, problems: problems as unknown as Problem[], remedy };
}

/** Asks the connector whether it can work. */
export async function sourceStep(asking: Asking, name: string, source: ResolvedSource | undefined): Promise<Step> {
  if (source === undefined) return leftOut("source");
  return timed("source", () =>
    askConnector(asking, name, source, async (ctx) => {
      const { message, warnings = [] } = await source.connector.check(ctx);
      return { message, ...(warnings.length === 0 ? {} : { warnings }) };
    }),
  );
}

export interface TestedDestination {
  /** The destination's name; undefined when it could not be resolved. */
  name: string | undefined;
  /** The schema that is to be loaded into. */
  namespace: string;
}

/** Tries the destination step by step, to the first that fails. */
export async function destinationSteps(workspace: Workspace, { name, namespace }: TestedDestination): Promise<Step[]> {
  if (name === undefined) return [leftOut("destination")];
  try {
    await using destination = await openDestination(workspace, name, "a test");
    const steps = await testConnection(destination.address, { schemas: [namespace] });
    return steps.map((step) => ({ ...step, step: `destination ${step.step}` }));
  } catch (error) {
    return [await timed("destination", () => Promise.reject(error))];
  }
}

function leftOut(step: string): Step {
  return { step, ok: false, skipped: true, ms: 0, message: "not tried: its settings come first" };
}

async function timed(step: string, work: () => Promise<Pick<Step, "message" | "warnings">>): Promise<Step> {
  const started = performance.now();
  const ms = () => performance.now() - started;
  try {
    return { step, ok: true, ...(await work()), ms: ms() };
  } catch (error) {
    const { message } = asSluiceError(error);
    return { step, ok: false, message, ms: ms(), ...remedyFor(isSluiceError(error) ? error.code : undefined) };
  }
}

/** What nobody foresaw has no remedy that would help. */
function remedyFor(code: ErrorCode | undefined): Pick<Step, "remedy"> {
  return code === undefined || code === "internal" ? {} : { remedy: errorCatalogue[code].remedy };
}
