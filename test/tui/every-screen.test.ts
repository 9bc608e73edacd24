import "./harness/colours.ts";
import { describe, expect, test } from "vitest";
import { THEME_NAMES, themeOf } from "../../src/tui/theme/theme.ts";
import { expectActionsToBeFound } from "./harness/actions.ts";
import { expectSaneFrame, pictureOf, SIZES } from "./harness/picture.ts";
import { openScene, SCENES } from "./harness/scenes.ts";
import type { TestScreen } from "./harness/screen.ts";
import { openScreen } from "./harness/screen.ts";
import { fixedClock, tuiWorkspace } from "./harness/workspace.ts";

describe.each(SCENES)("$name", (scene) => {
  test("looks like its picture at every size, in which the window may change while it is open", async () => {
    const screen = await openScene(scene, { theme: "dark" });
    const parts: string[] = [];
    for (const [columns, rows] of SIZES) {
      await screen.resize(columns, rows);
      await screen.until(() => true);
      expectSaneFrame(screen);
      parts.push(pictureOf(`${columns}×${rows}`, screen.lines()));
    }
    await screen.resize(80, 24);
    await screen.until(() => true);
    parts.push(pictureOf("what is not plain", styledLines(screen)));
    expectNoColourAlone(screen);
    await expectActionsToBeFound(screen);
    const reader = await openScene(scene, { screenReader: true });
    parts.push(pictureOf("screen reader", reader.allLines()));
    expect(reader.written()).not.toContain("\u001b[?1049h");
    await expect(parts.join("\n")).toMatchFileSnapshot(`pictures/${scene.name}.txt`);
  });
});

describe("a theme", () => {
  test("changes how things look and nothing of what they say", async () => {
    const scene = SCENES.find(({ name }) => name === "connections") ?? expect.fail();
    const screen = await openScene(scene);
    const looks = new Map<string, { text: string[]; styles: Set<string> }>();
    for (const name of THEME_NAMES) {
      screen.session.theme.set(themeOf(name, "dark"));
      await screen.until(() => true);
      looks.set(name, {
        text: screen.lines().map((line) => line.trimEnd()),
        styles: new Set(screen.styles().flatMap((line) => line.map(({ style }) => style))),
      });
    }
    const stylesOf = (name: string) => [...(looks.get(name)?.styles ?? [])];
    const [first, ...others] = [...looks.values()].map(({ text }) => text);
    for (const text of others) expect(text).toEqual(first);
    expect(stylesOf("auto")).toEqual(stylesOf("dark"));
    expect(stylesOf("dark")).toContain("bright red");
    // What cannot be read on white.
    expect(stylesOf("light").filter((style) => /green|yellow|cyan|bright|gray/.test(style))).toEqual([]);
    expect(stylesOf("light")).toContain("#b00000");
    expect(stylesOf("high-contrast").filter((style) => /gray|dim|#/.test(style))).toEqual([]);
    expect(stylesOf("high-contrast")).toContain("bold underline bright red");
    expect(stylesOf("none").filter((style) => !/^(bold|underline|inverse| )+$/.test(style))).toEqual([]);
  });
});

describe("a window that is too small", () => {
  test.each([
    [59, 24],
    [80, 14],
    [20, 5],
    [1, 1],
  ])("of %i×%i says so, keeps what was there and has it again", async (columns, rows) => {
    const { root } = await tuiWorkspace({ connections: [] });
    const screen = await openScreen({ workspace: root, clock: fixedClock });
    await screen.shows("There is no connection yet");
    await screen.press("/");
    await screen.type("ord");
    await screen.resize(columns, rows);
    if (columns > 1) expect(screen.lines()[0]).toBe(`${columns}×${rows} is too small.`.slice(0, columns));
    await screen.type("ers");
    await screen.resize(60, 15);
    await screen.shows("/ orders");
    expectSaneFrame(screen);
  });
});

/** Without how long something took, which no two runs have in common. */
function styledLines(screen: TestScreen): string[] {
  return screen
    .styles()
    .flatMap((line, at) =>
      line
        .filter(({ text }) => !/^[\d.]+ m?s$/.test(text))
        .map(({ style, text }) => `${String(at + 1).padStart(2)}  ${style.padEnd(20)}${text}`),
    );
}

/** The same words in two colours would say two things to those alone who see colours. */
function expectNoColourAlone(screen: TestScreen): void {
  const colours = new Map<string, string>();
  for (const { text, style } of screen.styles().flat()) {
    const colour = /red|green|yellow|blue/.exec(style)?.[0];
    if (colour === undefined) continue;
    expect(colours.get(text) ?? colour, text).toBe(colour);
    colours.set(text, colour);
  }
}
