import type { Step } from "../runner/connection-test.ts";
import type { Style } from "./style.ts";

/** What was tried, one line a step, with the problems and the remedy under what failed. */
export function describeSteps(steps: readonly Step[], style: Style): string {
  const width = Math.max(...steps.map(({ step }) => step.length));
  const lines = steps.map((step) => {
    const took = step.skipped ? "" : style.dim(` (${Math.round(step.ms)} ms)`);
    const line = `${markOf(step, style)}  ${step.step.padEnd(width)} ${step.message}${took}`;
    const problems = (step.problems ?? []).map(({ path, message }) => `\n          ${path}: ${message}`).join("");
    const remedy = step.remedy === undefined ? "" : `\n        ${style.yellow("→")} ${step.remedy}`;
    const warnings = (step.warnings ?? []).map((warning) => `\n        ${style.yellow("→")} ${warning}`).join("");
    return `${line}${problems}${remedy}${warnings}`;
  });
  return lines.join("\n");
}

function markOf({ ok, skipped, warnings = [] }: Step, style: Style): string {
  if (skipped) return style.yellow("left  ");
  if (ok && warnings.length > 0) return style.yellow("warn  ");
  return ok ? style.green("ok    ") : style.red("failed");
}
