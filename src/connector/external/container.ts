import { createHash } from "node:crypto";
import { type ChildResult, runChild } from "../../system/child-process.ts";
import { ConnectorError } from "../connector-error.ts";
import { DEFAULT_SILENCE_S } from "./open-program.ts";
import { isLeftBehind, ownedName } from "./owner-name.ts";
import type { Program, ProgramContext } from "./program-context.ts";
import { sayLine } from "./program-log.ts";
import { lastLines } from "./python-package.ts";

/** A program that comes as a container image, as a connection's options say it. */
export interface ContainerOptions {
  image: string;
  engine?: string | undefined;
  image_args?: readonly string[] | undefined;
  args?: readonly string[] | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  timeout_s?: number | undefined;
}

/** By these labels containers are found again that a killed engine client, or a killed run, has left behind. */
const OWNER = "sluice.process";
const PLACE = "sluice.workspace";

/**
 * A program of a container image, pulled if need be. It sees one folder of ours, at the same place, and runs as our user
 * so that it can read what nobody else can; it may be told otherwise by `image_args`.
 */
export async function openContainer(ctx: ProgramContext, options: ContainerOptions, folder: string): Promise<Program> {
  const { image, engine = "docker", image_args = [], args = [], env = {} } = options;
  await pullImage(ctx, engine, image);
  await removeOrphans(ctx, engine);
  const use = ownedName();
  ctx.defer(() => removeContainers(engine, `label=${OWNER}=${use}`));
  return {
    name: image.split("/").at(-1) as string,
    command: engine,
    args: [
      ...["run", "--rm", "-i", "--init", "--label", `${OWNER}=${use}`, "--label", `${PLACE}=${placeOf(ctx)}`],
      ...userArguments(),
      ...["-v", `${folder}:${folder}:ro`],
      // Names only: values would stand in the list of processes.
      ...Object.keys(env).flatMap((name) => ["-e", name]),
      ...[...image_args, image, ...args],
    ],
    env: { ...process.env, ...env },
    silence_ms: (options.timeout_s ?? DEFAULT_SILENCE_S) * 1000,
  };
}

function userArguments(): string[] {
  const { getuid, getgid } = process;
  return getuid === undefined || getgid === undefined ? [] : ["--user", `${getuid()}:${getgid()}`];
}

/** Throws engine_missing or image_not_pulled. */
async function pullImage(ctx: ProgramContext, engine: string, image: string): Promise<void> {
  const present = await runChild(engine, ["image", "inspect", "--format", "{{.Id}}", image], { signal: ctx.signal });
  ctx.signal.throwIfAborted();
  if (present.ok) return;
  if (isEngineGone(present)) throw engineMissing(engine, image, present);
  ctx.log("info", `pulling ${image}: this happens once`, { image });
  const onLine = (line: string) => sayLine(ctx, engine, line);
  const pulled = await runChild(engine, ["pull", "--quiet", image], { signal: ctx.signal, onLine });
  ctx.signal.throwIfAborted();
  if (isEngineGone(pulled)) throw engineMissing(engine, image, pulled);
  if (!pulled.ok) throw notPulled(image, pulled);
}

function isEngineGone({ ok, exit_code, stderr }: ChildResult): boolean {
  return !ok && (exit_code === undefined || /cannot connect|daemon running|connection refused/i.test(stderr));
}

function engineMissing(engine: string, image: string, { summary, stderr }: ChildResult): ConnectorError {
  const why = lastLines(stderr) || summary.slice(summary.indexOf(": ") + 2);
  const message = `running the image ${image}: no container engine answers as ${engine}: ${why}. Install or start Docker or Podman, name its program with the option \`engine\`, or use the source's Python package with the option \`package\`.`;
  return new ConnectorError("engine_missing", message, { details: { engine, image } });
}

function notPulled(image: string, { stderr, stdout }: ChildResult): ConnectorError {
  const message = `pulling the image ${image}: ${lastLines(stderr || stdout)}. Correct the option \`image\` (name, tag), or log in to its registry; the next run tries again.`;
  return new ConnectorError("image_not_pulled", message, { details: { image } });
}

/** Containers of processes that are no more: they would go on with nobody listening. */
async function removeOrphans(ctx: ProgramContext, engine: string): Promise<void> {
  const format = `{{.ID}} {{.Label "${OWNER}"}}`;
  const listed = await runChild(engine, ["ps", "-a", "--filter", `label=${PLACE}=${placeOf(ctx)}`, "--format", format]);
  for (const line of listed.stdout.split("\n")) {
    const [id = "", owner = ""] = line.trim().split(" ");
    if (isLeftBehind(owner)) await runChild(engine, ["rm", "--force", id]);
  }
}

/** What a client that had to be killed has left. */
async function removeContainers(engine: string, filter: string): Promise<void> {
  const { stdout } = await runChild(engine, ["ps", "-a", "-q", "--filter", filter]);
  const left = stdout.split("\n").filter(Boolean);
  if (left.length > 0) await runChild(engine, ["rm", "--force", ...left]);
}

function placeOf({ workspace }: ProgramContext): string {
  return createHash("sha256").update(workspace).digest("hex").slice(0, 16);
}
