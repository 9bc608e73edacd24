import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../src/core/json.ts";
import { getConnection, readConfig } from "../../src/workspace/config-file.ts";
import { configWith, connectionEntry, idOf, temporaryWorkspace, textOf } from "./temporary-workspace.ts";

async function refusal(content: JsonValue): Promise<{ code: string; message: string; details: unknown }> {
  const ws = await temporaryWorkspace({ "config.json": content });
  const before = await textOf(ws.paths.config);
  const error = await readConfig(ws).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(await textOf(ws.paths.config)).toBe(before);
  return error;
}

describe("a file that cannot be used", () => {
  test("is named when it is not there, with how to make one", async () => {
    const ws = await temporaryWorkspace();
    await expect(readConfig(ws)).rejects.toMatchObject({
      code: "workspace_missing",
      message: expect.stringMatching(/config\.json.*sluice init/),
    });
  });

  test("is reported as empty when it is", async () => {
    for (const content of ["", "  \n", "\uFEFF"]) {
      expect(await refusal(content)).toMatchObject({
        code: "config_not_json",
        message: expect.stringContaining("it is empty"),
      });
    }
  });

  test("that is not JSON is shown with the line, the column and what is wrong there", async () => {
    const error = await refusal('{\n  "version": 1,\n  "connections": [],\n}\n');
    expect(error).toMatchObject({ code: "config_not_json", details: { line: 3, column: 20 } });
    expect(error.message).toContain(
      'line 3, column 20: a comma stands before }.\n    "connections": [],\n                     ^',
    );
  });

  test("is explained for the slips that people make", async () => {
    const slips = [
      ['{"version": 1 "connections": []}', "expected a comma"],
      ["{'version': 1}", "double quotes"],
      ['{\n// note\n"version": 1}', "comments are not allowed"],
      ['{"version": 1', "ends too early"],
      ['{"version": 01}', "expected a value"],
      ['{"version": 1} x', "after the end"],
      ['{"name": "half', "does not end properly"],
    ] as const;
    for (const [content, reason] of slips) {
      expect(await refusal(content)).toMatchObject({
        code: "config_not_json",
        message: expect.stringContaining(reason),
      });
    }
  });

  test("from a newer Sluice is left alone", async () => {
    expect(await refusal({ version: 2, connections: [], future: {} })).toMatchObject({ code: "config_newer" });
  });

  test("has all of its problems reported together, each with its path and line", async () => {
    const error = await refusal({
      version: 1,
      conections: [],
      settings: { destination: "embedded", parallel_streams: 0, retrys: 3 },
      connections: [connectionEntry("a", { schema: { drift: "evolv", options: {} } })],
    });
    expect(error.code).toBe("config_invalid");
    for (const line of [
      'conections (line 3): is not a known key. Did you mean "connections"?',
      "settings.parallel_streams (line 6): must be at least 1.",
      'settings.retrys (line 7): is not a known key. Did you mean "retries"?',
      'connections[0].schema.drift (line 16): must be one of evolve, warn, discard, freeze, not "evolv". Did you mean "evolve"?',
    ]) {
      expect(error.message).toContain(line);
    }
    expect(error.details).toMatchObject({ problems: { length: 4 } });
  });
});

describe("a broken connection", () => {
  test("is listed with its problems beside the good ones, which can be used", async () => {
    const ws = await temporaryWorkspace({
      "config.json": configWith(
        connectionEntry("good"),
        connectionEntry("bad", {
          schema: { options: {}, streams: { "my cards": { mode: "merg", primary_key: "id" } } },
        }),
        "not even an object",
        connectionEntry("Also Bad"),
      ),
    });
    const { connections, config } = await readConfig(ws);
    expect(connections.map(({ name, valid }) => [name, valid])).toEqual([
      ["good", true],
      ["bad", false],
      ["connections[2]", false],
      ["Also Bad", false],
    ]);
    expect(connections[1]).toMatchObject({
      problems: [
        {
          path: 'connections[1].schema.streams["my cards"].mode',
          message: expect.stringContaining('Did you mean "merge"?'),
        },
        { path: 'connections[1].schema.streams["my cards"].primary_key', message: "must be a list, not a text." },
      ],
    });
    expect(config.connections.map(({ name }) => name)).toEqual(["good"]);
    expect((await getConnection(ws, "good")).schema.options).toEqual({ path: "good.csv" });
    await expect(getConnection(ws, "bad")).rejects.toMatchObject({
      code: "connection_invalid",
      details: { problems: { length: 2 } },
    });
  });

  test("with a name or an id that another has is broken on both sides", async () => {
    const ws = await temporaryWorkspace({
      "config.json": configWith(
        connectionEntry("twice"),
        { ...connectionEntry("twice"), id: idOf("other") },
        connectionEntry("c"),
        { ...connectionEntry("d"), id: idOf("c") },
        connectionEntry("fine"),
      ),
    });
    const { connections } = await readConfig(ws);
    expect(connections.map(({ valid }) => valid)).toEqual([false, false, false, false, true]);
    await expect(getConnection(ws, "twice")).rejects.toMatchObject({
      code: "connection_invalid",
      message: expect.stringContaining("connections[1].name"),
    });
  });

  test("that does not exist is answered with a guess", async () => {
    const ws = await temporaryWorkspace({ "config.json": configWith(connectionEntry("team_board")) });
    await expect(getConnection(ws, "team_bord")).rejects.toMatchObject({
      code: "connection_unknown",
      message: expect.stringContaining('Did you mean "team_board"?'),
    });
  });
});

test("what is left out has its documented default", async () => {
  const ws = await temporaryWorkspace({ "config.json": { version: 1, connections: [{ name: "a", type: "files" }] } });
  const { config } = await readConfig(ws);
  expect(config.settings).toEqual({ destination: "embedded" });
  expect(config.connections).toEqual([
    { id: "", name: "a", type: "files", enabled: true, schema: { options: {} }, tags: [] },
  ]);
});

test("a byte order mark before the JSON does no harm", async () => {
  const ws = await temporaryWorkspace({ "config.json": `\uFEFF${JSON.stringify(configWith(connectionEntry("a")))}` });
  expect((await readConfig(ws)).connections).toHaveLength(1);
});

test("a config that is a folder is reported as unreadable", async () => {
  const ws = await temporaryWorkspace({ "config.json/x": "" });
  await expect(readConfig(ws)).rejects.toMatchObject({ code: "config_unreadable" });
});
