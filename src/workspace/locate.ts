import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { SluiceError } from "../core/errors.ts";

/** The environment variables that count: those of the workspace's `.env`, overridden by those of the shell. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface WorkspacePaths {
  config: string;
  secrets: string;
  runs: string;
  run_logs: string;
  backups: string;
  connectors: string;
  /** What Sluice keeps for itself: `.sluice/`. */
  internal: string;
  locks: string;
}

/** A folder with its `config.json` and everything that belongs to it. All paths are absolute. */
export interface Workspace {
  readonly root: string;
  readonly env: Environment;
  readonly paths: Readonly<WorkspacePaths>;
}

export interface OpenWorkspaceOptions {
  /** What `--workspace` said. */
  workspace?: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * Finds the workspace: the folder asked for, else `SLUICE_WORKSPACE`, else the nearest folder upwards that has a
 * `config.json`, else the current folder. Nothing needs to exist yet.
 */
export function openWorkspace(options: OpenWorkspaceOptions = {}): Workspace {
  const { cwd = process.cwd(), env: shell = process.env } = options;
  const asked = options.workspace || shell.SLUICE_WORKSPACE;
  const root = asked ? resolve(cwd, asked) : (folderWithConfig(cwd) ?? resolve(cwd));
  const env: Environment = Object.freeze({ ...readDotEnv(join(root, ".env")), ...shell });
  return Object.freeze({ root, env, paths: Object.freeze(pathsOf(root, env)) });
}

function folderWithConfig(from: string): string | undefined {
  let folder = resolve(from);
  while (!existsSync(join(folder, "config.json"))) {
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
  return folder;
}

function pathsOf(root: string, env: Environment): WorkspacePaths {
  const at = (override: string | undefined, usual: string) => resolve(root, override || usual);
  return {
    config: at(env.ORCH_CONFIG_PATH, "config.json"),
    secrets: at(env.SECRETS_PATH, ".dlt/secrets.toml"),
    runs: at(env.RUNS_DIR, "runs"),
    run_logs: at(env.RUN_LOGS_DIR, "run_logs"),
    backups: at(env.BACKUPS_DIR, "backups"),
    connectors: join(root, "connectors"),
    internal: join(root, ".sluice"),
    locks: join(root, ".sluice", "locks"),
  };
}

function readDotEnv(path: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return {};
    const message = `reading ${path}: ${code ?? "it could not be understood"}. Check that it is a readable file of NAME=value lines.`;
    throw new SluiceError("config_unreadable", message, { cause: error, details: { path } });
  }
}
