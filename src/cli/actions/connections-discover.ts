import { SluiceError } from "../../core/errors.ts";
import { discoverStreams } from "../../runner/connector-calls.ts";
import { loadingOf, selectionOf } from "../../runner/stream-settings.ts";
import { askConnector, resolveConnection } from "../ask-connector.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { formatTable } from "../table.ts";

export async function showStreams(context: CommandContext, input: CommandInput): Promise<Answer> {
  const name = input.argument("name");
  const { resolved, error } = await resolveConnection(context, name);
  if (resolved === undefined)
    throw error ?? new SluiceError("internal", `${name} could not be resolved and nothing says why.`);
  const { connection, connector } = resolved;
  const offered = await askConnector(context, name, resolved, (ctx) => discoverStreams(connector, ctx));
  const selection = selectionOf(connection);
  const streams = offered.map((stream) => {
    const { mode, primary_key, cursor_field = null } = loadingOf(connection, stream);
    const { description = null } = stream;
    return {
      name: stream.name,
      description,
      selected: selection.includes(stream.name),
      mode,
      primary_key,
      cursor_field,
    };
  });
  const rows = streams.map((stream) => [
    stream.name,
    stream.selected ? "yes" : "no",
    stream.mode,
    stream.primary_key.join(", "),
  ]);
  const table = formatTable([{ title: "stream" }, { title: "selected" }, { title: "mode" }, { title: "key" }], rows);
  return { data: { connection: name, streams }, text: rows.length === 0 ? "It offers no streams." : table };
}
