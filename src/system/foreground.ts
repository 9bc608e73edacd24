import { spawn } from "node:child_process";
import { once } from "node:events";

/** Runs a program that gets the terminal to itself. Resolves to its exit code; 1 when a signal has ended it. */
export async function runInForeground(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<number> {
  const child = spawn(command, args, { ...options, stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
