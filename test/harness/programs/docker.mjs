#!/usr/bin/env node
/**
 * A container engine for tests: `run` runs the program that stands for the image, in the environment that a container
 * would have. What it was called with is written to ENGINE_LOG, and ENGINE_STATE says how it is doing.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";

const [command, ...args] = process.argv.slice(2);
const { ENGINE_LOG, ENGINE_STATE = "" } = process.env;
appendFileSync(ENGINE_LOG, `${JSON.stringify([command, ...args])}\n`);
const end = (code, stdout = "", stderr = "") => {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = code;
};

if (ENGINE_STATE === "stopped")
  end(1, "", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n");
else if (command === "image") end(existsSync(`${ENGINE_LOG}.pulled`) ? 0 : 1, "", "Error: No such image\n");
else if (command === "pull") pull();
else if (command === "ps") end(0, args.includes("-q") ? "" : "c0ffee 1-gone%40nowhere-abc123\n");
else if (command === "run") run();
else end(0);

function pull() {
  if (ENGINE_STATE === "unknown") return end(1, "", "Error response: manifest for shop/source:1 not found\n");
  appendFileSync(`${ENGINE_LOG}.pulled`, "");
  end(0, `${args.at(-1)}\n`);
}

/** Options that take a value, then the image, then what its program gets. */
function run() {
  const environment = { PATH: process.env.PATH };
  let at = 0;
  for (; args[at].startsWith("-"); at++) {
    const option = args[at];
    if (option === "-e") environment[args[at + 1]] = process.env[args[at + 1]];
    if (["--label", "--user", "-v", "-e", "--network"].includes(option)) at++;
  }
  const source = join(import.meta.dirname, "airbyte-source.mjs");
  const child = spawn(process.execPath, [source, ...args.slice(at + 1)], { env: environment, stdio: "inherit" });
  process.on("SIGTERM", () => child.kill());
  child.on("exit", (code) => process.exit(code ?? 1));
}
