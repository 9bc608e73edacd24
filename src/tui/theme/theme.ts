import type { TextProps } from "ink";
import type { Background } from "../terminal/background.ts";

/** What a piece of text means; how that looks is the theme's. */
export type Tone =
  | "plain"
  | "dim"
  | "strong"
  | "accent"
  | "good"
  | "bad"
  | "warn"
  | "live"
  | "key"
  | "title"
  | "selected";

/** What `paint` knows too. */
export type Look = Pick<TextProps, "color" | "bold" | "inverse" | "underline">;
export type Theme = Readonly<Record<Tone, Look>>;

export const THEME_NAMES = ["auto", "dark", "light", "high-contrast", "none"] as const;
export type ThemeName = (typeof THEME_NAMES)[number];

const dark: Theme = {
  plain: {},
  dim: { color: "gray" },
  strong: { bold: true },
  accent: { color: "cyan" },
  good: { color: "green" },
  bad: { color: "redBright" },
  warn: { color: "yellow" },
  live: { color: "blueBright" },
  key: { color: "cyan", bold: true },
  title: { bold: true },
  selected: { inverse: true },
};

/** Yellow and cyan cannot be read on white. */
const light: Theme = {
  ...dark,
  dim: { color: "#5f5f5f" },
  accent: { color: "blue" },
  good: { color: "#006400" },
  bad: { color: "#b00000" },
  warn: { color: "#8a5a00" },
  live: { color: "#5a00a0" },
  key: { color: "blue", bold: true },
};

/** The terminal's own foreground, and differences of weight instead of shade. */
const highContrast: Theme = {
  plain: {},
  dim: {},
  strong: { bold: true },
  accent: { bold: true },
  good: { color: "greenBright", bold: true },
  bad: { color: "redBright", bold: true, underline: true },
  warn: { color: "yellowBright", bold: true },
  live: { bold: true },
  key: { bold: true, underline: true },
  title: { bold: true, underline: true },
  selected: { inverse: true, bold: true },
};

const none: Theme = {
  ...highContrast,
  good: {},
  bad: { bold: true },
  warn: { bold: true },
};

export function themeOf(name: ThemeName, background: Background): Theme {
  if (name === "none") return none;
  if (name === "high-contrast") return highContrast;
  return name === "light" || (name === "auto" && background === "light") ? light : dark;
}
