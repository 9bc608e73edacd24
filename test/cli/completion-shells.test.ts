import { describe, expect, test } from "vitest";
import { configOf, fileConnection, workspaceFolder } from "./command-harness.ts";
import { isInstalled, Shell, shells } from "./shells.ts";

const workspace = () =>
  workspaceFolder({
    "config.json": configOf(
      fileConnection(1, "orders", { title: "Orders: all of them", schema: { streams: { "order lines": {} } } }),
      fileConnection(2, "orchards"),
    ),
    "some folder/.keep": "",
  });

describe.each(shells)("completion in a real %s", (name) => {
  const missing = isInstalled(name) ? "" : ` (${name} is not installed)`;

  test.skipIf(missing !== "")(`completes a connection's name${missing}`, async () => {
    await using shell = await Shell.start(name, await workspace());
    shell.type("sluice connections show ord\t");
    await shell.shows("show orders");
    expect(await shell.enter()).toEqual(["connections", "show", "orders"]);
  });

  test.skipIf(missing !== "")(`lists what there is to choose from${missing}`, async () => {
    await using shell = await Shell.start(name, await workspace());
    shell.type("sluice connections re\t\t");
    await shell.shows("rename");
    await shell.shows("remove");
    // Bash puts in what they have in common at one TAB, and lists them at two more.
    shell.type(`\u0015sluice connections show \t\t${name === "bash" ? "\t" : ""}`);
    await shell.shows("orchards");
    if (name !== "bash") await shell.shows("Orders: all of them");
  });

  test.skipIf(missing !== "")(`quotes what needs it, and goes on after it${missing}`, async () => {
    await using shell = await Shell.start(name, await workspace());
    shell.type("sluice run orders --stream ord\t");
    await shell.shows("lines");
    shell.type("--full\t");
    await shell.shows("--full-refresh");
    expect(await shell.enter()).toEqual(["run", "orders", "--stream", "order lines", "--full-refresh"]);
  });

  test.skipIf(missing !== "")(`completes within an open quote${missing}`, async () => {
    await using shell = await Shell.start(name, await workspace());
    shell.type("sluice run orders --stream 'ord\t");
    await shell.shows("lines'");
    expect(await shell.enter()).toEqual(["run", "orders", "--stream", "order lines"]);
  });

  test.skipIf(missing !== "")(`knows the workspace whose name had to be quoted${missing}`, async () => {
    const folder = await workspaceFolder({ "my shop/config.json": configOf(fileConnection(1, "orders")) });
    await using shell = await Shell.start(name, folder);
    shell.type("sluice --workspace my\\ shop connections show ord\t");
    await shell.shows("show orders");
  });

  test.skipIf(missing !== "")(`offers folders where one is wanted${missing}`, async () => {
    await using shell = await Shell.start(name, await workspace());
    shell.type("sluice connections list --workspace som\t");
    await shell.shows("folder");
    const [, , , folder] = await shell.enter();
    expect(folder?.replace(/\/$/, "")).toBe("some folder");
  });

  test.skipIf(missing !== "")(`completes after an =${missing}`, async () => {
    await using shell = await Shell.start(name, await workspace());
    shell.type("sluice runs list --status=succ\t");
    await shell.shows("success");
    expect(await shell.enter()).toEqual(["runs", "list", "--status=success"]);
  });
});

test.skipIf(!isInstalled("zsh"))("the script for zsh works as a file of fpath too, from the first TAB on", async () => {
  await using shell = await Shell.start("zsh", await workspace(), { asFile: true });
  shell.type("sluice connections show ord\t");
  await shell.shows("show orders");
});
