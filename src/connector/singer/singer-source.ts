import type {
  Batch,
  CheckReport,
  ConnectorContext,
  JointContext,
  JointPart,
  ReadContext,
  StreamDefinition,
} from "../define-connector.ts";
import { propertyTypes } from "../external/json-schema.ts";
import { leftOut } from "../external/left-out.ts";
import { onceARun } from "../external/once-a-run.ts";
import { readAlone } from "../external/read-alone.ts";
import { type CatalogEntry, proposedLoading } from "./catalog.ts";
import { readTap } from "./read-tap.ts";
import type { SingerOptions, SingerSecrets } from "./singer-options.ts";
import type { KeptState } from "./singer-state.ts";
import { catalogOf, openTap, type TapContext } from "./tap.ts";

type Context = ConnectorContext<SingerOptions, SingerSecrets>;

/** Discovery may take long, and a plain program has to run for it: the run asks once. */
const askTap = onceARun(async (ctx: TapContext) => {
  const tap = await openTap(ctx);
  return { tap, entries: await catalogOf(ctx, tap) };
});

/** That the tap can be run, and what it offers. */
export async function checkTap(ctx: Context): Promise<CheckReport> {
  const { tap, entries } = await askTap(ctx);
  const { length } = entries;
  const streams = length === 1 ? "1 stream" : `${length} streams`;
  return { message: `${tap.program.name} offers ${streams}`, details: { streams: length } };
}

export async function tapStreams(ctx: Context): Promise<StreamDefinition<SingerOptions, SingerSecrets>[]> {
  const { entries } = await askTap(ctx);
  return entries.map((entry) => ({ ...definitionOf(ctx, entry), read: readOne }));
}

function definitionOf({ options }: Context, entry: CatalogEntry): Omit<StreamDefinition, "read"> {
  const isLeftOut = leftOut(options.properties?.[entry.id]);
  const types = [...propertyTypes(entry.schema)].filter(([name]) => !isLeftOut(name));
  const columns = types.map(([name, { type, nullable }]) => ({ name, type, nullable }));
  return { name: entry.id, ...proposedLoading(entry), ...(columns.length === 0 ? {} : { columns }) };
}

/** All chosen streams from one run of the tap. */
export async function* readTogether(ctx: JointContext<SingerOptions, SingerSecrets>): AsyncGenerator<JointPart> {
  const reading = { streams: ctx.streams, kept: (ctx.global ?? {}) as KeptState };
  yield* readTap(ctx, { ...(await askTap(ctx)), ...reading });
}

async function* readOne(ctx: ReadContext<SingerOptions, SingerSecrets>): AsyncGenerator<Batch> {
  const asked = await askTap(ctx);
  yield* readAlone(ctx, (streams, kept) => readTap(ctx, { ...asked, streams, kept: kept as KeptState }));
}
