import type { Connector } from "../../../connector/define-connector.ts";
import { secretProblems } from "../../../connector/needed-secrets.ts";
import { takesAnySecret } from "../../../connector/open-secrets.ts";
import { asSluiceError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { type Problem, schemaProblems } from "../../../core/schema-problems.ts";
import type { Step } from "../../../runner/connection-test.ts";
import type { ResolvedSource } from "../../../runner/resolve-run.ts";
import { connectionSchema } from "../../../workspace/config-schema.ts";
import { followReference, resolveSecrets } from "../../../workspace/secret-values.ts";
import type { Session } from "../../session.ts";
import { type Draft, nameOf, optionsOf } from "./draft.ts";

export interface CheckedDraft {
  step: Step;
  /** What the connector can be asked with; undefined when the settings are not right. */
  source: ResolvedSource | undefined;
}

type Known = Pick<Session, "workspace" | "redactor">;

/** What a connector can be asked with before its draft is complete: without the option whose fields it is to tell. */
export async function unfinishedSource(session: Known, connector: Connector, draft: Draft): Promise<ResolvedSource> {
  const { [connector.late?.option ?? ""]: _late, ...options } = optionsOf(draft.entry);
  const secrets = await secretValues(session, connector, draft);
  return { connector, options: connector.options.parse(options) as JsonObject, secrets };
}

/** All that is wrong with a draft, and what its connector can be asked with. Never throws. */
export async function checkDraft(session: Known, connector: Connector, draft: Draft): Promise<CheckedDraft> {
  const started = performance.now();
  const secrets = await gather(() => secretValues(session, connector, draft));
  const settings = await gather(async () => [
    ...schemaProblems(connectionSchema, draft.entry),
    ...schemaProblems(connector.options, optionsOf(draft.entry), ["schema", "options"]),
  ]);
  const missing = await gather(async () => missingSecrets(connector, optionsOf(draft.entry), secrets.found ?? {}));
  const problems = [settings, missing].flatMap(({ found, problems: thrown }) => [...(found ?? []), ...thrown]);
  const all = [...problems, ...secrets.problems];
  const ms = performance.now() - started;
  if (all.length === 0) {
    const options = connector.options.parse(optionsOf(draft.entry)) as JsonObject;
    const values = connector.secrets.parse(secrets.found) as Record<string, string>;
    const step = { step: "settings", ok: true, ms, message: "options and secrets are complete" };
    return { step, source: { connector, options, secrets: values } };
  }
  const message = all.length === 1 ? "1 place is not right" : `${all.length} places are not right`;
  const remedy = "Go back with Esc and mend them, or keep it as a disabled draft.";
  return { step: { step: "settings", ok: false, ms, message, problems: all, remedy }, source: undefined };
}

function missingSecrets(connector: Connector, options: JsonObject, values: Record<string, string>): Problem[] {
  return secretProblems(connector, options, values).map(({ path, message }) => ({ path: `secrets.${path}`, message }));
}

interface Gathered<T> {
  found: T | undefined;
  problems: Problem[];
}

/** The rules of a connector may throw; that is a problem like any other. */
async function gather<T>(work: () => Promise<T>): Promise<Gathered<T>> {
  try {
    return { found: await work(), problems: [] };
  } catch (error) {
    return { found: undefined, problems: [{ path: "(the connector)", message: asSluiceError(error).message }] };
  }
}

/** Those that there are, with what the draft gives in their place. References are followed; the redactor learns all. */
async function secretValues(
  { workspace, redactor }: Known,
  connector: Connector,
  draft: Draft,
): Promise<Record<string, string>> {
  const fields = Object.keys(connector.secrets.shape).filter((field) => draft.secrets[field] === undefined);
  const name = draft.editing ?? nameOf(draft);
  const owner = { connection: name, connector: connector.name };
  const { values, all } = await resolveSecrets(workspace, { ...owner, fields, more: takesAnySecret(connector) });
  redactor.add(all);
  for (const [field, text] of Object.entries(draft.secrets)) {
    const path = ["sources", name, field];
    const configured = { text, path, origin: { from: "file", where: path.join(".") } as const };
    values[field] = (await followReference(workspace, configured)).text;
    redactor.add([values[field]]);
  }
  return values;
}
