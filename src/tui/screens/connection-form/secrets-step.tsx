import { type ReactNode, useEffect, useState } from "react";
import type { Connector } from "../../../connector/define-connector.ts";
import type { JsonObject } from "../../../core/json.ts";
import { resolveSecrets, type SecretOrigin } from "../../../workspace/secret-values.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import { useSession } from "../../session-context.ts";
import { Toned } from "../../theme/toned.tsx";
import { Form } from "../../ui/form.tsx";
import { type FormField, formFields } from "../../ui/form-fields.ts";
import { type Draft, nameOf } from "./draft.ts";

export interface SecretsStepProps {
  draft: Draft;
  connector: Connector;
  height: number;
  onChange(draft: Draft): void;
  onNext(): void;
}

const HOW = "Paste or write the value (it is never shown), env:NAME or file:PATH.";

/** One masked line a secret; an empty one keeps what there is. */
export function SecretsStep({ draft, connector, height, onChange, onNext }: SecretsStepProps): ReactNode {
  const { redactor } = useSession();
  const origins = useOrigins(draft.editing ?? nameOf(draft), connector);
  if (origins === undefined) return <Looking />;
  const fields = secretFields(connector, origins);
  const take = (values: JsonObject) => {
    const secrets = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
    redactor.add(Object.values(secrets).filter((text) => !/^(env|file):/.test(text)));
    onChange({ ...draft, secrets });
  };
  return (
    <Form
      key={`${connector.name} ${draft.revision}`}
      name={`secrets ${connector.name} ${draft.revision}`}
      title="Secrets"
      fields={fields}
      initial={draft.secrets as JsonObject}
      height={height}
      submitTitle="go on"
      onChange={take}
      onSubmit={onNext}
    />
  );
}

/** The key that goes on is there, and says why it does not yet. */
function Looking(): ReactNode {
  const goOn: Action = {
    ...{ id: "form.submit", keys: ["ctrl+s"], title: "go on", footer: 100, help: "Go on to the next step." },
    disabled: "the secrets that are there already are being read",
    run: () => {},
  };
  return (
    <KeyScope title="Secrets" actions={[goOn]}>
      <Toned tone="dim">looking for what is there already…</Toned>
    </KeyScope>
  );
}

function secretFields({ secrets }: Connector, origins: Readonly<Record<string, SecretOrigin>>): FormField[] {
  return formFields(secrets, { isSecret: true }).map((field) => {
    const origin = origins[field.label];
    const help = `${field.help} ${HOW}`.trim();
    if (origin === undefined) return { ...field, help };
    return { ...field, help, isRequired: false, fallback: `keeps ${originText(origin)}` };
  });
}

function originText({ from, where }: SecretOrigin): string {
  if (from === "environment") return `${where} of the environment`;
  return from === "file" ? `${where} of secrets.toml` : where;
}

/** Whether there is anything to ask for; a connector that throws here is reported by the test. */
export function hasSecrets({ secrets }: Connector): boolean {
  try {
    return Object.keys(secrets.shape).length > 0;
  } catch {
    return false;
  }
}

/** Where each secret comes from now; a reference that leads nowhere counts as nothing. */
function useOrigins(name: string, connector: Connector): Readonly<Record<string, SecretOrigin>> | undefined {
  const { workspace, redactor, notices } = useSession();
  const [origins, setOrigins] = useState<Readonly<Record<string, SecretOrigin>>>();
  useEffect(() => {
    let isWanted = true;
    const find = async () => {
      const fields = Object.keys(connector.secrets.shape);
      const found = await resolveSecrets(workspace, { connection: name, connector: connector.name, fields });
      redactor.add(found.all);
      return found.origins;
    };
    find().then(
      (found) => isWanted && setOrigins(found),
      (error) => {
        notices.fail(error);
        if (isWanted) setOrigins({});
      },
    );
    return () => {
      isWanted = false;
    };
  }, [workspace, redactor, notices, name, connector]);
  return origins;
}
