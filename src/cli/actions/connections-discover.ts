import { didYouMean } from "../../core/did-you-mean.ts";
import { SluiceError } from "../../core/errors.ts";
import { discoverStreams } from "../../runner/connector-calls.ts";
import { type OfferedStream, offeredStream } from "../../runner/offered-streams.ts";
import { unofferedStreams, unofferedWarning } from "../../runner/stream-settings.ts";
import { getConnection } from "../../workspace/config-file.ts";
import { askConnector, resolveConnection } from "../ask-connector.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { streamDetails, streamTable } from "../offered-streams.ts";

/** What the source offers and how it would be loaded; works for a disabled connection and without its destination. */
export async function showStreams(context: CommandContext, input: CommandInput): Promise<Answer> {
  const name = input.argument("name");
  const { resolved, source, error } = await resolveConnection(context, name);
  if (source === undefined)
    throw error ?? new SluiceError("internal", `${name} could not be resolved and nothing says why.`);
  const connection = resolved?.connection ?? (await getConnection(await context.workspace(), name));
  const offered = await askConnector(context, name, source, (ctx) => discoverStreams(source.connector, ctx));
  const names = offered.map((stream) => stream.name);
  const slip = unofferedWarning(unofferedStreams(connection, names), names);
  if (slip !== undefined) context.say(slip);
  const streams = offered.map((stream) => offeredStream(connection, stream));
  const wanted = input.text("stream");
  const chosen = wanted === undefined ? streams : matching(name, streams, wanted);
  const [only] = chosen;
  const isOne = wanted !== undefined && only !== undefined && chosen.length === 1;
  return {
    data: { connection: name, streams: chosen },
    text: isOne ? streamDetails(only, context.style) : streamTable(chosen, name, context.style),
  };
}

/** A stream by its name, or those that begin as `public.*` does. */
function matching(connection: string, streams: readonly OfferedStream[], wanted: string): readonly OfferedStream[] {
  const named = streams.filter(({ name }) => name === wanted);
  if (named.length > 0) return named;
  const begun = wanted.endsWith("*") ? streams.filter(({ name }) => name.startsWith(wanted.slice(0, -1))) : [];
  if (begun.length > 0) return begun;
  const names = streams.map(({ name }) => name);
  const guess = didYouMean(wanted, names);
  const way = guess === "" ? ` See \`sluice connections discover ${connection}\`.` : guess;
  throw new SluiceError("stream_unknown", `looking at the streams of ${connection}: it offers no "${wanted}".${way}`, {
    details: { streams: [wanted], offered: names.slice(0, 100) },
  });
}
