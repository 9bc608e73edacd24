import { createRedactor } from "../../core/redaction.ts";
import { readConfig } from "../../workspace/config-file.ts";
import { resolveRun } from "../resolve-run.ts";
import { type Check, type Finding, failure } from "./finding.ts";

/** Settings, options, secrets and destination of each connection; the systems at the other end are not asked. */
export const checkConnections: Check = async (subject) => {
  const workspace = await subject.workspace();
  const registry = await subject.registry();
  const { connections } = await readConfig(workspace);
  const found: Finding[] = [];
  for (const { name } of connections) {
    const { error } = await resolveRun({ workspace, registry, redactor: createRedactor() }, name);
    if (error === undefined) found.push(fine(name, "complete"));
    else if (error.code === "connection_disabled") found.push(fine(name, "disabled"));
    else found.push(failure("connection", error, name));
  }
  return found;
};

function fine(name: string, what: string): Finding {
  return { check: "connection", subject: name, outcome: "ok", message: `${name} is ${what}` };
}
