import { Box } from "ink";
import type { ReactNode } from "react";
import type { Connector, LateFields } from "../../../connector/define-connector.ts";
import type { JsonObject } from "../../../core/json.ts";
import { schemaProblems } from "../../../core/schema-problems.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import { useSession } from "../../session-context.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { Form } from "../../ui/form.tsx";
import { type FormField, formFields, valueAt } from "../../ui/form-fields.ts";
import type { Draft } from "./draft.ts";
import { nearestProblems } from "./settings-fields.ts";
import type { FoundFields } from "./use-late-fields.ts";

export interface LateStepProps {
  draft: Draft;
  connector: Connector;
  fields: FoundFields;
  height: number;
  onChange(draft: Draft): void;
  onNext(): void;
}

/** The form of an option whose fields the source itself has told; what is secret among them comes in the next step. */
export function LateStep({ draft, connector, fields, height, onChange, onNext }: LateStepProps): ReactNode {
  const { redactor } = useSession();
  if (fields.state === "asking") return <Waiting said={fields.said} />;
  if (fields.state === "failed") return <Failed message={redactor.text(fields.error.message)} onNext={onNext} />;
  const at = ["schema", "options", connector.late?.option ?? ""];
  const lines = fieldsOf(fields.found, at);
  return (
    <Form
      key={`${connector.name} config ${draft.revision}`}
      name={`config ${connector.name} ${draft.revision}`}
      title="Config"
      fields={lines}
      initial={draft.entry}
      height={height}
      submitTitle="go on"
      check={(entry) => nearestProblems(lines, openProblems(fields.found, at, entry))}
      onChange={(entry) => onChange({ ...draft, entry })}
      onSubmit={(entry) => {
        onChange({ ...draft, entry });
        onNext();
      }}
    />
  );
}

/** Those that it needs first. */
function fieldsOf({ fields, secrets }: LateFields, prefix: readonly string[]): FormField[] {
  const isSecret = ({ path }: FormField) => Object.hasOwn(secrets.shape, path.slice(prefix.length).join("__"));
  const all = formFields(fields, { prefix, areAlternativesFields: true }).filter((field) => !isSecret(field));
  return [...all.filter(({ isRequired }) => isRequired), ...all.filter(({ isRequired }) => !isRequired)];
}

/** What is missing because it is a secret is not missing here. */
function openProblems({ fields, secrets }: LateFields, at: readonly string[], entry: JsonObject) {
  const isSecret = (path: string) => Object.hasOwn(secrets.shape, path.split(".").slice(at.length).join("__"));
  return schemaProblems(fields, valueAt(entry, at) ?? {}, at).filter(({ path }) => !isSecret(path));
}

function Waiting({ said }: { said: string }): ReactNode {
  return (
    <Box flexDirection="column">
      <Toned>asking the source for its fields; installing it the first time may take minutes…</Toned>
      <Toned tone="dim">{said}</Toned>
    </Box>
  );
}

function Failed({ message, onNext }: { message: string; onNext(): void }): ReactNode {
  const actions = [
    {
      ...{ id: "late.skip", keys: ["enter", "ctrl+s"], title: "go on without", footer: 100, run: onNext },
      help: "Go on without these fields: ctrl+o writes them as JSON.",
    },
  ];
  return (
    <KeyScope title="Config" actions={actions}>
      <Prose tone="bad">{`✗ ${message}`}</Prose>
      <Toned tone="dim">Esc goes back to the settings. The config can be written as JSON: ctrl+o.</Toned>
    </KeyScope>
  );
}
