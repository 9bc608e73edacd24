import type { Style } from "./style.ts";

export interface Step {
  step: string;
  ok: boolean;
  ms: number;
  message: string;
  remedy?: string | undefined;
}

/** What was tried, one line a step, with the remedy under what failed. */
export function describeSteps(steps: readonly Step[], style: Style): string {
  const width = Math.max(...steps.map(({ step }) => step.length));
  const lines = steps.map(({ step, ok, ms, message, remedy }) => {
    const mark = ok ? style.green("ok    ") : style.red("failed");
    const line = `${mark}  ${step.padEnd(width)} ${message} ${style.dim(`(${Math.round(ms)} ms)`)}`;
    return remedy === undefined ? line : `${line}\n        ${style.yellow("→")} ${remedy}`;
  });
  return lines.join("\n");
}
