import { SluiceError } from "../../core/errors.ts";
import type { PostgresAddress } from "../../databases/postgres/client.ts";
import { testConnection } from "../../databases/postgres/connection-test.ts";
import { embeddedStatus } from "../../databases/postgres/embedded/embedded-postgres.ts";
import { resolveDestination } from "../../workspace/destination.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { openDestination, workspaceDestination } from "../open-destination.ts";
import { formatFields } from "../table.ts";
import { describeSteps } from "../test-steps.ts";

/** Looks only: a stopped embedded server stays stopped. */
export async function showStatus(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const name = await chosenDestination(context, input);
  const target = await resolveDestination(workspace, name);
  if (target.kind === "embedded") {
    const { address, users, ...status } = await embeddedStatus(target.folder);
    const fields: [string, string][] = [
      ["destination", name],
      ["state", status.state + (status.held ? ", held by `sluice db start`" : "")],
      ["address", address === undefined ? "" : urlOf(address, false)],
      ["used by", users.map(({ purpose, pid }) => `${purpose} (pid ${pid})`).join(", ")],
      ["data", status.data],
      ["log", status.log],
    ];
    const data = { destination: name, kind: "embedded", ...status, users, url: address ? urlOf(address, false) : null };
    return { data, text: formatFields(fields) };
  }
  const steps = await testConnection(target.credentials, {});
  const ok = steps.every((step) => step.ok);
  const fields = formatFields([
    ["destination", name],
    ["state", ok ? "answers" : "does not answer"],
    ["address", urlOf(target.credentials, false)],
  ]);
  const data = { destination: name, kind: "server", ok, url: urlOf(target.credentials, false), steps };
  return { data, text: ok ? fields : `${fields}\n${describeSteps(steps, context.style)}`, exit_code: ok ? 0 : 1 };
}

export async function testDestination(context: CommandContext, input: CommandInput): Promise<Answer> {
  await using destination = await openDestination(context, await chosenDestination(context, input));
  const steps = await testConnection(destination.address, {});
  const ok = steps.every((step) => step.ok);
  return {
    data: { destination: destination.name, ok, steps },
    text: describeSteps(steps, context.style),
    exit_code: ok ? 0 : 1,
  };
}

export async function showUrl(context: CommandContext, input: CommandInput): Promise<Answer> {
  const name = await chosenDestination(context, input);
  const target = await resolveDestination(await context.workspace(), name);
  const address = target.kind === "server" ? target.credentials : (await embeddedStatus(target.folder)).address;
  if (address === undefined) {
    throw new SluiceError("embedded_failed", "The embedded Postgres is not running. Start it with `sluice db start`.");
  }
  const url = urlOf(address, input.flag("with-password"));
  return { data: { destination: name, url }, text: url, unredacted: input.flag("with-password") };
}

export async function chosenDestination(context: CommandContext, input: CommandInput): Promise<string> {
  return input.text("destination") ?? (await workspaceDestination(await context.workspace()));
}

function urlOf(address: PostgresAddress, withPassword: boolean): string {
  const { host, port, database, username, password, sslmode } = address;
  const secret = withPassword && password !== undefined ? `:${encodeURIComponent(password)}` : "";
  const server = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const query = sslmode === undefined ? "" : `?sslmode=${sslmode}`;
  return `postgresql://${encodeURIComponent(username)}${secret}@${server}/${encodeURIComponent(database)}${query}`;
}
