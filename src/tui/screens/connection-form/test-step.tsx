import type { ReactNode } from "react";
import type { Connector } from "../../../connector/define-connector.ts";
import { destinationSteps, type Step, sourceStep } from "../../../runner/connection-test.ts";
import { destinationOf } from "../../../runner/open-destination.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { askChoice } from "../../ui/ask-choice.tsx";
import { StepList } from "../../ui/step-list.tsx";
import { useTest } from "../../ui/use-test.ts";
import { type Draft, nameOf, namespaceOf } from "./draft.ts";
import { checkDraft } from "./draft-check.ts";

export interface TestStepProps {
  draft: Draft;
  connector: Connector;
  height: number;
  onSave(how: HowToSave): void | Promise<void>;
  onEditRaw(): void | Promise<void>;
}

export interface HowToSave {
  /** The source answered, so that it can be asked for its streams. */
  isReachable: boolean;
  /** As the draft says unless given. */
  enabled?: boolean;
}

/** Tries what is to be saved before it is: settings, source, destination. */
export function TestStep({ draft, connector, height, onSave, onEditRaw }: TestStepProps): ReactNode {
  const session = useSession();
  const test = useTest((signal) => testDraft(session, { draft, connector, signal }));
  const settings = test.steps.find(({ step }) => step === "settings");
  const isReachable = test.steps.some(({ step, ok }) => step === "source" && ok);
  const isNew = draft.editing === undefined;
  const actions: Action[] = [
    {
      ...{
        id: "draft.save",
        keys: ["enter", "ctrl+s"],
        title: isNew && isReachable ? "save, streams" : "save",
        footer: 100,
      },
      help: "Save the connection, and choose its streams when the source answers.",
      disabled:
        settings === undefined
          ? "the settings are being checked"
          : settings.ok
            ? undefined
            : "the settings are not right",
      command: isNew ? `sluice connections add ${nameOf(draft)}` : `sluice connections edit ${nameOf(draft)}`,
      run: async () => {
        const how = isNew ? await askAboutFailures(session, nameOf(draft), test.steps) : "as it is";
        if (how !== undefined) await onSave({ isReachable, ...(how === "disabled" ? { enabled: false } : {}) });
      },
    },
    {
      ...{ id: "draft.test", keys: ["r"], title: "test again", footer: 90, run: test.again },
      help: "Try everything once more.",
      disabled: test.isRunning ? "the test is still running" : undefined,
    },
    {
      ...{ id: "draft.edit-raw", keys: ["E"], title: "edit as JSON", footer: 70, run: onEditRaw },
      help: "Open the whole connection in $EDITOR.",
    },
  ];
  return (
    <KeyScope title="Test" actions={actions}>
      <StepList steps={test.steps} isRunning={test.isRunning} height={height} />
    </KeyScope>
  );
}

/** Undefined: not to be saved yet. */
async function askAboutFailures(
  session: Session,
  name: string,
  steps: readonly Step[],
): Promise<"as it is" | "disabled" | undefined> {
  const failed = steps.filter(({ ok, skipped }) => !ok && skipped !== true);
  if (failed.length === 0) return "as it is";
  return askChoice<"as it is" | "disabled">(session, {
    title: `Save ${name} though its test has failed?`,
    lines: failed.map(({ step, message }) => `✗ ${step}: ${message}`),
    choices: [
      { key: "s", title: "save", help: "Save it as it is: its runs fail until that is mended.", value: "as it is" },
      { key: "d", title: "save disabled", help: "Save it, and do not run it until it is enabled.", value: "disabled" },
    ],
  });
}

interface DraftTest {
  draft: Draft;
  connector: Connector;
  signal: AbortSignal;
}

async function* testDraft(session: Session, { draft, connector, signal }: DraftTest): AsyncGenerator<Step> {
  const { workspace, redactor } = session;
  const { step, source } = await checkDraft(session, connector, draft);
  yield step;
  const asking = { workspace, signal, say: () => {}, addSecrets: redactor.add };
  yield await sourceStep(asking, nameOf(draft), source);
  const own = typeof draft.entry.destination === "string" ? draft.entry.destination : undefined;
  const name = await destinationOf(workspace, own);
  if (!signal.aborted) yield* await destinationSteps(workspace, { name, namespace: namespaceOf(draft) });
}
