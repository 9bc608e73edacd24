import { Box } from "ink";
import { type ReactNode, useMemo, useState } from "react";
import type { Connector } from "../../../connector/define-connector.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import { shownKey } from "../../keys/press.ts";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { useKept } from "../../state/kept.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { cutText, oneLine } from "../../ui/text-width.ts";
import { ConnectorStep } from "./connector-step.tsx";
import { type Draft, draftOf, isChanged, NEW_DRAFT, nameOf, type StepName, typeOf, withType } from "./draft.ts";
import { AFRESH_KEY, draftActions, type Editing, editRaw, finish, keptDraft } from "./draft-actions.ts";
import { LateStep } from "./late-step.tsx";
import { hasSecrets, SecretsStep } from "./secrets-step.tsx";
import { SettingsStep } from "./settings-step.tsx";
import { TestStep } from "./test-step.tsx";
import { useConnector } from "./use-connector.ts";
import { type FoundFields, useLateFields } from "./use-late-fields.ts";
import { useRawEntry } from "./use-raw-entry.ts";

const STEPS: readonly StepName[] = ["connector", "settings", "config", "secrets", "test"];
/** Before these nobody needs to know what only the source can say. */
const BEFORE_LATE: readonly StepName[] = ["connector", "settings"];

/** Makes a connection, step by step. */
export function AddConnectionScreen(): ReactNode {
  return <ConnectionForm initial={NEW_DRAFT} steps={STEPS} />;
}

/** Changes one, also one that is not valid, by the same steps. */
export function EditConnectionScreen({ name }: { name: string }): ReactNode {
  const found = useRawEntry(name);
  if (found === undefined) return <Toned tone="dim">reading…</Toned>;
  if (found instanceof Error) return <Prose tone="bad">{`✗ ${found.message}`}</Prose>;
  return <ConnectionForm initial={draftOf(name, found)} steps={STEPS.slice(1)} />;
}

/** The draft and the step are kept until they are saved or dropped: nothing is lost by going back and forth. */
function ConnectionForm({ initial, steps: all }: { initial: Draft; steps: readonly StepName[] }): ReactNode {
  const session = useSession();
  const { rows, columns } = useBodySize();
  const [draft, setDraft] = useKept(keptDraft(initial.editing), initial);
  const [step, setStep] = useKept<StepName>(`step of ${keptDraft(initial.editing)}`, all[0] ?? "settings");
  const [isContinued, setContinued] = useState(() => isChanged(draft));
  const loaded = useConnector(typeOf(draft));
  const own = loaded.state === "ready" ? loaded.connector : undefined;
  const late = useLateFields(own, draft, !BEFORE_LATE.includes(step));
  const connector = useMemo(() => withLateSecrets(own, late), [own, late]);
  const steps = all.filter((each) => isNeeded(each, connector));
  const startAfresh = () => {
    setDraft({ ...initial, revision: draft.revision + 1 });
    setStep(all[0] ?? "settings");
    setContinued(false);
  };
  const editing: Editing = { draft, setDraft, step, setStep, steps, isContinued, startAfresh };
  const height = rows - (isContinued ? 2 : 1);
  return (
    <KeyScope title="Connection" actions={draftActions(session, editing)}>
      <StepLine steps={steps} current={step} type={typeOf(draft)} />
      {isContinued ? <ContinuedLine draft={draft} columns={columns} /> : null}
      {step === "connector" ? (
        <ConnectorStep
          height={height}
          onChoose={(type) => {
            setDraft(withType(draft, type));
            setStep("settings");
          }}
        />
      ) : step === "settings" && loaded.state !== "loading" ? (
        <SettingsStep
          {...{ draft, loaded, height }}
          onChange={setDraft}
          onNext={() => nextStep(session, editing, connector !== undefined)}
        />
      ) : connector === undefined ? (
        <Toned tone="dim">
          {loaded.state === "broken" ? "The connector cannot be loaded." : "reading the connector…"}
        </Toned>
      ) : step === "config" && late !== undefined ? (
        <LateStep
          {...{ draft, connector, height }}
          fields={late}
          onChange={setDraft}
          onNext={() => setStep(steps[steps.indexOf("config") + 1] ?? "test")}
        />
      ) : step === "secrets" ? (
        <SecretsStep {...{ draft, connector, height }} onChange={setDraft} onNext={() => setStep("test")} />
      ) : (
        <TestStep
          {...{ draft, connector, height }}
          onSave={(how) => finish(session, editing, how)}
          onEditRaw={() => editRaw(session, editing)}
        />
      )}
    </KeyScope>
  );
}

/** The steps that a connector has something to show in. */
function isNeeded(step: StepName, connector: Connector | undefined): boolean {
  if (step === "config") return connector?.late !== undefined;
  return step !== "secrets" || connector === undefined || hasSecrets(connector);
}

/** The connector with the secrets that its source has told of. */
function withLateSecrets(connector: Connector | undefined, late: FoundFields | undefined): Connector | undefined {
  return connector === undefined || late?.state !== "ready" ? connector : { ...connector, secrets: late.found.secrets };
}

/** Without its connector a connection has neither secrets nor anything to test. */
function nextStep(session: Session, { setStep, steps }: Editing, hasConnector: boolean): void {
  if (hasConnector) setStep(steps[steps.indexOf("settings") + 1] ?? "test");
  else session.notices.say("the connector cannot be loaded: ctrl+t saves the settings as a disabled draft", "warn");
}

/** What was written at an earlier visit is there again, which one may have forgotten. */
function ContinuedLine({ draft, columns }: { draft: Draft; columns: number }): ReactNode {
  const what = draft.editing === undefined ? "your draft of" : "your changes of";
  const [before, after] = [`continuing ${what} `, `; ${shownKey(AFRESH_KEY)} starts afresh`];
  const name = nameOf(draft) || `a ${typeOf(draft)} connection`;
  return (
    <Box flexShrink={0} height={1}>
      <Toned tone="warn">{`${before}${cutText(oneLine(name), columns - before.length - after.length)}${after}`}</Toned>
    </Box>
  );
}

function StepLine({
  steps,
  current,
  type,
}: {
  steps: readonly StepName[];
  current: StepName;
  type: string | undefined;
}): ReactNode {
  return (
    <Box flexShrink={0} height={1}>
      {steps.map((step, index) => (
        <Box key={step} flexShrink={0}>
          <Toned tone="dim">{index === 0 ? "" : " › "}</Toned>
          <Toned
            tone={step === current ? "strong" : "dim"}
          >{`${step === current ? "▸" : ""}${index + 1} ${step}`}</Toned>
        </Box>
      ))}
      <Toned tone="accent">{type === undefined ? "" : `   ${type}`}</Toned>
    </Box>
  );
}
