import type { Connector } from "../connector/define-connector.ts";
import { secretProblems } from "../connector/needed-secrets.ts";
import { takesAnySecret } from "../connector/open-secrets.ts";
import type { Registry } from "../connector/registry.ts";
import { isSluiceError, SluiceError } from "../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { Redactor } from "../core/redaction.ts";
import { schemaProblems } from "../core/schema-problems.ts";
import {
  type ConfigView,
  connectionInvalid,
  ensureIds,
  getConnection,
  type ListedConnection,
  readConfig,
} from "../workspace/config-file.ts";
import type { Connection, Settings } from "../workspace/config-schema.ts";
import { type DestinationTarget, resolveDestination } from "../workspace/destination.ts";
import type { Workspace } from "../workspace/locate.ts";
import { environmentName, resolveSecrets } from "../workspace/secret-values.ts";
import { ConnectionFindings } from "./connection-findings.ts";

/** A connection with everything that its run needs, all of it checked. */
export interface ResolvedRun {
  connection: Connection;
  settings: Settings;
  connector: Connector;
  options: JsonObject;
  secrets: Record<string, string>;
  target: DestinationTarget;
}

/** What is known of a connection, also when it cannot run. */
export interface Resolution {
  type: string;
  schema: JsonValue;
  resolved?: ResolvedRun;
  /** What the connector can be asked with, also when something else about the connection is wrong. */
  source?: ResolvedSource;
  target?: DestinationTarget;
  error?: SluiceError;
}

export type ResolvedSource = Pick<ResolvedRun, "connector" | "options" | "secrets">;

interface Sources {
  workspace: Workspace;
  registry: Registry;
  redactor: Redactor;
}

/**
 * Step one of a run: finds the connection and checks its settings, options, secrets and destination, reporting all
 * problems together. Teaches the redactor every secret on the way. Never throws.
 */
export async function resolveRun(sources: Sources, name: string): Promise<Resolution> {
  try {
    await ensureIds(sources.workspace);
    const view = await readConfig(sources.workspace);
    const listed = view.connections.find((one) => one.name === name);
    if (listed === undefined) return failedEarly(await refusalOf(sources.workspace, name));
    return await resolveListed(sources, view, listed);
  } catch (error) {
    if (isSluiceError(error)) return failedEarly(error);
    return failedEarly(new SluiceError("internal", `preparing the run of ${name}: ${String(error)}`, { cause: error }));
  }
}

function failedEarly(error: SluiceError): Resolution {
  return { type: "unknown", schema: null, error };
}

/** `getConnection` says best what is wrong with a name. */
async function refusalOf(workspace: Workspace, name: string): Promise<SluiceError> {
  try {
    await getConnection(workspace, name);
  } catch (error) {
    if (isSluiceError(error)) return error;
  }
  return new SluiceError("connection_unknown", `looking for the connection "${name}": there is none of that name.`);
}

async function resolveListed(sources: Sources, view: ConfigView, listed: ListedConnection): Promise<Resolution> {
  const entry = listed.valid ? listed.connection : listed.raw;
  const raw = isJsonObject(entry as JsonValue) ? (entry as unknown as JsonObject) : {};
  const type = typeof raw.type === "string" ? raw.type : "unknown";
  const schema = (raw.schema ?? null) as JsonValue;
  const { name } = listed;
  const at = `connections[${view.connections.indexOf(listed)}]`;
  const findings = new ConnectionFindings(sources.workspace, name);
  if (!listed.valid) findings.add(await refusalOf(sources.workspace, name), at);
  const settings = view.config.settings;
  const [destination, place] =
    typeof raw.destination === "string"
      ? [raw.destination, `${at}.destination`]
      : [settings.destination, "settings.destination"];
  const target = await findings.collect(() => resolveTarget(sources, destination), place);
  const connector =
    type === "unknown" ? undefined : await findings.collect(() => loadConnector(sources.registry, type), `${at}.type`);
  const options = isJsonObject(schema) && isJsonObject(schema.options) ? schema.options : {};
  const checked = connector && (await checkWithConnector(sources, { name, at, connector, options, findings }));
  const known = {
    ...{ type, schema },
    ...(target && { target }),
    ...(connector && checked && { source: { connector, ...checked } }),
  };
  if (listed.valid && findings.isEmpty && target && connector && checked) {
    if (!listed.connection.enabled) return { ...known, error: disabled(name) };
    return { ...known, resolved: { connection: listed.connection, settings, connector, target, ...checked } };
  }
  return { ...known, error: await findings.asOneError() };
}

async function resolveTarget({ workspace, redactor }: Sources, destination: string): Promise<DestinationTarget> {
  const target = await resolveDestination(workspace, destination);
  if (target.kind === "server") redactor.add([target.credentials.password ?? ""]);
  return target;
}

async function loadConnector(registry: Registry, type: string): Promise<Connector> {
  const { connector } = await registry.load(type);
  return connector;
}

interface ConnectorCheck {
  name: string;
  /** Of the connection in `config.json`. */
  at: string;
  connector: Connector;
  options: JsonObject;
  findings: ConnectionFindings;
}

/** Options and secrets as the connector's own schemas return them, or undefined when there was a problem. */
async function checkWithConnector(
  { workspace, redactor }: Sources,
  { name, at, connector, options, findings }: ConnectorCheck,
): Promise<Pick<ResolvedRun, "options" | "secrets"> | undefined> {
  const problems = schemaProblems(connector.options, options, ["schema", "options"]).map((problem) => ({
    ...problem,
    path: `${at}.${problem.path}`,
  }));
  if (problems.length > 0) findings.add(await connectionInvalid(workspace, name, problems), at);
  const secrets = await findings.collect(async () => {
    const fields = Object.keys(connector.secrets.shape);
    const more = takesAnySecret(connector);
    const found = await resolveSecrets(workspace, { connection: name, connector: connector.name, fields, more });
    redactor.add(found.all);
    return parseSecrets({ workspace, name, options }, connector, found.values);
  }, "secrets");
  if (problems.length > 0 || secrets === undefined) return undefined;
  return { options: connector.options.parse(options) as JsonObject, secrets };
}

function parseSecrets(
  { workspace, name, options }: { workspace: Workspace; name: string; options: JsonObject },
  connector: Connector,
  values: Record<string, string>,
): Record<string, string> {
  const problems = secretProblems(connector, options, values).map(({ path, message }) => {
    const section = ["sources", name, path];
    const ways = `\`sluice secrets set ${name} ${path}\`, or ${environmentName(section)} in the environment`;
    return { path: section.join("."), message: `${message} Set it: ${ways}.` };
  });
  if (problems.length === 0) return connector.secrets.parse(values) as Record<string, string>;
  const lines = problems.map(({ path, message }) => `\n  ${path}: ${message}`).join("");
  const text = `preparing the run of ${name}: these secrets are missing or wrong in ${workspace.paths.secrets}:${lines}`;
  throw new SluiceError("secret_missing", text, { details: { problems } });
}

function disabled(name: string): SluiceError {
  const message = `preparing the run of ${name}: the connection is disabled. \`sluice connections enable ${name}\` enables it.`;
  return new SluiceError("connection_disabled", message);
}
