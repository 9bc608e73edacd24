import { Text } from "ink";
import type { ReactNode } from "react";
import { useKeys } from "../keys/key-scope.tsx";
import { useSession } from "../session-context.ts";
import { hasColours } from "../terminal/capabilities.ts";
import { graphemesOf } from "../terminal/graphemes.ts";
import { useLook } from "../theme/toned.tsx";
import { editText, insertText, isEditKey, type TextEdit } from "./text-edit.ts";
import { cutText, textWidth } from "./text-width.ts";

export interface TextFieldProps {
  edit: TextEdit;
  onChange(edit: TextEdit): void;
  /** Takes keys and shows its cursor. Default true. */
  isFocused?: boolean;
  /** Columns of the terminal. */
  width: number;
  /** Shown while it is empty. */
  placeholder?: string;
  /** Nothing of the text is shown, not even how long it is. */
  isSecret?: boolean;
  /** Sees what is pasted before it becomes text; true when it was used. */
  onPaste?(text: string): boolean;
}

/** Says that there is something without saying how much. */
const MASKED = "••••••••";

/** One line of text. Enter, Esc, Tab and the arrows up and down are left to whoever is around it. */
export function TextField(props: TextFieldProps): ReactNode {
  const { edit, onChange, isFocused = true, width, placeholder = "", isSecret = false } = props;
  const dim = useLook("dim");
  useKeys({
    title: "Writing",
    actions: [],
    ...(isFocused
      ? {
          onPress(press) {
            const next = editText(edit, press);
            if (next !== undefined) onChange(next);
            return next !== undefined;
          },
          takes: isEditKey,
          onPaste(text) {
            if (props.onPaste?.(text) === true) return true;
            onChange(insertText(edit, text));
            return true;
          },
        }
      : {}),
  });
  const shown = isSecret && edit.text !== "" ? { text: MASKED, cursor: MASKED.length } : edit;
  if (!isFocused) {
    return shown.text === "" ? (
      <Text {...dim}>{cutText(placeholder, width)}</Text>
    ) : (
      <Text>{cutText(shown.text, width)}</Text>
    );
  }
  return <WithCursor {...visiblePart(shown, width - 1)} {...(edit.text === "" ? { placeholder } : {})} />;
}

function WithCursor({ head, at, tail, placeholder }: VisiblePart & { placeholder?: string }): ReactNode {
  const { host } = useSession();
  const dim = useLook("dim");
  const rest = placeholder === undefined ? tail : "";
  return (
    <Text wrap="truncate-end">
      {head}
      {hasColours(host.env) ? <Text inverse>{at === "" ? " " : at}</Text> : `│${at}`}
      {rest}
      {placeholder === undefined ? "" : <Text {...dim}>{` ${placeholder}`}</Text>}
    </Text>
  );
}

interface VisiblePart {
  head: string;
  /** What the cursor stands on; empty at the end. */
  at: string;
  tail: string;
}

/** Of a text on the left of the cursor this much more than the room is looked at. */
const LOOKED_AT = 4;

/** So much of the text around the cursor as there is room for; the cursor is always in it. */
export function visiblePart({ text, cursor }: Pick<TextEdit, "text" | "cursor">, width: number): VisiblePart {
  const left = Array.from(
    graphemesOf(text.slice(Math.max(0, cursor - width * LOOKED_AT), cursor)),
    (each) => each.segment,
  );
  const [at = "", ...right] = Array.from(
    graphemesOf(text.slice(cursor, cursor + width * LOOKED_AT)),
    (each) => each.segment,
  );
  let room = width - Math.max(1, textWidth(at));
  let head = "";
  while (left.length > 0 && textWidth(left.at(-1) ?? "") <= room) {
    const piece = left.pop() ?? "";
    head = piece + head;
    room -= textWidth(piece);
  }
  let tail = "";
  for (const piece of right) {
    room -= textWidth(piece);
    if (room < 0) break;
    tail += piece;
  }
  return { head, at, tail };
}
