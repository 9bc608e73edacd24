import type { Key } from "ink";

/**
 * A key as a person would name it: `j`, `G`, `/`, `enter`, `esc`, `tab`, `shift+tab`, `space`, `up`, `pagedown`,
 * `ctrl+d`, `alt+b`. `text` is what it would type into a field; empty for keys that type nothing.
 */
export interface Press {
  key: string;
  text: string;
}

const NAMED = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pageup"],
  ["pageDown", "pagedown"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["escape", "esc"],
  ["tab", "tab"],
  ["backspace", "backspace"],
  ["delete", "delete"],
] as const satisfies readonly (readonly [keyof Key, string])[];

const isControl = /^\p{Cc}/u;

export function pressOf(input: string, key: Key): Press {
  const named = NAMED.find(([flag]) => key[flag] === true)?.[1];
  const alt = key.meta && named !== "esc" ? "alt+" : "";
  if (named !== undefined) {
    const shift = key.shift && named !== "esc" ? "shift+" : "";
    return { key: `${alt}${key.ctrl ? "ctrl+" : ""}${shift}${named}`, text: "" };
  }
  const name = input === " " ? "space" : input;
  if (key.ctrl) return { key: `${alt}ctrl+${name}`, text: "" };
  if (alt !== "") return { key: `${alt}${name}`, text: "" };
  return { key: name, text: isControl.test(input) ? "" : input };
}

const SHOWN: Readonly<Record<string, string>> = {
  up: "↑",
  down: "↓",
  left: "←",
  right: "→",
  enter: "⏎",
  pageup: "pgup",
  pagedown: "pgdn",
};

/** As the footer and the help show it. */
export function shownKey(key: string): string {
  return SHOWN[key] ?? key;
}
