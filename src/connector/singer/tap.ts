import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { JsonObject } from "../../core/json.ts";
import { runChild } from "../../system/child-process.ts";
import { ConnectorError } from "../connector-error.ts";
import { configOf, openProgram } from "../external/open-program.ts";
import { openPrivateFolder, type PrivateFolder } from "../external/private-folder.ts";
import type { Program, ProgramContext } from "../external/program-context.ts";
import { sayLine } from "../external/program-log.ts";
import { type Message, programFailed, programMessages } from "../external/program-messages.ts";
import { type CatalogEntry, parseCatalog } from "./catalog.ts";
import type { SingerOptions, SingerSecrets } from "./singer-options.ts";

export type TapContext = ProgramContext & { options: SingerOptions; secrets: SingerSecrets };

/** A tap that is ready to be asked. */
export interface Tap {
  program: Program;
  folder: PrivateFolder;
  /** The arguments that say where its config is. */
  configArguments: readonly string[];
}

/** Installs the tap if need be and writes its config where only we can read it. */
export async function openTap(ctx: TapContext): Promise<Tap> {
  const program = await openProgram(ctx, ctx.options, "tap-");
  const folder = await openPrivateFolder(ctx);
  const config = configOf(ctx.options.config as JsonObject | undefined, ctx.secrets);
  const file = ctx.options.plain === true ? undefined : await folder.write("config.json", config);
  return { program, folder, configArguments: file === undefined ? [] : ["--config", file] };
}

/** What the tap offers: by its own word, by a catalog file, or by what a plain program prints. */
export async function catalogOf(ctx: TapContext, tap: Tap): Promise<CatalogEntry[]> {
  const { catalog, plain, stream_names } = ctx.options;
  if (catalog !== undefined) return parseCatalog(await readCatalogFile(ctx.workspace, catalog), catalog);
  if (plain === true && stream_names !== undefined) return stream_names.map((id) => bareEntry(id));
  return plain === true ? streamsPrinted(ctx, tap) : discover(ctx, tap);
}

async function discover(ctx: TapContext, { program, configArguments }: Tap): Promise<CatalogEntry[]> {
  const { name, command, args, env, silence_ms } = program;
  const ending = await runChild(command, [...args, ...configArguments, "--discover"], {
    ...{ cwd: ctx.workspace, env, signal: ctx.signal, timeout_ms: silence_ms },
    onLine: (line, from) => from === "stderr" && sayLine(ctx, name, line),
  });
  ctx.signal.throwIfAborted();
  if (!ending.ok) throw programFailed(program, ending);
  return parseCatalog(ending.stdout, name);
}

async function readCatalogFile(workspace: string, path: string): Promise<string> {
  try {
    return await readFile(resolve(workspace, path), "utf8");
  } catch (cause) {
    const message = `reading the catalog ${path}: ${(cause as NodeJS.ErrnoException).code}. Correct the option \`catalog\`.`;
    throw new ConnectorError("source_not_found", message, { cause });
  }
}

/** Runs the program to its end and looks at its schemas only. */
async function streamsPrinted(ctx: TapContext, tap: Tap): Promise<CatalogEntry[]> {
  const found = new Map<string, CatalogEntry>();
  for await (const messages of programMessages(ctx, tap.program, [])) {
    for (const message of messages) {
      const entry = message["type"] === "SCHEMA" ? entryOfSchema(message) : undefined;
      if (entry !== undefined) found.set(entry.id, entry);
    }
  }
  return [...found.values()];
}

function entryOfSchema({ stream, schema, key_properties, bookmark_properties }: Message): CatalogEntry | undefined {
  if (typeof stream !== "string") return undefined;
  const listOf = (value: unknown) => (Array.isArray(value) ? value.filter((key) => typeof key === "string") : []);
  const entry = bareEntry(stream);
  const [replicationKey] = listOf(bookmark_properties);
  return { ...entry, schema: schema as never, keys: listOf(key_properties), replicationKey };
}

/** Of a stream of which nothing but its name is known: it may be partial, so nothing is taken to replace anything. */
function bareEntry(id: string): CatalogEntry {
  const unknown = { alias: undefined, schema: undefined, replicationKey: undefined };
  return { id, ...unknown, keys: [], replicationMethod: "INCREMENTAL", raw: { tap_stream_id: id, stream: id } };
}
