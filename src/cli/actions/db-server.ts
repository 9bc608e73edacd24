import { SluiceError } from "../../core/errors.ts";
import { holdEmbedded, stopEmbedded } from "../../databases/postgres/embedded/embedded-postgres.ts";
import { resolveDestination } from "../../workspace/destination.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";

export async function startServer(context: CommandContext): Promise<Answer> {
  const { host, port, database } = await holdEmbedded(await embeddedFolder(context));
  const text = `The embedded Postgres runs on ${host}:${port} until \`sluice db stop\`.`;
  return { data: { state: "running", host, port, database }, text };
}

export async function stopServer(context: CommandContext, input: CommandInput): Promise<Answer> {
  const { outcome, users } = await stopEmbedded(await embeddedFolder(context), { force: input.flag("force") });
  const names = users.map(({ purpose, pid }) => `${purpose} (pid ${pid})`).join(", ");
  const text = {
    stopped: "The embedded Postgres has stopped.",
    not_running: "The embedded Postgres was not running.",
    in_use: `The embedded Postgres is in use by ${names} and stops with the last of them. Stop it at once with --force.`,
  }[outcome];
  return { data: { outcome, users }, text };
}

async function embeddedFolder(context: CommandContext): Promise<string> {
  const target = await resolveDestination(await context.workspace(), "embedded");
  if (target.kind === "embedded") return target.folder;
  throw new SluiceError("internal", 'The destination "embedded" is not the embedded Postgres.');
}
