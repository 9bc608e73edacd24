import { asSluiceError, SluiceError } from "../core/errors.ts";
import { PLACE_PATHS, parsePlace } from "./state/place.ts";
import { hasColours, whyNoScreen } from "./terminal/capabilities.ts";
import { THEME_NAMES, type ThemeName } from "./theme/theme.ts";
import type { TuiHost, TuiOptions } from "./tui-host.ts";

/**
 * Opens the screens and resolves to the exit code when they are left. Throws `needs_terminal` where none can be drawn,
 * and `usage` for a place that there is not. React and Ink are loaded only when a screen will be drawn.
 */
export async function openTui(host: TuiHost, options: TuiOptions): Promise<number> {
  const reason = whyNoScreen(host);
  if (reason !== undefined) {
    const message = `opening the screens: ${reason}. Every screen has commands that do the same: \`sluice --help\` lists them.`;
    throw new SluiceError("needs_terminal", message);
  }
  const place = options.place === undefined ? undefined : parsePlace(options.place);
  if (options.place !== undefined && place === undefined) {
    const message = `opening "${options.place}": there is no such screen. Give ${PLACE_PATHS}.`;
    throw new SluiceError("usage", message);
  }
  // Ink's colours are decided when its module is loaded, and it does not know NO_COLOR.
  if (!hasColours(host.env)) process.env.FORCE_COLOR = "0";
  try {
    const [{ createSession }, { showScreens }] = await Promise.all([
      import("./session.ts"),
      import("./terminal/show-screens.tsx"),
    ]);
    const theme = options.theme ?? themeNamed(host.env.SLUICE_THEME);
    const screenReader = options.screenReader ?? host.env.SLUICE_SCREEN_READER === "1";
    let session = createSession(host, { workspace: options.workspace, place, theme, screenReader });
    for (;;) {
      const code = await showScreens(session);
      const { nextWorkspace } = session;
      if (nextWorkspace === undefined) return code;
      session = createSession(host, { workspace: nextWorkspace, theme, screenReader });
    }
  } catch (error) {
    throw asSluiceError(error);
  }
}

/** Undefined for a name that no theme has. */
export function themeNamed(name: string | undefined): ThemeName | undefined {
  return THEME_NAMES.find((each) => each === name);
}
