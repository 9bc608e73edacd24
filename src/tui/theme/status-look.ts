import type { ListedRun } from "../../runs/run-index.ts";
import type { Tone } from "./theme.ts";

export type Status = ListedRun["status"] | "never" | "unread" | "disabled" | "invalid" | "unreadable";

export interface StatusLook {
  /** One column wide, different for each status: colour alone tells nothing. */
  symbol: string;
  tone: Tone;
  word: string;
}

const LOOKS: Readonly<Record<Status, StatusLook>> = {
  success: { symbol: "✓", tone: "good", word: "success" },
  partial: { symbol: "◐", tone: "warn", word: "partial" },
  failed: { symbol: "✗", tone: "bad", word: "failed" },
  cancelled: { symbol: "■", tone: "dim", word: "cancelled" },
  interrupted: { symbol: "!", tone: "warn", word: "interrupted" },
  running: { symbol: "●", tone: "live", word: "running" },
  never: { symbol: "·", tone: "dim", word: "never run" },
  unread: { symbol: "…", tone: "dim", word: "reading" },
  disabled: { symbol: "○", tone: "dim", word: "disabled" },
  invalid: { symbol: "✗", tone: "bad", word: "invalid" },
  unreadable: { symbol: "?", tone: "warn", word: "unreadable" },
};

export function lookOf(status: Status): StatusLook {
  return LOOKS[status];
}
