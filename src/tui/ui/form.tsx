import { Box } from "ink";
import { type ReactNode, useState } from "react";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { Action } from "../keys/action.ts";
import { KeyScope } from "../keys/key-scope.tsx";
import type { Session } from "../session.ts";
import { useSession } from "../session-context.ts";
import { useRemembered } from "../state/visit-context.ts";
import { Prose, Toned } from "../theme/toned.tsx";
import { editValue } from "./edit-text.ts";
import {
  accepts,
  type FormField,
  fieldProblem,
  fieldText,
  fieldValue,
  rawSummary,
  valueAt,
  withValue,
} from "./form-fields.ts";
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
  /** What is wrong with the values together, by the key of the field; what belongs to no field under an empty key. */
  check?(values: JsonObject): ReadonlyMap<string, string>;
  /** Told of every change, whether the values are right or not. */
  onChange?(values: JsonObject): void;
  /** Sees what is pasted before it goes into a field; true when it was used. */
  onPaste?(text: string): boolean;
  /** Gets `initial` with the values of all fields in it; only called when every field is right. */
  onSubmit(values: JsonObject): void | Promise<void>;
}

/** Lines under the fields for the help and the problem of the one that is written. */
const HELP_ROWS = 4;
const LABEL_WIDTH = 22;

/** One line a field. Nothing is checked aloud before a field was left; nothing is lost by going back. */
export function Form(props: FormProps): ReactNode {
  const { name, title, fields, initial, height, submitTitle, check, onChange, onPaste, onSubmit } = props;
  const session = useSession();
  const [edits, setEdits] = useRemembered<Edits>(`form:${name}`, editsOf(fields, initial));
  const [index, setIndex] = useRemembered(`form:${name}:at`, 0);
  const [isTried, setTried] = useState(false);
  const textOf = ({ key }: FormField) => edits[key]?.text ?? "";
  const values = valuesOf(fields, edits, initial);
  const together = check?.(values);
  const problems = fields.map((field) => fieldProblem(field, textOf(field)) ?? together?.get(field.key));
  const firstWrong = problems.findIndex((problem) => problem !== undefined);
  const placeless = together?.get("");
  const submit = () => {
    setTried(true);
    if (firstWrong !== -1) setIndex(firstWrong);
    else if (placeless === undefined) return onSubmit(values);
  };
  const change = ({ key }: FormField, edit: TextEdit) => {
    const next = { ...edits, [key]: edit };
    setEdits(next);
    onChange?.(valuesOf(fields, next, initial));
  };
  const room = Math.max(1, height - HELP_ROWS);
  const ids = fields.map(({ key }) => key);
  const { top } = placeWindow({ selected: undefined, index, top: index - room + 1, marked: new Set() }, ids, room);
  const focused = fields[index];
  const actions = formActions({ fields, index, setIndex, submit, submitTitle });
  const own =
    focused === undefined
      ? []
      : fieldActions(session, focused, textOf(focused), (text) => change(focused, newEdit(text)));
  const pasteRaw = (text: string) => {
    if (onPaste?.(text) === true) return true;
    if (focused?.isRaw === true) change(focused, newEdit(text.trim()));
    return focused?.isRaw === true;
  };
  const isShown = (at: number, field: FormField) => problems[at] !== undefined && (isTried || textOf(field) !== "");
  return (
    <KeyScope title={title} actions={[...own, ...actions]} onPaste={pasteRaw}>
      {fields.slice(top, top + room).map((field, offset) => (
        <FieldLine
          key={field.key}
          field={field}
          edit={edits[field.key] ?? newEdit()}
          isFocused={top + offset === index}
          isWrong={isShown(top + offset, field)}
          onChange={(edit) => change(field, edit)}
          onPaste={onPaste}
        />
      ))}
      {focused === undefined ? null : (
        <FieldHelp
          field={focused}
          problem={isShown(index, focused) ? problems[index] : isTried ? placeless : undefined}
          more={`${index + 1} of ${fields.length}`}
        />
      )}
    </KeyScope>
  );
}

type Edits = Readonly<Record<string, TextEdit>>;

interface FieldLineProps {
  field: FormField;
  edit: TextEdit;
  isFocused: boolean;
  isWrong: boolean;
  onChange(edit: TextEdit): void;
  onPaste: FormProps["onPaste"] | undefined;
}

function FieldLine({ field, edit, isFocused, isWrong, onChange, onPaste }: FieldLineProps): ReactNode {
  const { columns } = useBodySize();
  const { label, isRequired, choices, fallback, isRaw } = field;
  const mark = `${isFocused ? "▸" : " "}${isWrong ? "✗" : isRequired ? "*" : " "}`;
  const shown =
    edit.text === "" ? `(${fallback === "" ? "none" : fallback})` : isRaw ? rawSummary(edit.text) : edit.text;
  const isSecret = field.isSecret && !isReference(edit.text);
  return (
    <Box flexShrink={0} height={1}>
      <Toned tone={isWrong ? "bad" : isFocused ? "strong" : "plain"}>{`${mark} ${fitText(label, LABEL_WIDTH)} `}</Toned>
      {choices === undefined && !isRaw ? (
        <TextField
          {...{ edit, onChange, isFocused, isSecret }}
          {...(onPaste === undefined ? {} : { onPaste })}
          width={columns - LABEL_WIDTH - 4}
          placeholder={fallback === "" ? "" : fallback}
        />
      ) : (
        <Toned tone={edit.text === "" ? "dim" : "plain"}>{isFocused && !isRaw ? `‹ ${shown} ›` : shown}</Toned>
      )}
    </Box>
  );
}

function FieldHelp({
  field,
  problem,
  more,
}: {
  field: FormField;
  problem: string | undefined;
  more: string;
}): ReactNode {
  return (
    <Box flexDirection="column" height={HELP_ROWS} flexShrink={0} overflow="hidden">
      <Toned tone={problem === undefined ? "dim" : "bad"}>
        {problem === undefined ? `── ${field.label}, ${more}` : `✗ ${field.label} ${problem}`}
      </Toned>
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

/** What can be done to a field that is not written into. */
function fieldActions(session: Session, field: FormField, text: string, take: (text: string) => void): Action[] {
  if (field.choices !== undefined) return choiceActions(field, text, take);
  if (!field.isRaw) return [];
  const edit = async () => {
    const problemOf = (value: JsonValue) => fieldProblem(field, JSON.stringify(value));
    const value = fieldValue(field, text) ?? (field.fallback === "" ? {} : (JSON.parse(field.fallback) as JsonValue));
    const edited = await editValue(session, { name: field.label, value, problemOf });
    if (edited !== undefined) take(JSON.stringify(edited));
  };
  return [
    {
      ...{ id: "form.edit-raw", keys: ["E", "e"], title: "edit as JSON", footer: 95, run: edit },
      help: "Open the value in $EDITOR. JSON can also be pasted.",
    },
    {
      ...{ id: "form.clear-raw", keys: ["backspace", "delete"], title: "leave out", run: () => take("") },
      help: "Take the value out; the default stands then.",
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
  return Object.fromEntries(fields.map((field) => [field.key, newEdit(initialText(field, initial))] as const));
}

function initialText(field: FormField, initial: JsonObject): string {
  const value = valueAt(initial, field.path);
  if (value === undefined) return "";
  return field.isRaw ? JSON.stringify(value) : fieldText(value);
}

/** A field that still says what it said first keeps its value as it is, if that is right; what no field is for stays too. */
function valuesOf(fields: readonly FormField[], edits: Edits, initial: JsonObject): JsonObject {
  return fields.reduce((values, field) => {
    const text = edits[field.key]?.text ?? "";
    const isKept =
      text === initialText(field, initial) && (text === "" || accepts(field.schema, valueAt(initial, field.path)));
    return isKept ? values : withValue(values, field.path, fieldValue(field, text));
  }, initial);
}

/** A secret that says where it is, not what it is. */
function isReference(text: string): boolean {
  return /^(env|file):/.test(text);
}
