import { checkConnections } from "./check-connections.ts";
import { checkDestination } from "./check-destination.ts";
import { checkConfig, checkSecrets } from "./check-files.ts";
import { checkFolders } from "./check-folders.ts";
import { checkNode } from "./check-node.ts";
import { type Check, type Finding, failure, type Subject } from "./finding.ts";

const checks: readonly [string, Check][] = [
  ["node", checkNode],
  ["config", checkConfig],
  ["secrets", checkSecrets],
  ["folders", checkFolders],
  ["destination", checkDestination],
  ["connections", checkConnections],
];

export interface Examination {
  /** Mend what can be mended without asking: rights, folders, missing ids. */
  fix: boolean;
  /** Told what each check has found as soon as it is done. */
  onFindings?: (found: readonly Finding[]) => void;
}

/** Everything that can be checked, each part on its own: what is broken in one place does not hide the next. */
export async function findings(subject: Subject, { fix, onFindings }: Examination): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const [name, check] of checks) {
    const fresh = await check(subject, fix).catch((error) => [failure(name, error)]);
    for (const finding of fresh) found.push(saidOnce(finding, found));
    onFindings?.([...found]);
  }
  return found;
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
