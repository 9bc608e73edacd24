import { formatCount } from "../../core/count-text.ts";
import type { Finding } from "../../runner/doctor/finding.ts";
import { findings } from "../../runner/doctor/findings.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { openRegistry } from "../open-registry.ts";

export async function examine(context: CommandContext, input: CommandInput): Promise<Answer> {
  const found = await findings(
    { workspace: () => context.workspace(), registry: () => openRegistry(context) },
    { fix: input.flag("fix") },
  );
  const failed = found.filter((finding) => finding.outcome === "failed");
  const text = found.map((finding) => lineOf(finding, context)).join("\n");
  const summary =
    failed.length === 0 ? "Everything that was checked is right." : `${formatCount(failed.length, "check")} failed.`;
  return {
    data: { ok: failed.length === 0, checks: found },
    text: `${text}\n\n${summary}`,
    exit_code: failed.length === 0 ? 0 : 1,
  };
}

function lineOf({ check, outcome, message, remedy }: Finding, { style }: CommandContext): string {
  const mark = {
    ok: style.green("ok    "),
    fixed: style.cyan("fixed "),
    warning: style.yellow("look  "),
    failed: style.red("failed"),
    skipped: style.yellow("left  "),
  };
  const line = `${mark[outcome]}  ${check.padEnd(14)} ${message}`;
  return remedy === undefined ? line : `${line}\n        ${style.yellow("→")} ${remedy}`;
}
