import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { JsonObject } from "../../core/json.ts";
import { runChild } from "../../system/child-process.ts";
import { ConnectorError } from "../connector-error.ts";
import { openPrivateFolder, type PrivateFolder } from "../external/private-folder.ts";
import type { Program, ProgramContext } from "../external/program-context.ts";
import { sayLine } from "../external/program-log.ts";
import { type Message, programFailed, programMessages } from "../external/program-messages.ts";
import { installPackage } from "../external/python-package.ts";
import { type CatalogEntry, parseCatalog } from "./catalog.ts";
import type { SingerOptions, SingerSecrets } from "./singer-options.ts";

export type TapContext = ProgramContext & { options: SingerOptions; secrets: SingerSecrets };

const DEFAULT_SILENCE_S = 1800;

/** A tap that is ready to be asked. */
export interface Tap {
  program: Program;
  folder: PrivateFolder;
  /** The arguments that say where its config is. */
  configArguments: readonly string[];
}

/** Installs the tap if need be and writes its config where only we can read it. */
export async function openTap(ctx: TapContext): Promise<Tap> {
  const program = await programOf(ctx);
  const folder = await openPrivateFolder(ctx);
  const config = configOf(ctx);
  const file = ctx.options.plain === true ? undefined : await folder.write("config.json", config);
  return { program, folder, configArguments: file === undefined ? [] : ["--config", file] };
}

async function programOf(ctx: TapContext): Promise<Program> {
  const { package: name, python, command, args = [], env = {}, timeout_s = DEFAULT_SILENCE_S } = ctx.options;
  const program = { args, silence_ms: timeout_s * 1000 };
  if (name === undefined) {
    if (command === undefined) throw nothingToRun(ctx.connection);
    const path = command.includes("/") ? resolve(ctx.workspace, command) : command;
    return { ...program, name: lastPart(command), command: path, env: { ...process.env, ...env } };
  }
  const { bin, programs } = await installPackage(ctx, { package: name, python });
  const chosen = command ?? chooseProgram(name, programs);
  const path = `${bin}:${process.env["PATH"] ?? ""}`;
  return { ...program, name: chosen, command: join(bin, chosen), env: { ...process.env, PATH: path, ...env } };
}

function chooseProgram(name: string, programs: readonly string[]): string {
  const [first, ...others] = programs.filter((program) => program.startsWith("tap-"));
  const [only, ...more] = programs;
  const chosen = first !== undefined && others.length === 0 ? first : more.length === 0 ? only : undefined;
  if (chosen !== undefined) return chosen;
  const which = programs.length === 0 ? "none" : programs.join(", ");
  const message = `choosing the program of ${name}: it brings ${which}. Name one with the option \`command\`.`;
  throw new ConnectorError("connection_invalid", message, { details: { package: name, programs: [...programs] } });
}

function nothingToRun(connection: string): ConnectorError {
  const message = `running the tap of ${connection}: neither \`package\` nor \`command\` says which. Set one of these options.`;
  return new ConnectorError("connection_invalid", message);
}

/** Options and secrets together; `__` in a secret's name leads into an object: `credentials__token`. */
export function configOf({ options, secrets }: Pick<TapContext, "options" | "secrets">): JsonObject {
  const config = structuredClone(options.config ?? {}) as JsonObject;
  for (const [name, value] of Object.entries(secrets)) {
    const keys = name.split("__");
    const last = keys.pop() as string;
    let holder = config;
    for (const key of keys) {
      const inner = holder[key];
      const next = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
      holder[key] = next;
      holder = next;
    }
    holder[last] = value;
  }
  return config;
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

function lastPart(path: string): string {
  return path.split("/").at(-1) as string;
}
