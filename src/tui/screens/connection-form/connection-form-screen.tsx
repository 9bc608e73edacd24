import { Box } from "ink";
import type { ReactNode } from "react";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { useKept } from "../../state/kept.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { ConnectorStep } from "./connector-step.tsx";
import { type Draft, draftOf, NEW_DRAFT, type StepName, typeOf, withType } from "./draft.ts";
import { draftActions, type Editing, editRaw, finish, keptDraft } from "./draft-actions.ts";
import { hasSecrets, SecretsStep } from "./secrets-step.tsx";
import { SettingsStep } from "./settings-step.tsx";
import { TestStep } from "./test-step.tsx";
import { useConnector } from "./use-connector.ts";
import { useRawEntry } from "./use-raw-entry.ts";

const STEPS: readonly StepName[] = ["connector", "settings", "secrets", "test"];

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
  const { rows } = useBodySize();
  const [draft, setDraft] = useKept(keptDraft(initial.editing), initial);
  const [step, setStep] = useKept<StepName>(`step of ${keptDraft(initial.editing)}`, all[0] ?? "settings");
  const loaded = useConnector(typeOf(draft));
  const connector = loaded.state === "ready" ? loaded.connector : undefined;
  const steps = all.filter((each) => each !== "secrets" || connector === undefined || hasSecrets(connector));
  const editing: Editing = { draft, setDraft, step, setStep, steps };
  const height = rows - 1;
  return (
    <KeyScope title="Connection" actions={draftActions(session, editing)}>
      <StepLine steps={steps} current={step} type={typeOf(draft)} />
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

/** Without its connector a connection has neither secrets nor anything to test. */
function nextStep(session: Session, { setStep, steps }: Editing, hasConnector: boolean): void {
  if (hasConnector) setStep(steps.includes("secrets") ? "secrets" : "test");
  else session.notices.say("the connector cannot be loaded: ctrl+t saves the settings as a disabled draft", "warn");
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
