import type { JsonObject } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { ConnectorContext } from "../define-connector.ts";
import { openContainer } from "../external/container.ts";
import { openProgram } from "../external/open-program.ts";
import { openPrivateFolder, type PrivateFolder } from "../external/private-folder.ts";
import type { Program, ProgramContext } from "../external/program-context.ts";
import type { Message } from "../external/program-messages.ts";
import { RecordRun } from "../external/record-runs.ts";
import { type CatalogStream, parseAirbyteCatalog } from "./airbyte-catalog.ts";
import type { AirbyteOptions, AirbyteSecrets } from "./airbyte-options.ts";
import { CHANGED_CONFIG, configChanges } from "./changed-config.ts";
import { sourceConfig } from "./source-config.ts";
import { sourceMessages } from "./source-messages.ts";
import { parseSpec, type SourceSpec } from "./source-spec.ts";

export type SourceContext = ProgramContext &
  Pick<ConnectorContext<unknown, unknown>, "saveSecret"> & { options: AirbyteOptions; secrets: AirbyteSecrets };

/** A source that is ready to be asked. */
export class Source {
  readonly program: Program;
  readonly folder: PrivateFolder;
  readonly spec: SourceSpec;
  #config: JsonObject;
  #changed: string | undefined;

  constructor(opened: { program: Program; folder: PrivateFolder }, spec: SourceSpec, ctx: SourceContext) {
    this.program = opened.program;
    this.folder = opened.folder;
    this.spec = spec;
    this.#config = sourceConfig(ctx, spec);
    this.#changed = ctx.secrets[CHANGED_CONFIG];
  }

  /** The arguments that say where its config is, as it stands now. */
  async configArguments(): Promise<string[]> {
    return ["--config", await this.folder.write("config.json", this.#config)];
  }

  /** Keeps what the source has changed of its config: what it replaces may be worthless already. */
  async changeConfig(ctx: SourceContext, config: JsonObject): Promise<void> {
    const { secrets, others } = configChanges(this.#config, config, this.spec, this.#changed);
    for (const [field, value] of Object.entries(secrets)) await ctx.saveSecret(field, value);
    if (others !== undefined) await ctx.saveSecret(CHANGED_CONFIG, others);
    this.#changed = others ?? this.#changed;
    this.#config = config;
    const fields = [...Object.keys(secrets), ...(others === undefined ? [] : [CHANGED_CONFIG])];
    ctx.log("info", `${this.program.name} has changed its config: ${fields.join(", ") || "nothing new"}`, { fields });
  }
}

/** Installs the source if need be, and makes its config as its specification has it. */
export async function openSource(ctx: SourceContext): Promise<Source> {
  const opened = await openSourceProgram(ctx);
  return new Source(opened, await specOf(ctx, opened.program), ctx);
}

/** Which config fields the source has, for those who are about to give them. */
export async function askSpec(ctx: SourceContext): Promise<SourceSpec> {
  return specOf(ctx, (await openSourceProgram(ctx)).program);
}

async function openSourceProgram(ctx: SourceContext): Promise<{ program: Program; folder: PrivateFolder }> {
  const { options } = ctx;
  const folder = await openPrivateFolder(ctx);
  const { image } = options;
  if (image === undefined) return { folder, program: await openProgram(ctx, options, "source-") };
  const other = (["package", "command"] as const).find((name) => options[name] !== undefined);
  if (other === undefined) return { folder, program: await openContainer(ctx, { ...options, image }, folder.path) };
  const message = `running the source of ${ctx.connection}: both \`image\` and \`${other}\` are set. Leave one of them out.`;
  throw new ConnectorError("connection_invalid", message);
}

async function specOf(ctx: SourceContext, program: Program): Promise<SourceSpec> {
  const message = await answer(ctx, { program }, ["spec"], "SPEC");
  return parseSpec((message["spec"] as JsonObject | undefined)?.["connectionSpecification"]);
}

/** What the source offers, by its own word. */
export async function discover(ctx: SourceContext, source: Source): Promise<CatalogStream[]> {
  const message = await answer(ctx, source, ["discover", ...(await source.configArguments())], "CATALOG");
  return parseAirbyteCatalog(message["catalog"], source.program.name);
}

/** Whether the source can work with its config, by its own word. */
export async function checkConfig(
  ctx: SourceContext,
  source: Source,
): Promise<{ isGood: boolean; message: string | undefined }> {
  const message = await answer(ctx, source, ["check", ...(await source.configArguments())], "CONNECTION_STATUS");
  const { status, message: said } = (message["connectionStatus"] ?? {}) as JsonObject;
  return { isGood: status === "SUCCEEDED", message: typeof said === "string" ? said : undefined };
}

/** Runs a command of the source to its end, which has to bring one message of a type. */
async function answer(
  ctx: SourceContext,
  source: Pick<Source, "program"> & Partial<Pick<Source, "changeConfig">>,
  args: readonly string[],
  type: string,
): Promise<Message> {
  let found: Message | undefined;
  for await (const messages of sourceMessages(ctx, source, args)) {
    found ??= messages.find(
      (message): message is Message => !(message instanceof RecordRun) && message["type"] === type,
    );
  }
  ctx.signal.throwIfAborted();
  if (found !== undefined) return found;
  const { name } = source.program;
  const message = `asking ${name} for its ${args[0]}: it ended without a message of the type ${type}. Is it an Airbyte source? Look at what it prints with \`${args[0]}\`.`;
  throw new ConnectorError("source_format", message, { details: { program: name } });
}
