import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadRegistry } from "../../src/connector/registry.ts";

const GOOD = (name: string, title = name) => `
  import { defineConnector, z } from "sluice/connector";
  export default defineConnector({
    name: "${name}", title: "${title}", description: "made for a test",
    options: z.strictObject({}), secrets: z.strictObject({}),
    check: async () => ({ message: "fine" }),
    streams: [],
  });`;

async function connectorFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-connectors-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

const builtin = fileURLToPath(new URL("../../connectors", import.meta.url));

describe("the registry", () => {
  it("finds every connector that comes with Sluice", async () => {
    const registry = loadRegistry({ builtin });
    expect(registry.names()).toContain("files");
    expect((await registry.load("files")).connector.title).toBe("Files");
  });

  it("takes a file put into the folder for a connector, without any list", async () => {
    const workspace = await connectorFolder({ "crm.ts": GOOD("crm", "Our CRM"), "notes.md": "", "_draft.ts": "" });
    const registry = loadRegistry({ builtin, workspace });
    expect(registry.names()).toContain("crm");
    expect(registry.names()).not.toContain("_draft");
    expect(await registry.load("crm")).toMatchObject({ origin: "workspace", connector: { title: "Our CRM" } });
  });

  it("lets a workspace's file win over the builtin one, and says so", async () => {
    const workspace = await connectorFolder({ "files.ts": GOOD("files", "My files") });
    const registry = loadRegistry({ builtin, workspace });
    const listed = (await registry.list()).find((file) => file.name === "files");
    expect(listed).toMatchObject({ origin: "workspace", overrides: true, title: "My files" });
  });

  it("does not say so when the workspace is the folder of the builtin ones", async () => {
    const listed = await loadRegistry({ builtin, workspace: builtin }).list();
    expect(listed.every((file) => file.origin === "builtin" && !file.overrides)).toBe(true);
  });

  it("does not load the sources of compiled connectors in place of them", async () => {
    const compiled = await connectorFolder({ "crm.ts": GOOD("crm", "Compiled") });
    const source = await connectorFolder({ "crm.ts": GOOD("crm", "Source") });
    const registry = loadRegistry({ builtin: compiled, builtinSource: source, workspace: source });
    expect(await registry.load("crm")).toMatchObject({ origin: "builtin", connector: { title: "Compiled" } });
  });

  it("needs no folder in the workspace", async () => {
    expect(loadRegistry({ builtin, workspace: "/nowhere/connectors" }).names()).toContain("files");
  });

  it("guesses what was meant by an unknown name", async () => {
    await expect(loadRegistry({ builtin }).load("flies")).rejects.toMatchObject({
      code: "connector_unknown",
      message: expect.stringContaining('Did you mean "files"?'),
    });
  });

  it("loads only the file that is asked for", async () => {
    const workspace = await connectorFolder({ "bomb.ts": "globalThis.bombLoaded = true;", "crm.ts": GOOD("crm") });
    await loadRegistry({ builtin, workspace }).load("crm");
    expect((globalThis as { bombLoaded?: boolean }).bombLoaded).toBeUndefined();
  });

  it("loads a file of a workspace anew when it was edited", async () => {
    const workspace = await connectorFolder({ "crm.ts": GOOD("crm", "Before") });
    const registry = loadRegistry({ builtin, workspace });
    await registry.load("crm");
    await writeFile(join(workspace, "crm.ts"), GOOD("crm", "After"));
    await utimes(join(workspace, "crm.ts"), 1, 1);
    expect((await registry.load("crm")).connector.title).toBe("After");
  });

  it.each([
    ["a name that is not that of its file", GOOD("other"), /"other".*"bad"/],
    ["no default export", "export const x = 1;\n", /no default export/],
    ["a field missing", 'export default { name: "bad", title: "x" };\n', /description/],
  ])("says of a connector with %s what is wrong", async (_, content, message) => {
    const workspace = await connectorFolder({ "bad.ts": content });
    await expect(loadRegistry({ builtin, workspace }).load("bad")).rejects.toMatchObject({
      code: "connector_broken",
      message: expect.stringMatching(message),
      details: { file: join(workspace, "bad.ts") },
    });
  });

  it("lists a broken connector with its error, beside the others", async () => {
    const workspace = await connectorFolder({ "bad.ts": "const = 3;\n", "crm.ts": GOOD("crm") });
    const all = await loadRegistry({ builtin, workspace }).list();
    const listed = all.filter((file) => file.origin === "workspace");
    expect(listed.filter((file) => !file.ok).map((file) => file.name)).toEqual(["bad"]);
    expect(listed.filter((file) => file.ok).map((file) => file.name)).toEqual(["crm"]);
  });

  it("ignores files whose name cannot be the type of a connection", async () => {
    const workspace = await connectorFolder({ "Not-A-Name.ts": "", "crm.test.ts": "", "types.d.ts": "" });
    await mkdir(join(workspace, "folder.ts"));
    expect(loadRegistry({ builtin, workspace }).names()).toEqual(loadRegistry({ builtin }).names());
  });
});
