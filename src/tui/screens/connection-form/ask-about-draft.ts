import type { Session } from "../../session.ts";
import { askChoice } from "../../ui/ask-choice.tsx";
import { type Draft, nameOf, typeOf } from "./draft.ts";

export interface DraftQuestion {
  title: string;
  /** What dropping it means. */
  dropHelp: string;
  /** Whether it may be saved as it is instead. */
  canKeep: boolean;
}

/** What is to become of a draft that is not saved; undefined when everything stays as it is. */
export function askAboutDraft(
  session: Session,
  draft: Draft,
  { title, dropHelp, canKeep }: DraftQuestion,
): Promise<"keep" | "drop" | undefined> {
  const why = whyNoDraft(draft);
  const keepHelp = "Save it as it is, disabled: it can be finished later.";
  const keep = { key: "d", title: "keep as draft", help: keepHelp, value: "keep" } as const;
  const drop = { key: "x", title: "drop it", help: dropHelp, value: "drop" } as const;
  const notSaved = "What you have written is not saved";
  return askChoice<"keep" | "drop">(session, {
    title,
    lines: [why === undefined || !canKeep ? `${notSaved}.` : `${notSaved}, and ${why}.`],
    choices: why === undefined && canKeep ? [keep, drop] : [drop],
  });
}

/** What keeps a draft from being saved even as a disabled one. */
export function whyNoDraft(draft: Draft): string | undefined {
  if (typeOf(draft) === undefined) return "it has no connector yet";
  return nameOf(draft) === "" ? "it has no name yet" : undefined;
}
