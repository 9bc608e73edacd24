import type { Press } from "../keys/press.ts";
import { graphemesOf } from "../terminal/graphemes.ts";

/** A line of text that is being written. */
export interface TextEdit {
  text: string;
  /** Between two graphemes, in UTF-16 units from the start. */
  cursor: number;
  /** What was cut out last; ctrl-y puts it back. */
  cut: string;
}

export function newEdit(text = ""): TextEdit {
  return { text, cursor: text.length, cut: "" };
}

/** What a key makes of the text, or undefined when the key means nothing here. Keys are those of readline. */
export function editText(edit: TextEdit, { key, text }: Press): TextEdit | undefined {
  if (text !== "") return insertText(edit, text);
  return EDITS[key]?.(edit);
}

/** Whether `editText` does something with a key. */
export function isEditKey(key: string): boolean {
  return key === "space" || Object.hasOwn(EDITS, key) || (!key.includes("+") && !NAMED.test(key));
}

/** `enter`, `f1`: names of keys are longer than what one key writes. */
const NAMED = /^[a-z]\w+$/;

/** Line ends become spaces: the text has one line. One at the very end, which copying often adds, is dropped. */
export function insertText(edit: TextEdit, inserted: string): TextEdit {
  const line = inserted
    .replace(/\n$/, "")
    .replace(/\s*\n\s*/g, " ")
    .replace(CONTROLS, "");
  const text = edit.text.slice(0, edit.cursor) + line + edit.text.slice(edit.cursor);
  return { ...edit, text, cursor: edit.cursor + line.length };
}

const CONTROLS = /\p{Cc}/gu;
/** No grapheme that people write is longer; so much text is looked at around the cursor, however long the whole is. */
const LONGEST_GRAPHEME = 64;

const EDITS: Readonly<Record<string, (edit: TextEdit) => TextEdit>> = {
  left: (edit) => at(edit, before(edit)),
  "ctrl+b": (edit) => at(edit, before(edit)),
  right: (edit) => at(edit, after(edit)),
  "ctrl+f": (edit) => at(edit, after(edit)),
  home: (edit) => at(edit, 0),
  "ctrl+a": (edit) => at(edit, 0),
  end: (edit) => at(edit, edit.text.length),
  "ctrl+e": (edit) => at(edit, edit.text.length),
  "alt+b": (edit) => at(edit, wordBefore(edit)),
  "ctrl+left": (edit) => at(edit, wordBefore(edit)),
  "alt+left": (edit) => at(edit, wordBefore(edit)),
  "alt+f": (edit) => at(edit, wordAfter(edit)),
  "ctrl+right": (edit) => at(edit, wordAfter(edit)),
  "alt+right": (edit) => at(edit, wordAfter(edit)),
  backspace: (edit) => without(edit, before(edit), edit.cursor),
  "ctrl+h": (edit) => without(edit, before(edit), edit.cursor),
  delete: (edit) => without(edit, edit.cursor, after(edit)),
  "ctrl+d": (edit) => without(edit, edit.cursor, after(edit)),
  "ctrl+w": (edit) => cutOut(edit, wordBefore(edit), edit.cursor),
  "alt+backspace": (edit) => cutOut(edit, wordBefore(edit), edit.cursor),
  "alt+d": (edit) => cutOut(edit, edit.cursor, wordAfter(edit)),
  "ctrl+u": (edit) => cutOut(edit, 0, edit.cursor),
  "ctrl+k": (edit) => cutOut(edit, edit.cursor, edit.text.length),
  "ctrl+y": (edit) => insertText(edit, edit.cut),
};

function at(edit: TextEdit, cursor: number): TextEdit {
  return { ...edit, cursor };
}

function without(edit: TextEdit, from: number, to: number): TextEdit {
  return { ...edit, text: edit.text.slice(0, from) + edit.text.slice(to), cursor: from };
}

function cutOut(edit: TextEdit, from: number, to: number): TextEdit {
  if (from === to) return edit;
  return { ...without(edit, from, to), cut: edit.text.slice(from, to) };
}

function before({ text, cursor }: TextEdit): number {
  const near = text.slice(Math.max(0, cursor - LONGEST_GRAPHEME), cursor);
  const last = Array.from(graphemesOf(near)).at(-1)?.segment ?? "";
  return cursor - last.length;
}

function after({ text, cursor }: TextEdit): number {
  const near = text.slice(cursor, cursor + LONGEST_GRAPHEME);
  const [first] = graphemesOf(near);
  return cursor + (first?.segment.length ?? 0);
}

function wordBefore({ text, cursor }: TextEdit): number {
  const [found = ""] = /[\p{L}\p{N}_]*[^\p{L}\p{N}_]*$/u.exec(text.slice(0, cursor)) ?? [];
  return cursor - found.length;
}

function wordAfter({ text, cursor }: TextEdit): number {
  const [found = ""] = /^[^\p{L}\p{N}_]*[\p{L}\p{N}_]*/u.exec(text.slice(cursor)) ?? [];
  return cursor + found.length;
}
