import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type IPty, spawn } from "@lydell/node-pty";
import { Terminal } from "@xterm/headless";
import { ROOT, sluice } from "./command-harness.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type ShellName = (typeof shells)[number];

const PROMPT = "ready> ";
/** Every TAB starts a Node of its own. */
const PATIENCE_MS = 20_000;

export function isInstalled(shell: ShellName): boolean {
  return spawnSync(shell, ["--version"]).status === 0;
}

/** A real shell on a real terminal, in which the completion is set up as its help says. */
export class Shell implements AsyncDisposable {
  readonly #folder: string;
  readonly #pty: IPty;
  readonly #terminal = new Terminal({ cols: 120, rows: 40, allowProposedApi: true });

  private constructor(folder: string, pty: IPty) {
    this.#folder = folder;
    this.#pty = pty;
    pty.onData((data) => this.#terminal.write(data));
    // What a shell asks of its terminal must be answered.
    this.#terminal.onData((data) => pty.write(data));
  }

  /** `asFile`: the script of zsh as a file in a folder of `fpath`. */
  static async start(name: ShellName, folder: string, { asFile = false } = {}): Promise<Shell> {
    const { stdout: script } = await sluice(["completion", name]);
    await writeFile(join(folder, asFile ? "_sluice" : "completion"), script);
    if (asFile) await writeFile(join(folder, "completion"), "");
    await writeFile(join(folder, "sluice"), PROGRAM);
    await chmod(join(folder, "sluice"), 0o755);
    for (const [file, content] of Object.entries(STARTS[name].files)) await writeFile(join(folder, file), content);
    const env = { ...process.env, ...SURROUNDINGS, PATH: `${folder}:${process.env.PATH}`, HOME: folder };
    const { args, extra = {} } = STARTS[name];
    const pty = spawn(name, args, { cwd: folder, env: { ...env, ...extra, ZDOTDIR: folder }, cols: 120, rows: 40 });
    const shell = new Shell(folder, pty);
    await shell.shows(PROMPT.trim());
    return shell;
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  /** Waits until the screen shows it, and fails with the screen if that does not happen. */
  async shows(text: string): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; !this.#screen().includes(text); await setTimeout(20)) {
      if (Date.now() > end) throw new Error(`The screen does not show "${text}":\n${this.#screen()}`);
    }
  }

  /** What sluice is called with after Enter. */
  async enter(): Promise<string[]> {
    this.#pty.write("\r");
    const ran = join(this.#folder, "ran");
    for (const end = Date.now() + PATIENCE_MS; !existsSync(ran); await setTimeout(20)) {
      if (Date.now() > end) throw new Error(`sluice was not called:\n${this.#screen()}`);
    }
    return (await readFile(ran, "utf8")).trimEnd().split("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#pty.onExit(resolve));
    this.#pty.kill("SIGKILL");
    await gone;
    this.#terminal.dispose();
  }

  #screen(): string {
    const { active } = this.#terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? "");
    return lines.join("\n").trimEnd();
  }
}

/** Answers completion as the real one does, and else tells what it was called with. */
const PROGRAM = `#!/bin/sh
if [ "$1" = __complete ]; then exec "${process.execPath}" "${join(ROOT, "src/main.ts")}" "$@"; fi
printf '%s\\n' "$@" > ran.new
mv ran.new ran
`;

const SURROUNDINGS = { TERM: "xterm-256color", LANG: "C.UTF-8", PS1: PROMPT };

const STARTS: Record<ShellName, { args: string[]; files: Record<string, string>; extra?: Record<string, string> }> = {
  bash: {
    args: ["--noprofile", "--rcfile", "rc", "-i"],
    files: { rc: `PS1='${PROMPT}'\nsource completion\n` },
  },
  zsh: {
    args: ["-d", "-i"],
    files: {
      ".zshrc": `PS1='${PROMPT}'\nfpath=($PWD $fpath)\nautoload -Uz compinit && compinit -u -D\nsource ./completion\n`,
    },
  },
  fish: {
    args: ["--init-command", `function fish_prompt; echo -n '${PROMPT}'; end; source completion`],
    files: {},
    extra: { XDG_CONFIG_HOME: "/nonexistent", XDG_DATA_HOME: "/nonexistent" },
  },
};
