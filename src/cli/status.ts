import type { Style } from "./style.ts";

const painters: Record<string, keyof Omit<Style, "colours">> = {
  success: "green",
  ok: "green",
  failed: "red",
  invalid: "red",
  partial: "yellow",
  cancelled: "yellow",
  interrupted: "yellow",
  running: "cyan",
  disabled: "dim",
};

/** A status in its colour: green for what went well, red for what did not, yellow for what is to be looked at. */
export function paintStatus(status: string, style: Style): string {
  const painter = painters[status];
  return painter === undefined ? status : style[painter](status);
}
