import { Box } from "ink";
import { type ReactNode, useState } from "react";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { Action } from "../keys/action.ts";
import { KeyScope } from "../keys/key-scope.tsx";
import { useRemembered } from "../state/visit-context.ts";
import { Prose, Toned } from "../theme/toned.tsx";
import { type FormField, fieldProblem, fieldText, fieldValue } from "./form-fields.ts";
import { useBodySize } from "./layout.tsx";
import { placeWindow } from "./list-state.ts";
import { newEdit, type TextEdit } from "./text-edit.ts";
import { TextField } from "./text-field.tsx";
import { fitText } from "./text-width.ts";

export interface FormProps {
  /** Unique within the screen; what was written is kept under this name. */
  name: string;
  title: string;
  fields: readonly FormField[];
  initial: JsonObject;
  /** Lines that the form may take. */
  height: number;
  /** What saving is called in the footer. */
  submitTitle: string;
  /** Gets the values of the fields that are not empty; only called when every field is right. */
  onSubmit(values: JsonObject): void | Promise<void>;
}

/** Lines under the fields for the help and the problem of the one that is written. */
const HELP_ROWS = 4;
const LABEL_WIDTH = 22;

/** One line a field. Nothing is checked aloud before a field was left; nothing is lost by going back. */
export function Form({ name, title, fields, initial, height, submitTitle, onSubmit }: FormProps): ReactNode {
  const [edits, setEdits] = useRemembered<Readonly<Record<string, TextEdit>>>(`form:${name}`, editsOf(fields, initial));
  const [index, setIndex] = useRemembered(`form:${name}:at`, 0);
  const [isTried, setTried] = useState(false);
  const textOf = ({ key }: FormField) => edits[key]?.text ?? "";
  const problems = fields.map((field) => fieldProblem(field, textOf(field)));
  const firstWrong = problems.findIndex((problem) => problem !== undefined);
  const submit = () => {
    setTried(true);
    if (firstWrong === -1) return onSubmit(valuesOf(fields, edits));
    setIndex(firstWrong);
  };
  const change = ({ key }: FormField, edit: TextEdit) => setEdits((before) => ({ ...before, [key]: edit }));
  const room = Math.max(1, height - HELP_ROWS);
  const { top } = placeWindow(
    { selected: undefined, index, top: index - room + 1, marked: new Set() },
    fields.map(({ key }) => key),
    room,
  );
  const focused = fields[index];
  const actions = formActions({ fields, index, setIndex, submit, submitTitle });
  const choosing =
    focused?.choices === undefined
      ? []
      : choiceActions(focused, textOf(focused), (text) => change(focused, newEdit(text)));
  return (
    <KeyScope title={title} actions={[...choosing, ...actions]}>
      {fields.slice(top, top + room).map((field, offset) => (
        <FieldLine
          key={field.key}
          field={field}
          edit={edits[field.key] ?? newEdit()}
          isFocused={top + offset === index}
          isWrong={problems[top + offset] !== undefined && (isTried || textOf(field) !== "")}
          onChange={(edit) => change(field, edit)}
        />
      ))}
      {focused === undefined ? null : (
        <FieldHelp field={focused} problem={isTried || textOf(focused) !== "" ? problems[index] : undefined} />
      )}
    </KeyScope>
  );
}

interface FieldLineProps {
  field: FormField;
  edit: TextEdit;
  isFocused: boolean;
  isWrong: boolean;
  onChange(edit: TextEdit): void;
}

function FieldLine({ field, edit, isFocused, isWrong, onChange }: FieldLineProps): ReactNode {
  const { columns } = useBodySize();
  const { key, isRequired, choices, fallback, isSecret } = field;
  const mark = `${isFocused ? "▸" : " "}${isWrong ? "✗" : isRequired ? "*" : " "}`;
  const shown = edit.text === "" ? `(${fallback === "" ? "none" : fallback})` : edit.text;
  return (
    <Box flexShrink={0} height={1}>
      <Toned tone={isWrong ? "bad" : isFocused ? "strong" : "plain"}>{`${mark} ${fitText(key, LABEL_WIDTH)} `}</Toned>
      {choices === undefined ? (
        <TextField
          {...{ edit, onChange, isFocused, isSecret }}
          width={columns - LABEL_WIDTH - 4}
          placeholder={fallback === "" ? "" : fallback}
        />
      ) : (
        <Toned tone={edit.text === "" ? "dim" : "plain"}>{isFocused ? `‹ ${shown} ›` : shown}</Toned>
      )}
    </Box>
  );
}

function FieldHelp({ field, problem }: { field: FormField; problem: string | undefined }): ReactNode {
  return (
    <Box flexDirection="column" height={HELP_ROWS} flexShrink={0} overflow="hidden" paddingTop={1}>
      {problem === undefined ? null : <Toned tone="bad">{`✗ ${field.key} ${problem}`}</Toned>}
      <Prose tone="dim">{field.help}</Prose>
    </Box>
  );
}

interface FormMoves {
  fields: readonly FormField[];
  index: number;
  setIndex(index: number): void;
  submit(): void | Promise<void>;
  submitTitle: string;
}

function formActions({ fields, index, setIndex, submit, submitTitle }: FormMoves): Action[] {
  const go = (to: number) => setIndex(Math.min(Math.max(to, 0), fields.length - 1));
  const isLast = index >= fields.length - 1;
  return [
    {
      id: "form.next",
      keys: ["tab", "down"],
      title: "next",
      footer: 70,
      help: "Go to the next field.",
      run: () => go(index + 1),
    },
    {
      id: "form.previous",
      keys: ["shift+tab", "up"],
      title: "previous",
      help: "Go to the field before.",
      run: () => go(index - 1),
    },
    {
      id: "form.enter",
      keys: ["enter"],
      title: isLast ? submitTitle : "next",
      help: "Go on; from the last field, save.",
      run: () => (isLast ? submit() : go(index + 1)),
    },
    {
      id: "form.submit",
      keys: ["ctrl+s"],
      title: submitTitle,
      footer: 100,
      help: "Check every field, and go on when all are right.",
      run: submit,
    },
  ];
}

function choiceActions({ choices = [] }: FormField, text: string, choose: (text: string) => void): Action[] {
  const at = Math.max(0, choices.indexOf(text));
  const turn = (by: number) => choose(choices[(at + by + choices.length) % choices.length] ?? "");
  return [
    {
      id: "form.next-choice",
      keys: ["right", "space", "l"],
      title: "other choice",
      footer: 80,
      help: "Take the next of the choices.",
      run: () => turn(1),
    },
    {
      id: "form.previous-choice",
      keys: ["left", "h"],
      title: "choice before",
      help: "Take the choice before.",
      run: () => turn(-1),
    },
  ];
}

function editsOf(fields: readonly FormField[], initial: JsonObject): Record<string, TextEdit> {
  return Object.fromEntries(
    fields.map(({ key }) => [key, newEdit(initial[key] === undefined ? "" : fieldText(initial[key]))] as const),
  );
}

function valuesOf(fields: readonly FormField[], edits: Readonly<Record<string, TextEdit>>): JsonObject {
  const pairs = fields.flatMap((field): [string, JsonValue][] => {
    const value = fieldValue(field, edits[field.key]?.text ?? "");
    return value === undefined ? [] : [[field.key, value]];
  });
  return Object.fromEntries(pairs);
}
