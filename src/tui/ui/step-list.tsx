import { Box } from "ink";
import type { ReactNode } from "react";
import { formatDuration } from "../../core/time.ts";
import type { Step } from "../../runner/connection-test.ts";
import { useSession } from "../session-context.ts";
import type { Tone } from "../theme/theme.ts";
import { Prose, Toned } from "../theme/toned.tsx";
import { useBodySize } from "./layout.tsx";

export interface StepListProps {
  steps: readonly Step[];
  isRunning: boolean;
  height: number;
}

const NAME_WIDTH = 25;
const TOOK_WIDTH = 10;
/** How long each took is left out where its message would get too little room. */
const TOOK_FROM = 70;

/** What was tried, one after the other, with what is wrong and what to do under what failed. */
export function StepList({ steps, isRunning, height }: StepListProps): ReactNode {
  return (
    <Box flexDirection="column" height={height} flexShrink={0} overflow="hidden">
      {steps.map((step) => (
        <StepLines key={step.step} step={step} />
      ))}
      {isRunning ? <Toned tone="live">● testing…</Toned> : null}
    </Box>
  );
}

function StepLines({ step }: { step: Step }): ReactNode {
  const { redactor } = useSession();
  const { columns } = useBodySize();
  const { symbol, tone } = lookOf(step);
  const took = step.ms < 1 ? "" : formatDuration(Math.round(step.ms));
  return (
    <Box flexShrink={0}>
      <Box width={NAME_WIDTH} flexShrink={0}>
        <Toned tone={tone}>{`${symbol} ${step.step}`}</Toned>
      </Box>
      {columns < TOOK_FROM ? null : (
        <Box width={TOOK_WIDTH} flexShrink={0}>
          <Toned tone="dim">{took.padStart(TOOK_WIDTH - 2)}</Toned>
        </Box>
      )}
      <Box flexDirection="column" flexGrow={1} flexShrink={1}>
        <Prose tone={step.ok ? "plain" : tone}>{redactor.text(step.message)}</Prose>
        {(step.problems ?? []).map(({ path, message }) => (
          <Prose key={`${path} ${message}`}>{redactor.text(`${path}: ${message}`)}</Prose>
        ))}
        {(step.warnings ?? []).map((warning) => (
          <Prose key={warning} tone="warn">{`→ ${redactor.text(warning)}`}</Prose>
        ))}
        {step.remedy === undefined || step.ok ? null : <Prose tone="warn">{`→ ${step.remedy}`}</Prose>}
      </Box>
    </Box>
  );
}

function lookOf({ ok, skipped, warnings = [] }: Step): { symbol: string; tone: Tone } {
  if (skipped === true) return { symbol: "·", tone: "dim" };
  if (ok && warnings.length > 0) return { symbol: "!", tone: "warn" };
  return ok ? { symbol: "✓", tone: "good" } : { symbol: "✗", tone: "bad" };
}
