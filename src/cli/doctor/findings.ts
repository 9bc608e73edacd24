import type { CommandContext } from "../command.ts";
import { checkConnections } from "./check-connections.ts";
import { checkDestination } from "./check-destination.ts";
import { checkConfig, checkSecrets } from "./check-files.ts";
import { checkFolders } from "./check-folders.ts";
import { checkNode } from "./check-node.ts";
import { type Check, type Finding, failure } from "./finding.ts";

const checks: readonly [string, Check][] = [
  ["node", checkNode],
  ["config", checkConfig],
  ["secrets", checkSecrets],
  ["folders", checkFolders],
  ["destination", checkDestination],
  ["connections", checkConnections],
];

/** Everything that can be checked, each part on its own: what is broken in one place does not hide the next. */
export async function findings(context: CommandContext, fix: boolean): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const [name, check] of checks) {
    found.push(...(await check(context, fix).catch((error) => [failure(name, error)])));
  }
  return found.map((finding, index) => saidOnce(finding, found.slice(0, index)));
}

/** A file that cannot be read is met by every check that needs it; only the first tells what is wrong with it. */
function saidOnce(finding: Finding, earlier: readonly Finding[]): Finding {
  const { check, subject, outcome, message } = finding;
  const same = earlier.find((other) => other.outcome === "failed" && other.message === message);
  if (outcome !== "failed" || same === undefined) return finding;
  const what = subject === undefined ? "not checked" : `${subject} is not checked`;
  return {
    check,
    ...(subject && { subject }),
    outcome: "skipped",
    message: `${what}: mend what failed under "${same.check}" first`,
  };
}
