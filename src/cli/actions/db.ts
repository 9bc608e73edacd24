import { SluiceError } from "../../core/errors.ts";
import { addressUrl } from "../../databases/postgres/address-url.ts";
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
      ["address", address === undefined ? "" : addressUrl(address, { withPassword: false })],
      ["used by", users.map(({ purpose, pid }) => `${purpose} (pid ${pid})`).join(", ")],
      ["data", status.data],
      ["log", status.log],
    ];
    const data = {
      destination: name,
      kind: "embedded",
      ...status,
      users,
      url: address ? addressUrl(address, { withPassword: false }) : null,
    };
    return { data, text: formatFields(fields) };
  }
  const steps = await testConnection(target.credentials, {});
  const ok = steps.every((step) => step.ok);
  const fields = formatFields([
    ["destination", name],
    ["state", ok ? "answers" : "does not answer"],
    ["address", addressUrl(target.credentials, { withPassword: false })],
  ]);
  const data = {
    destination: name,
    kind: "server",
    ok,
    url: addressUrl(target.credentials, { withPassword: false }),
    steps,
  };
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
  const url = addressUrl(address, { withPassword: input.flag("with-password") });
  return { data: { destination: name, url }, text: url, unredacted: input.flag("with-password") };
}

export async function chosenDestination(context: CommandContext, input: CommandInput): Promise<string> {
  return input.text("destination") ?? (await workspaceDestination(await context.workspace()));
}
