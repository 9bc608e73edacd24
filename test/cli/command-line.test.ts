import { describe, expect, test } from "vitest";
import { type CommandSpec, isGroup } from "../../src/cli/command.ts";
import { commandIndex } from "../../src/cli/command-index.ts";
import { configOf, fileConnection, sluice, workspaceFolder } from "./command-harness.ts";

async function allCommands(): Promise<[string[], CommandSpec][]> {
  const specs = await Promise.all(commandIndex.map((entry) => entry.load()));
  return specs.flatMap((spec): [string[], CommandSpec][] =>
    isGroup(spec) ? spec.commands.map((command) => [[spec.name, command.name], command]) : [[[spec.name], spec]],
  );
}

describe("the command line", () => {
  test("lists every command in its help", async () => {
    const { stdout, exit_code } = await sluice(["--help"]);
    expect(exit_code).toBe(0);
    for (const { name, summary } of commandIndex) expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, "m"));
  });

  test("without a command prints help and exits 2", async () => {
    const { stdout, exit_code } = await sluice([]);
    expect(exit_code).toBe(2);
    expect(stdout).toContain("Usage: sluice");
  });

  test("has help with the name, --json and --workspace for each command", async () => {
    for (const [words] of await allCommands()) {
      const { stdout, exit_code } = await sluice([...words, "--help"]);
      expect(exit_code, words.join(" ")).toBe(0);
      expect(stdout).toContain(`Usage: sluice ${words.join(" ")} `);
      expect(stdout).toContain("--json");
      expect(stdout).toContain("--workspace <folder>");
    }
  });

  test("says in each help what the command does, and of each argument and option what it is", async () => {
    for (const [words, spec] of await allCommands()) {
      const help = (await sluice([...words, "--help"])).stdout.replace(/\s+/g, " ");
      expect(help).toContain(`${spec.summary}.`);
      for (const { description } of [...(spec.arguments ?? []), ...(spec.options ?? [])]) {
        expect(help).toContain(description);
        expect(description, words.join(" ")).not.toMatch(/\.$/);
      }
    }
  });

  test("says the same in its index as in the command's own file", async () => {
    for (const entry of commandIndex) {
      const spec = await entry.load();
      expect({ name: spec.name, summary: spec.summary }).toEqual({ name: entry.name, summary: entry.summary });
    }
  });

  test("takes `help <command>` as `<command> --help`", async () => {
    expect((await sluice(["help", "run"])).stdout).toBe((await sluice(["run", "--help"])).stdout);
  });

  test.each([
    [["conections"], "Did you mean connections?"],
    [["connections", "lst"], "Did you mean list?"],
    [["connections", "set", "orders", "--option", "path=a.csv"], "Did you mean edit?"],
    [["run", "--al"], "Did you mean --all?"],
    [["runs", "list", "--status", "sucess"], "Allowed choices are success"],
    [["runs", "logs", "--level", "loud"], "warn, error. See `sluice runs --help`."],
    [["runs", "list", "orders"], "Did you mean `sluice runs list --connection orders`?"],
    [["connections", "list", "orders"], "got 1: orders. See `sluice connections --help`."],
    [["connections"], "A command is missing"],
    [["connections", "show"], "Missing required argument 'name'"],
  ])("guesses what %j was meant to be, and exits 2", async (argv, guess) => {
    const { stdout, stderr, exit_code } = await sluice(argv);
    expect(exit_code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(guess);
  });

  test("says how the runs of a connection are found where its name stands for a run", async () => {
    const cwd = await workspaceFolder({ "config.json": configOf(fileConnection(1, "orders")) });
    for (const argv of [
      ["show", "orders"],
      ["logs", "orders"],
      ["stop", "orders"],
    ]) {
      const { stderr, exit_code } = await sluice(["runs", ...argv], { cwd });
      expect([exit_code, stderr]).toEqual([
        3,
        expect.stringContaining('"orders" is a connection: `--connection orders`'),
      ]);
    }
    expect((await sluice(["runs", "show", "lines"], { cwd })).stderr).toContain("`sluice runs list` shows those");
  });

  test("prints a failure as one JSON document with --json, and for people on stderr", async () => {
    const cwd = await workspaceFolder();
    const { json, stderr, exit_code } = await sluice(["connections", "list", "--json"], { cwd });
    expect(exit_code).toBe(3);
    expect(json().error).toMatchObject({ code: "workspace_missing", stage: "config" });
    expect(stderr).toContain("[workspace_missing]");
  });

  test("takes --json and --workspace before the command too", async () => {
    const folder = await workspaceFolder({ "config.json": { version: 1, connections: [] } });
    const before = await sluice(["--json", "--workspace", folder, "connections", "list"]);
    const after = await sluice(["connections", "list", "--json", `--workspace=${folder}`]);
    expect(before.json()).toEqual({ workspace: folder, connections: [] });
    expect(before.stdout).toBe(after.stdout);
  });

  test("has a JSON document even for a command line it does not understand", async () => {
    expect((await sluice(["run", "--json", "--nonsense"])).json().error.code).toBe("usage");
  });

  test("masks secrets of the workspace in what it prints", async () => {
    const secret = "hunter2-and-more";
    const folder = await workspaceFolder({
      "config.json": { version: 1, connections: [{ name: "orders", type: "files", title: `key ${secret}` }] },
      ".dlt/secrets.toml": `[sources.orders]\ntoken = "${secret}"\n`,
    });
    for (const argv of [
      ["connections", "show", "orders"],
      ["connections", "show", "orders", "--json"],
      ["connections", "show", secret],
    ]) {
      const { stdout, stderr } = await sluice(argv, { cwd: folder });
      expect(stdout + stderr).toContain("[redacted]");
      expect(stdout + stderr).not.toContain(secret);
    }
  });
});
