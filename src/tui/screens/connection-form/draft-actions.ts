import { isJsonObject } from "../../../core/json.ts";
import { schemaProblems } from "../../../core/schema-problems.ts";
import { connectionSchema } from "../../../workspace/config-schema.ts";
import type { Action } from "../../keys/action.ts";
import type { Session } from "../../session.ts";
import { forgetKept } from "../../state/kept.ts";
import { editValue, objectProblem } from "../../ui/edit-text.ts";
import { selectOnReturn } from "../../ui/use-list.ts";
import { CONNECTIONS_LIST } from "../connections/connection-rows.ts";
import { askAboutDraft, whyNoDraft } from "./ask-about-draft.ts";
import { type Draft, draftOf, isChanged, nameOf, type StepName, typeOf, withEntry } from "./draft.ts";
import { saveDraft } from "./save-draft.ts";
import type { HowToSave } from "./test-step.tsx";

/** A draft on its way through the steps. */
export interface Editing {
  draft: Draft;
  setDraft(draft: Draft): void;
  step: StepName;
  setStep(step: StepName): void;
  steps: readonly StepName[];
  /** It was begun at an earlier visit of the screen. */
  isContinued: boolean;
  /** Forgets what was written; the form begins anew. */
  startAfresh(): void;
}

export const AFRESH_KEY = "ctrl+n";

export function draftActions(session: Session, editing: Editing): Action[] {
  const { draft, step, steps } = editing;
  const isFirst = step === steps[0];
  return [
    {
      ...{ id: "draft.back", keys: ["esc", "q"], title: isFirst ? "leave" : "step back", footer: 60 },
      help: "Go back one step; nothing is lost. From the first step, leave.",
      run: () => back(session, editing),
    },
    {
      ...{ id: "draft.raw", keys: ["ctrl+o"], title: "as JSON", footer: 40 },
      help: "Open the whole connection in $EDITOR.",
      disabled: typeOf(draft) === undefined ? "choose a connector first" : undefined,
      run: () => editRaw(session, editing),
    },
    {
      ...{ id: "draft.keep", keys: ["ctrl+t"], title: "keep as draft", footer: 30 },
      help: "Save it as it is, disabled: it can be finished later.",
      disabled: whyNoDraft(draft),
      run: () => finish(session, editing, { enabled: false, isReachable: false }),
    },
    {
      ...{ id: "draft.afresh", keys: [AFRESH_KEY], title: "start afresh" },
      ...(editing.isContinued ? { footer: 50 } : {}),
      help: "Begin the form anew. Asks what becomes of what was written.",
      disabled: isChanged(draft) ? undefined : "nothing has been written yet",
      run: () => afresh(session, editing),
    },
  ];
}

/** The name under which unsaved work on a connection is kept; undefined for a new one. */
export function keptDraft(editing: string | undefined): string {
  return editing === undefined ? "new connection" : `edit of ${editing}`;
}

/** Saves and goes on: to the streams of a new connection whose source answers, else back. */
export async function finish(
  session: Session,
  { draft, setDraft }: Editing,
  { enabled, isReachable }: HowToSave,
): Promise<void> {
  const here = session.router.current();
  const saved = await saveDraft(session, draft, enabled);
  if (saved.state === "back") return;
  if (saved.state === "theirs") {
    setDraft({ ...draftOf(draft.editing ?? nameOf(draft), saved.entry), revision: draft.revision + 1 });
    session.notices.say("These are their settings now; yours are dropped");
    return;
  }
  const { name } = saved;
  forgetDraft(session, draft.editing);
  const [root] = session.router.get();
  if (draft.editing === undefined && root !== undefined) selectOnReturn(root, CONNECTIONS_LIST, name);
  if (draft.editing === undefined && isReachable) session.router.replace({ screen: "streams", name }, here);
  else session.router.back(here);
  const what = draft.editing === undefined ? "added" : "changed";
  const silent = isReachable ? "" : "; its source has not answered yet";
  session.notices.say(
    enabled === false ? `${name} is kept as a disabled draft` : `${name} is ${what}${silent}`,
    "good",
  );
}

/** Opens the entry in the editor; the form goes on with what comes back. */
export async function editRaw(session: Session, { draft, setDraft }: Editing): Promise<void> {
  const problemOf = (value: Parameters<typeof objectProblem>[0]) =>
    objectProblem(value, (entry) => {
      if (draft.editing !== undefined && entry.name !== draft.editing) return "The name is changed by renaming it.";
      if (entry.type !== draft.entry.type) return "The type cannot be changed here.";
      const wrong = draft.editing === undefined ? [] : schemaProblems(connectionSchema, entry);
      return wrong.length === 0 ? undefined : wrong.map(({ path, message }) => `${path} ${message}`).join("\n");
    });
  const edited = await editValue(session, { name: nameOf(draft) || "connection", value: draft.entry, problemOf });
  if (isJsonObject(edited ?? null)) setDraft(withEntry(draft, edited as Draft["entry"]));
}

async function back(session: Session, editing: Editing): Promise<void> {
  const { draft, step, setStep, steps } = editing;
  const before = steps[steps.indexOf(step) - 1];
  if (before !== undefined) return setStep(before);
  if (!isChanged(draft)) {
    forgetDraft(session, draft.editing);
    return void session.router.back();
  }
  const question = { title: "Leave without saving?", dropHelp: "Leave, and forget what was written.", canKeep: true };
  const choice = await askAboutDraft(session, draft, question);
  if (choice === "keep") await finish(session, editing, { enabled: false, isReachable: false });
  if (choice !== "drop") return;
  forgetDraft(session, draft.editing);
  session.router.back();
}

async function afresh(session: Session, { draft, startAfresh }: Editing): Promise<void> {
  const canKeep = draft.editing === undefined;
  const question = { title: "Start afresh?", dropHelp: "Forget what was written, and begin anew.", canKeep };
  const choice = await askAboutDraft(session, draft, question);
  if (choice === undefined) return;
  if (choice === "keep") {
    const saved = await saveDraft(session, draft, false);
    if (saved.state !== "saved") return;
    session.notices.say(`${saved.name} is kept as a disabled draft`, "good");
  }
  startAfresh();
}

function forgetDraft(session: Session, editing: string | undefined): void {
  forgetKept(session, keptDraft(editing), `step of ${keptDraft(editing)}`);
}
