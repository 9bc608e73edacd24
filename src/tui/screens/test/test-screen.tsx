import type { ReactNode } from "react";
import { isJsonObject } from "../../../core/json.ts";
import { destinationSteps, type Step, settingsStep, sourceStep } from "../../../runner/connection-test.ts";
import { resolveRun } from "../../../runner/resolve-run.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { useBodySize } from "../../ui/layout.tsx";
import { StepList } from "../../ui/step-list.tsx";
import { useTest } from "../../ui/use-test.ts";
import { registryOf } from "../connection-form/use-connector.ts";

/** Tries a connection as it is saved: settings, source, destination. What is broken in one does not hide the others. */
export function TestScreen({ name }: { name: string }): ReactNode {
  const session = useSession();
  const { rows: height } = useBodySize();
  const test = useTest((signal) => testSaved(session, name, signal));
  const actions: Action[] = [
    {
      ...{ id: "test.again", keys: ["r", "t"], title: "test again", footer: 100, run: test.again },
      help: "Try everything once more.",
      disabled: test.isRunning ? "the test is still running" : undefined,
      command: `sluice connections test ${name}`,
    },
    {
      ...{
        id: "test.edit",
        keys: ["e"],
        title: "edit",
        footer: 90,
        help: "Change the connection's settings and secrets.",
      },
      run: () => session.router.replace({ screen: "edit", name }),
    },
  ];
  return (
    <KeyScope title="Test" actions={actions}>
      <StepList steps={test.steps} isRunning={test.isRunning} height={height} />
    </KeyScope>
  );
}

async function* testSaved(session: Session, name: string, signal: AbortSignal): AsyncGenerator<Step> {
  const { workspace, redactor } = session;
  const { error, source, target, schema } = await resolveRun(
    { workspace, registry: registryOf(session), redactor },
    name,
  );
  yield settingsStep(error);
  yield await sourceStep({ workspace, signal, say: () => {}, addSecrets: redactor.add }, name, source);
  const own = isJsonObject(schema) ? schema.namespace : undefined;
  const tested = { name: target?.name, namespace: typeof own === "string" ? own : name };
  if (!signal.aborted) yield* await destinationSteps(workspace, tested);
}
