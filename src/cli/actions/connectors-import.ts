import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { importOpenApi } from "../../connector/rest/import-openapi.ts";
import { formatCount } from "../../core/count-text.ts";
import { SluiceError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";

/** Drafts the options of a `rest_api` connection from an OpenAPI description, for a person to look through. */
export async function importDescription(context: CommandContext, input: CommandInput): Promise<Answer> {
  const file = resolve(context.io.cwd, input.argument("file"));
  const { options, notes } = importOpenApi(await readDescription(file));
  const streams = Object.keys(options["streams"] as object).length;
  for (const note of notes) context.say(note);
  context.say(
    `${formatCount(streams, "stream")} drafted. Look through them and put them into the options of a rest_api connection.`,
  );
  return { data: { options, notes }, text: JSON.stringify(options, undefined, 2) };
}

async function readDescription(file: string): Promise<JsonObject> {
  const doing = `importing ${file}`;
  const text = await readFile(file, "utf8").catch((error) => {
    throw new SluiceError("usage", `${doing}: ${whyUnread(error)}`);
  });
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    const message = `${doing}: it is not JSON. Give an OpenAPI 3 description as a JSON file; one in YAML has to be converted first.`;
    throw new SluiceError("usage", message, { cause });
  }
  if (isJsonObject(found) && typeof found["openapi"] === "string" && found["openapi"].startsWith("3.")) return found;
  throw new SluiceError("usage", `${doing}: it is no OpenAPI 3 description. Convert older ones to it first.`);
}

function whyUnread(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "there is no such file. Give the path of an OpenAPI 3 description.";
  if (error.code === "EISDIR") return "it is a folder. Give the path of the file in it.";
  return `it cannot be read (${error.code ?? error.message}). Check its permissions.`;
}
