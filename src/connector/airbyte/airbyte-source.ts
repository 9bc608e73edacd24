import { z } from "zod";
import type {
  Batch,
  CheckReport,
  ConnectorContext,
  JointContext,
  JointPart,
  LateFields,
  ReadContext,
  StreamDefinition,
} from "../define-connector.ts";
import { propertyTypes } from "../external/json-schema.ts";
import { leftOut } from "../external/left-out.ts";
import { onceARun } from "../external/once-a-run.ts";
import { readAlone } from "../external/read-alone.ts";
import { type CatalogStream, proposedLoading } from "./airbyte-catalog.ts";
import type { AirbyteOptions, AirbyteSecrets } from "./airbyte-options.ts";
import type { KeptState } from "./airbyte-state.ts";
import { readSource } from "./read-source.ts";
import { askSpec, checkConfig, discover, openSource, type SourceContext } from "./source.ts";
import { refusal } from "./source-words.ts";

type Context = ConnectorContext<AirbyteOptions, AirbyteSecrets>;

const openOnce = onceARun(openSource);

/** Discovery may take long: the run asks once. */
const askSource = onceARun(async (ctx: SourceContext) => {
  const source = await openOnce(ctx);
  return { source, catalog: await discover(ctx, source) };
});

/** The fields of the source's config by its own word: secret ones with the secrets, the others in the config. */
export async function sourceFields(ctx: Context): Promise<LateFields> {
  const { config, secrets } = await askSpec(ctx);
  const isOpen = ([name]: [string, unknown]) => !secrets.some(({ path }) => path.length === 1 && path[0] === name);
  const fields = z.looseObject(Object.fromEntries(Object.entries(config.shape).filter(isOpen)));
  const shape = secrets.map(({ path, isRequired, description }) => {
    const secret = z.string().describe(description);
    return [path.join("__"), isRequired ? secret : secret.optional().describe(description)];
  });
  return { fields, secrets: z.object(Object.fromEntries(shape)).catchall(z.string()) };
}

/** That the source can be run, and works with its config. */
export async function checkSource(ctx: Context): Promise<CheckReport> {
  const source = await openOnce(ctx);
  const { name } = source.program;
  const { isGood, message } = await checkConfig(ctx, source);
  if (!isGood)
    throw refusal(name, (message ?? "it does not say why").replace(/\.$/, ""), { details: { program: name } });
  return { message: `${name} accepts its config` };
}

export async function sourceStreams(ctx: Context): Promise<StreamDefinition<AirbyteOptions, AirbyteSecrets>[]> {
  const { catalog } = await askSource(ctx);
  return catalog.map((stream) => ({ ...definitionOf(ctx, stream), read: readOne }));
}

function definitionOf({ options }: Context, stream: CatalogStream): Omit<StreamDefinition, "read"> {
  const isLeftOut = leftOut(options.properties?.[stream.id]);
  const types = [...propertyTypes(stream.schema)].filter(([name]) => !isLeftOut(name));
  const columns = types.map(([name, { type, nullable }]) => ({ name, type, nullable }));
  return { name: stream.id, ...proposedLoading(stream), ...(columns.length === 0 ? {} : { columns }) };
}

/** All chosen streams from one run of the source. */
export async function* readSourceJointly(ctx: JointContext<AirbyteOptions, AirbyteSecrets>): AsyncGenerator<JointPart> {
  const reading = { streams: ctx.streams, kept: (ctx.global ?? {}) as KeptState };
  yield* readSource(ctx, { ...(await askSource(ctx)), ...reading });
}

async function* readOne(ctx: ReadContext<AirbyteOptions, AirbyteSecrets>): AsyncGenerator<Batch> {
  const asked = await askSource(ctx);
  yield* readAlone(ctx, (streams, kept) => readSource(ctx, { ...asked, streams, kept: kept as KeptState }));
}
