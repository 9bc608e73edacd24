import { testConnection } from "../../databases/postgres/connection-test.ts";
import { openDestination, workspaceDestination } from "../open-destination.ts";
import type { Check } from "./finding.ts";

export const checkDestination: Check = async (context) => {
  const name = await workspaceDestination(await context.workspace());
  await using destination = await openDestination(context, name);
  const steps = await testConnection(destination.address);
  return steps.map(({ step, ok, message, remedy }) => ({
    check: "destination",
    outcome: ok ? ("ok" as const) : ("failed" as const),
    message: `${name} ${step}: ${message}`,
    ...(remedy === undefined ? {} : { remedy }),
  }));
};
