import { createHash } from "node:crypto";
import { type ChildOptions, type ChildResult, runChild } from "../../system/child-process.ts";
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
  const { image, image_args = [], args = [], env = {} } = options;
  const engine = { command: options.engine ?? "docker", env: { ...process.env, ...env } };
  await pullImage(ctx, engine, image);
  await removeOrphans(ctx, engine);
  const use = ownedName();
  ctx.defer(() => removeContainers(engine, `label=${OWNER}=${use}`));
  return {
    name: image.split("/").at(-1) as string,
    ...engine,
    args: [
      ...["run", "--rm", "-i", "--init", "--label", `${OWNER}=${use}`, "--label", `${PLACE}=${placeOf(ctx)}`],
      ...userArguments(),
      ...["-v", `${folder}:${folder}:ro`],
      // Names only: values would stand in the list of processes.
      ...Object.keys(env).flatMap((name) => ["-e", name]),
      ...[...image_args, image, ...args],
    ],
    silence_ms: (options.timeout_s ?? DEFAULT_SILENCE_S) * 1000,
  };
}

function userArguments(): string[] {
  const { getuid, getgid } = process;
  return getuid === undefined || getgid === undefined ? [] : ["--user", `${getuid()}:${getgid()}`];
}

/** The client of a container engine, with all that it may go by. */
interface Engine {
  command: string;
  env: Readonly<Record<string, string | undefined>>;
}

function call({ command, env }: Engine, args: readonly string[], options: ChildOptions = {}): Promise<ChildResult> {
  return runChild(command, args, { env, ...options });
}

/** Throws engine_missing or image_not_pulled. */
async function pullImage(ctx: ProgramContext, engine: Engine, image: string): Promise<void> {
  const present = await call(engine, ["image", "inspect", "--format", "{{.Id}}", image], { signal: ctx.signal });
  ctx.signal.throwIfAborted();
  if (present.ok) return;
  if (isEngineGone(present)) throw engineMissing(engine, image, present);
  ctx.log("info", `pulling ${image}: this happens once`, { image });
  const onLine = (line: string) => sayLine(ctx, engine.command, line);
  const pulled = await call(engine, ["pull", "--quiet", image], { signal: ctx.signal, onLine });
  ctx.signal.throwIfAborted();
  if (isEngineGone(pulled)) throw engineMissing(engine, image, pulled);
  if (!pulled.ok) throw notPulled(image, pulled);
}

function isEngineGone({ ok, exit_code, stderr }: ChildResult): boolean {
  return !ok && (exit_code === undefined || /cannot connect|daemon running|connection refused/i.test(stderr));
}

function engineMissing({ command: engine }: Engine, image: string, { summary, stderr }: ChildResult): ConnectorError {
  const why = (lastLines(stderr) || summary.slice(summary.indexOf(": ") + 2)).replace(/\?$/, "");
  const message = `running the image ${image}: no container engine answers as ${engine}: ${why}. Install or start Docker or Podman, name its program with the option \`engine\`, or use the source's Python package with the option \`package\`.`;
  return new ConnectorError("engine_missing", message, { details: { engine, image } });
}

function notPulled(image: string, { stderr, stdout }: ChildResult): ConnectorError {
  const message = `pulling the image ${image}: ${lastLines(stderr || stdout)}. Correct the option \`image\` (name, tag), or log in to its registry; the next run tries again.`;
  return new ConnectorError("image_not_pulled", message, { details: { image } });
}

/** Containers of processes that are no more: they would go on with nobody listening. */
async function removeOrphans(ctx: ProgramContext, engine: Engine): Promise<void> {
  const format = `{{.ID}} {{.Label "${OWNER}"}}`;
  const listed = await call(engine, ["ps", "-a", "--filter", `label=${PLACE}=${placeOf(ctx)}`, "--format", format]);
  for (const line of listed.stdout.split("\n")) {
    const [id = "", owner = ""] = line.trim().split(" ");
    if (isLeftBehind(owner)) await call(engine, ["rm", "--force", id]);
  }
}

/** What a client that had to be killed has left. */
async function removeContainers(engine: Engine, filter: string): Promise<void> {
  const { stdout } = await call(engine, ["ps", "-a", "-q", "--filter", filter]);
  const left = stdout.split("\n").filter(Boolean);
  if (left.length > 0) await call(engine, ["rm", "--force", ...left]);
}

function placeOf({ workspace }: ProgramContext): string {
  return createHash("sha256").update(workspace).digest("hex").slice(0, 16);
}
