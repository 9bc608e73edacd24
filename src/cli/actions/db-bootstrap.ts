import { SluiceError } from "../../core/errors.ts";
import { bootstrapDestination } from "../../databases/postgres/bootstrap.ts";
import { resolveDestination } from "../../workspace/destination.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { readAllInput } from "../input-stream.ts";
import { chosenDestination } from "./db.ts";

export async function bootstrap(context: CommandContext, input: CommandInput): Promise<Answer> {
  const name = await chosenDestination(context, input);
  const target = await resolveDestination(await context.workspace(), name);
  if (target.kind === "embedded") {
    return {
      data: { destination: name, steps: [] },
      text: "The embedded Postgres sets itself up; there is nothing to do.",
    };
  }
  const admin = {
    ...target.credentials,
    username: input.text("admin-user") ?? "postgres",
    database: input.text("admin-database") ?? "postgres",
  };
  const password = await adminPassword(context, input, admin.username);
  const steps = await bootstrapDestination({
    admin: password === "" ? withoutPassword(admin) : { ...admin, password },
    target: target.credentials,
    schemas: input.list("schema"),
  });
  const text = steps.map(({ what, outcome }) => `${outcome.padEnd(7)} ${what}`).join("\n");
  return { data: { destination: name, steps }, text };
}

/** May be empty: a server on the same machine often trusts its admin. */
async function adminPassword(context: CommandContext, input: CommandInput, user: string): Promise<string> {
  if (input.flag("admin-password-stdin")) return (await readAllInput(context.io.stdin)).replace(/\r?\n$/, "");
  const { env } = await context.workspace();
  if (env.PGPASSWORD !== undefined) return env.PGPASSWORD;
  if (context.prompt.available)
    return context.prompt.secret(`Password of ${user} (empty if none)`, "--admin-password-stdin");
  throw new SluiceError(
    "needs_terminal",
    `The password of ${user} cannot be asked for here. Give --admin-password-stdin, or set PGPASSWORD.`,
  );
}

function withoutPassword<T extends { password?: string }>(address: T): Omit<T, "password"> {
  const { password: _unused, ...rest } = address;
  return rest;
}
