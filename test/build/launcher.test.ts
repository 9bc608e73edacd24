import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const LAUNCHER = join(import.meta.dirname, "../../bin/sluice");

/** A folder that looks like an installation, with the real launcher and a program that tells how it was started. */
async function installation(files: Record<string, string> = {}): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "sluice-launcher-")));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await write(
    join(root, "dist/main.js"),
    `console.log(JSON.stringify({ node: process.execPath, pid: process.pid, argv: process.argv.slice(2) }))`,
  );
  await write(join(root, "package.json"), `{ "type": "module" }`);
  for (const [path, content] of Object.entries(files)) await write(join(root, path), content);
  await mkdir(join(root, "bin"));
  await copyFile(LAUNCHER, join(root, "bin/sluice"));
  return root;
}

async function write(path: string, content: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { mode });
}

/** A `node` that says which version it is, and passes everything else on to the real one. */
async function nodeNamed(path: string, version: string): Promise<void> {
  await write(
    path,
    `#!/bin/sh\n[ "$1" = --version ] && { echo ${version}; exit; }\nSLUICE_NODE=$0 exec "${process.execPath}" "$@"\n`,
    0o755,
  );
}

function launch(command: string, args: string[] = [], path = "/usr/bin:/bin") {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env: { PATH: path } });
  return { status, stdout, stderr };
}

test("passes its arguments on as they are", async () => {
  const root = await installation();
  await nodeNamed(join(root, "path/node"), "v24.1.0");
  const args = ["run", "a b", "", "*", "--x=$HOME", 'quo"te'];
  const { stdout, stderr } = launch(join(root, "bin/sluice"), args, `${join(root, "path")}:/usr/bin:/bin`);
  expect([JSON.parse(stdout).argv, stderr]).toEqual([args, ""]);
});

test("becomes Node itself, so that signals reach it", async () => {
  const root = await installation();
  await nodeNamed(join(root, "path/node"), "v24.1.0");
  const child = spawn(join(root, "bin/sluice"), [], { env: { PATH: `${join(root, "path")}:/usr/bin:/bin` } });
  let stdout = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  await once(child, "close");
  expect(JSON.parse(stdout).pid).toBe(child.pid);
});

test("finds its own folder through links, also relative ones", async () => {
  const root = await installation();
  await nodeNamed(join(root, "path/node"), "v24.1.0");
  await mkdir(join(root, "elsewhere/deep"), { recursive: true });
  await symlink("../../bin/sluice", join(root, "elsewhere/deep/first"));
  await symlink(join(root, "elsewhere/deep/first"), join(root, "elsewhere/second"));
  const { status, stderr } = launch(join(root, "elsewhere/second"), [], `${join(root, "path")}:/usr/bin:/bin`);
  expect([status, stderr]).toEqual([0, ""]);
});

test("prefers the pinned Node, also where npm hoisted it", async () => {
  const root = await installation();
  await nodeNamed(join(root, "path/node"), "v18.0.0");
  await nodeNamed(join(root, "node_modules/node/bin/node"), "v24.1.0");
  const { status } = launch(join(root, "bin/sluice"), [], `${join(root, "path")}:/usr/bin:/bin`);
  expect(status).toBe(0);
  const hoisted = join(root, "node_modules/sluice");
  await mkdir(join(hoisted, "bin"), { recursive: true });
  await copyFile(LAUNCHER, join(hoisted, "bin/sluice"));
  await write(join(hoisted, "dist/main.js"), "console.log(process.env.SLUICE_NODE)");
  expect(launch(join(hoisted, "bin/sluice")).stdout).toBe(`${join(root, "node_modules/node/bin/node")}\n`);
});

test.each(["v18.20.4", "v20.19.0", "v22.17.9"])("says in one line that Node %s is too old", async (version) => {
  const root = await installation();
  await nodeNamed(join(root, "path/node"), version);
  const { status, stdout, stderr } = launch(join(root, "bin/sluice"), [], `${join(root, "path")}:/usr/bin:/bin`);
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(new RegExp(`^sluice: Node ${version.slice(1)} at .* is too old\\. Install Node 24.*\\n$`));
});

test.each(["v22.18.0", "v24.0.0", "v100.1.0"])("takes Node %s", async (version) => {
  const root = await installation();
  await nodeNamed(join(root, "path/node"), version);
  expect(launch(join(root, "bin/sluice"), [], `${join(root, "path")}:/usr/bin:/bin`).status).toBe(0);
});

test("builds when a source is newer than the build, or gone, and not otherwise", async () => {
  const root = await installation({
    ...{ "src/a.ts": "", "src/b.ts": "", "connectors/c.ts": "", "tsdown.config.ts": "", "dist/.stamp": "" },
    "scripts/package-changes.ts": "",
    "scripts/build.ts": `import { writeFileSync } from "node:fs"; writeFileSync("dist/.stamp", ""); console.error("building…");`,
  });
  await nodeNamed(join(root, "path/node"), "v24.1.0");
  const start = () => {
    const { stdout, stderr } = spawnSync(join(root, "bin/sluice"), [], {
      ...{ cwd: root, encoding: "utf8", env: { PATH: `${join(root, "path")}:/usr/bin:/bin` } },
    });
    expect(JSON.parse(stdout).argv).toEqual([]);
    return stderr;
  };
  const past = new Date(Date.now() - 60_000);
  for (const path of [
    "src/a.ts",
    "src/b.ts",
    "src",
    "connectors/c.ts",
    "connectors",
    "tsdown.config.ts",
    "scripts/package-changes.ts",
    "package.json",
  ]) {
    await utimes(join(root, path), past, past);
  }
  expect(start()).toBe("");
  const soon = new Date(Date.now() + 60_000);
  await utimes(join(root, "connectors/c.ts"), soon, soon);
  expect(start()).toBe("building…\n");
  await utimes(join(root, "connectors/c.ts"), past, past);
  expect(start()).toBe("");
  await rm(join(root, "src/b.ts"));
  await utimes(join(root, "src"), soon, soon);
  expect(start()).toBe("building…\n");
});

test("never builds an installed package, which has no sources", async () => {
  const root = await installation({ "scripts/build.ts": `throw new Error("built")` });
  await nodeNamed(join(root, "path/node"), "v24.1.0");
  expect(launch(join(root, "bin/sluice"), [], `${join(root, "path")}:/usr/bin:/bin`).status).toBe(0);
});

test("says that Node is missing where there is none", async () => {
  const root = await installation();
  await mkdir(join(root, "tools"));
  for (const tool of ["readlink", "sh"]) await symlink(`/bin/${tool}`, join(root, "tools", tool));
  await chmod(join(root, "bin/sluice"), 0o755);
  const { status, stderr } = launch(join(root, "bin/sluice"), [], join(root, "tools"));
  expect([status, stderr]).toEqual([1, expect.stringContaining("Node.js is not installed")]);
});
