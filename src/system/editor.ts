import { spawn } from "node:child_process";
import { once } from "node:events";
import { SluiceError } from "../core/errors.ts";

/** Opens a file in $VISUAL, $EDITOR or vi, which gets the terminal to itself, and waits until it has been left. */
export async function editInEditor(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const editor = env.VISUAL || env.EDITOR || "vi";
  // Editors are given with flags ("code --wait"), so that a shell has to read them.
  const child = spawn("sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit" });
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  if (code !== 0) {
    throw new SluiceError("usage", `The editor ${editor} ended with ${signal ?? `code ${code}`}. Nothing was changed.`);
  }
}
