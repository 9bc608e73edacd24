import { spawn } from "node:child_process";
import { once } from "node:events";
import { SluiceError } from "../core/errors.ts";

export interface DetachedOptions {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts a program in a session of its own, which goes on when we end and hears nothing of what happens to our terminal.
 * Resolves to its pid once it runs. It has no stdin and nobody reads what it prints.
 */
export async function startDetached(
  command: string,
  args: readonly string[],
  { cwd, env }: DetachedOptions,
): Promise<number> {
  const child = spawn(command, [...args], { cwd, env: { ...env }, detached: true, stdio: "ignore" });
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new SluiceError("internal", `starting ${command}: it could not be started.`, { cause });
  }
  child.unref();
  return child.pid ?? 0;
}
