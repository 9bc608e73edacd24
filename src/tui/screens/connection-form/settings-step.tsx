import { Box } from "ink";
import { type ReactNode, useMemo } from "react";
import type { Connector } from "../../../connector/define-connector.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { connectionsOf } from "../../state/config-store.ts";
import { useStore } from "../../state/store.ts";
import { Prose } from "../../theme/toned.tsx";
import { Form } from "../../ui/form.tsx";
import { isAddress, withAddress } from "./address-paste.ts";
import { type Draft, nameOf, withEntry } from "./draft.ts";
import { problemsByField, settingsFields } from "./settings-fields.ts";
import type { LoadedConnector } from "./use-connector.ts";

export interface SettingsStepProps {
  draft: Draft;
  loaded: LoadedConnector;
  height: number;
  onChange(draft: Draft): void;
  onNext(): void;
}

/** Lines for what keeps the form from being the connector's own. */
const TROUBLE_ROWS = 3;

/** The form of the connector's options and of what every connection has. */
export function SettingsStep({ draft, loaded, height, onChange, onNext }: SettingsStepProps): ReactNode {
  const session = useSession();
  const config = useStore(session.config);
  const connector = loaded.state === "ready" ? loaded.connector : undefined;
  const isNew = draft.editing === undefined;
  const form = useMemo(() => settingsFields(connector, isNew), [connector, isNew]);
  const trouble = troubleOf(loaded, form.trouble);
  const taken = isNew && connectionsOf(config).some(({ name }) => name === nameOf(draft));
  const check = (entry: JsonObject) => {
    const problems = problemsByField(form, connector, entry);
    return taken ? new Map([...problems, ["name", "is the name of another connection already."]]) : problems;
  };
  return (
    <>
      {trouble === undefined ? null : (
        <Box height={TROUBLE_ROWS} flexShrink={0} overflow="hidden">
          <Prose tone="bad">{`✗ ${session.redactor.text(trouble)}`}</Prose>
        </Box>
      )}
      <Form
        key={`${connector?.name} ${draft.revision}`}
        name={`settings ${connector?.name} ${draft.revision}`}
        title="Settings"
        fields={form.fields}
        initial={draft.entry}
        height={height - (trouble === undefined ? 0 : TROUBLE_ROWS)}
        submitTitle="go on"
        check={check}
        onChange={(entry) => onChange({ ...draft, entry })}
        onPaste={(text) => pasteAddress(session, { draft, connector, onChange }, text)}
        onSubmit={(entry) => {
          onChange({ ...draft, entry });
          onNext();
        }}
      />
    </>
  );
}

function troubleOf(loaded: LoadedConnector, trouble: string | undefined): string | undefined {
  if (loaded.state === "broken") return loaded.error.message;
  if (trouble === undefined) return undefined;
  return `The connector failed when it was asked for its options: ${trouble} They can be written as JSON.`;
}

interface Pasting {
  draft: Draft;
  connector: Connector | undefined;
  onChange(draft: Draft): void;
}

/** A database's address goes into its fields, and the password in it to the secrets. */
function pasteAddress(session: Session, { draft, connector, onChange }: Pasting, text: string): boolean {
  if (connector?.name !== "postgres" || !isAddress(text)) return false;
  try {
    const { entry, password } = withAddress(draft.entry, { text: text.trim(), workspace: session.workspace.root });
    const secrets = password === undefined ? draft.secrets : { ...draft.secrets, password };
    if (password !== undefined) session.redactor.add([password]);
    onChange({ ...withEntry(draft, entry), secrets });
    session.notices.say(
      `The address fills the fields${password === undefined ? "" : "; its password is kept as a secret"}`,
    );
  } catch (error) {
    session.notices.fail(error);
  }
  return true;
}
