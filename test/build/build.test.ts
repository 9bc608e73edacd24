import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cp, lstat, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const PARTS = [
  "bin",
  "src",
  "connectors",
  "scripts",
  "package.json",
  "tsdown.config.ts",
  "tsconfig.json",
  "tsconfig.build.json",
];
const BUILD_LIMIT_MS = 240_000;

/** A checkout of its own, so that builds of the tests and of people do not meet. */
let checkout: string;

beforeAll(async () => {
  checkout = await realpath(await mkdtemp(join(tmpdir(), "sluice-build-")));
  for (const part of PARTS) await cp(join(ROOT, part), join(checkout, part), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(checkout, "node_modules"));
});

afterAll(() => rm(checkout, { recursive: true, force: true }));

async function start(args: string[]) {
  const child = spawn(join(checkout, "bin/sluice"), args, { cwd: checkout });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

describe("a fresh checkout", () => {
  test("is built once, though several commands start at once", { timeout: BUILD_LIMIT_MS }, async () => {
    const started = await Promise.all([start(["--version"]), start(["--version"]), start(["--version"])]);
    const { version } = JSON.parse(spawnSync("cat", [join(checkout, "package.json")], { encoding: "utf8" }).stdout);
    for (const { code, stdout } of started) expect([code, stdout]).toEqual([0, `${version}\n`]);
    expect(started.map(({ stderr }) => stderr).join("")).toBe("building…\n");
    expect((await readdir(checkout)).filter((name) => name.startsWith("dist."))).toHaveLength(1);
  });

  test("is used as it is the next time", async () => {
    expect((await start(["--version"])).stderr).toBe("");
  });

  test("has a build whose parts share one connector kit", async () => {
    const { code, stdout } = await start(["connectors", "show", "files", "--json"]);
    expect([code, JSON.parse(stdout).origin]).toEqual([0, "builtin"]);
  });

  test("loads a workspace's own connector, which has nothing installed", async () => {
    const workspace = join(checkout, "other");
    expect((await start(["init", "--workspace", workspace])).code).toBe(0);
    expect((await start(["connectors", "new", "squares", "--workspace", workspace])).code).toBe(0);
    const { code, stdout } = await start(["connectors", "show", "squares", "--json", "--workspace", workspace]);
    expect([code, JSON.parse(stdout).origin]).toEqual([0, "workspace"]);
    const register = join(checkout, "dist/register-kit.js");
    const node = join(ROOT, "node_modules/node/bin/node");
    const file = join(workspace, "test/connectors/squares.test.ts");
    const own = spawnSync(node, ["--import", register, "--test", file], {
      encoding: "utf8",
      env: { PATH: process.env.PATH },
    });
    expect([own.status, own.stdout]).toEqual([0, expect.stringContaining("pass 2")]);
  });

  test("keeps the old build when the new one fails", { timeout: BUILD_LIMIT_MS }, async () => {
    const before = await realpath(join(checkout, "dist"));
    await writeFile(
      join(checkout, "connectors/broken.ts"),
      `import { nothing } from "sluice/connector";\nexport default nothing;\n`,
    );
    const { code, stderr } = await start(["--version"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("nothing")]);
    expect(await realpath(join(checkout, "dist"))).toBe(before);
    await rm(join(checkout, "connectors/broken.ts"));
    expect((await start(["--version"])).code).toBe(0);
    expect((await lstat(join(checkout, "dist"))).isSymbolicLink()).toBe(true);
  });
});
