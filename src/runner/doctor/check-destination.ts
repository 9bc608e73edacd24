import { testConnection } from "../../databases/postgres/connection-test.ts";
import { destinationOf, openDestination } from "../open-destination.ts";
import type { Check } from "./finding.ts";

export const checkDestination: Check = async (subject) => {
  const workspace = await subject.workspace();
  const name = await destinationOf(workspace, undefined);
  await using destination = await openDestination(workspace, name, "a check");
  const steps = await testConnection(destination.address);
  return steps.map(({ step, ok, message, remedy }) => ({
    check: "destination",
    outcome: ok ? ("ok" as const) : ("failed" as const),
    message: `${name} ${step}: ${message}`,
    ...(remedy === undefined ? {} : { remedy }),
  }));
};
