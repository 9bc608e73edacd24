import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lostComments, tomlComments } from "../../src/workspace/toml-comments.ts";
import { editToml } from "../../src/workspace/toml-edit.ts";
import { isTomlTable, parseToml, type TomlTable } from "../../src/workspace/toml-text.ts";

const DOCUMENT = `# Ask Ada before you change anything here.

[destination.postgres.credentials]   # the warehouse
host = "localhost"
port = 5434
password = "old # not a comment" # rotated in May

# Trello
[sources.trello]
api_key = 'k#1' # key
# the token comes from the admin page
token = """
multi
# not a comment either
"""
`;

test("a value is replaced where it stands and all else stays, comments too", async () => {
  const edited = await editToml(DOCUMENT, {
    path: ["destination", "postgres", "credentials", "password"],
    value: "new",
  });
  expect(edited).toBe(DOCUMENT.replace('"old # not a comment"', '"new"'));
});

test("a section that is not there yet is added at the end", async () => {
  const edited = await editToml(DOCUMENT, { path: ["sources", "team_board", "token"], value: 'a"b' });
  expect(edited).toBe(`${DOCUMENT}\n[sources.team_board]\ntoken = "a\\"b"\n`);
});

test("a key is added to the section that is there", async () => {
  const edited = await editToml(DOCUMENT, { path: ["sources", "trello", "extra"], value: "x" });
  expect(edited).toBe(`${DOCUMENT}extra = "x"\n`);
});

test("taking a value out leaves its comments where it stood", async () => {
  const edited = await editToml(DOCUMENT, { path: ["sources", "trello", "token"], value: undefined });
  expect(edited).toContain("# the token comes from the admin page");
  expect(edited).not.toContain("multi");
  expect(lostComments(DOCUMENT, edited)).toEqual([]);
});

test("taking out what is not there changes nothing", async () => {
  expect(await editToml(DOCUMENT, { path: ["sources", "nobody", "token"], value: undefined })).toBe(DOCUMENT);
});

test("a value that TOML cannot hold is refused", async () => {
  const edit = editToml(DOCUMENT, { path: ["sources", "trello", "token"], value: "half a pair: \ud800" });
  await expect(edit).rejects.toMatchObject({ code: "secrets_uneditable" });
});

test("comments are told from the same sign inside of strings", () => {
  expect(tomlComments(DOCUMENT)).toEqual([
    "# Ask Ada before you change anything here.",
    "# the warehouse",
    "# rotated in May",
    "# Trello",
    "# key",
    "# the token comes from the admin page",
  ]);
});

describe("for any document", () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/);
  const value = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => text.isWellFormed());
  const awkward = fc.oneof(
    value,
    fc.constantFrom("", "#", 'a"b', "it's", "two\nlines", "\r\n", "\\", '"""', "'''", "\u0000\u007f", "é😀"),
  );
  const comment = fc.stringMatching(/^# [ -~]{0,12}$/).map((text) => text.trimEnd());

  const literal = fc.oneof(
    { weight: 4, arbitrary: awkward.map(quoted) },
    { weight: 1, arbitrary: fc.stringMatching(/^[ -&(-~]{0,8}$/).map((text) => `'${text}'`) },
    { weight: 1, arbitrary: fc.tuple(word, comment).map(([a, b]) => `"""\n${a} ${b}\n"""`) },
    { weight: 1, arbitrary: fc.integer().map(String) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("true", "1.50", "2026-01-02", "0xff", "[1, 2]", '["a", "#"]', '{ x = 1, y = "#" }'),
    },
  );
  const line = fc.record({
    above: fc.option(comment, { nil: undefined }),
    key: word,
    text: literal,
    beside: fc.option(comment, { nil: undefined }),
    gap: fc.boolean(),
  });
  const section = fc.record({
    name: fc.tuple(fc.constantFrom("sources", "destination"), word),
    above: fc.option(comment, { nil: undefined }),
    lines: fc.uniqueArray(line, { maxLength: 4, selector: ({ key }) => key }),
  });
  const documents = fc
    .record({
      sections: fc.uniqueArray(section, { maxLength: 4, selector: ({ name }) => name.join(".") }),
      newline: fc.constantFrom("\n", "\n", "\r\n"),
      final: fc.boolean(),
    })
    .map(({ sections, newline, final }) => {
      const text = sections.flatMap(sectionLines).join("\n").replaceAll("\n", newline);
      return final ? text + newline : text;
    })
    .filter(parses);

  test("setting a value sets that value, keeps every comment and every other value", async () => {
    const changes = fc.tuple(documents, word, word, fc.nat(), awkward);
    await fc.assert(
      fc.asyncProperty(changes, async ([text, name, key, pick, secret]) => {
        const path = existingPath(text, pick) ?? ["sources", name, key];
        const edited = await editToml(text, { path, value: secret });
        const wanted = tables(parseToml(text));
        put(wanted, path, secret);
        expect(tables(parseToml(edited))).toEqual(wanted);
        expect(lostComments(text, edited)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("taking a value out and setting it again brings back what the document said", async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.nat(), awkward, async (text, pick, secret) => {
        const path = existingPath(text, pick * 2 + 1);
        if (path === undefined) return;
        const first = await editToml(text, { path, value: secret });
        const without = await editToml(first, { path, value: undefined });
        const again = await editToml(without, { path, value: secret });
        expect(tables(parseToml(again))).toEqual(tables(parseToml(first)));
        expect(lostComments(text, again)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

interface Section {
  name: readonly string[];
  above: string | undefined;
  lines: { above: string | undefined; key: string; text: string; beside: string | undefined; gap: boolean }[];
}

function sectionLines({ name, above, lines }: Section): string[] {
  const head = [...(above === undefined ? [] : [above]), `[${name.join(".")}]`];
  const body = lines.flatMap((line) => [
    ...(line.above === undefined ? [] : [line.above]),
    `${line.key} = ${line.text}${line.beside === undefined ? "" : ` ${line.beside}`}`,
    ...(line.gap ? [""] : []),
  ]);
  return [...head, ...body];
}

function parses(text: string): boolean {
  try {
    parseToml(text);
    return true;
  } catch {
    return false;
  }
}

/** A path of the document, or nothing for even numbers and documents without values. */
function existingPath(text: string, pick: number): string[] | undefined {
  const root = parseToml(text);
  const paths = Object.entries(root).flatMap(([top, sections]) =>
    Object.entries(sections as TomlTable).flatMap(([name, inner]) =>
      isTomlTable(inner) ? Object.keys(inner).map((key) => [top, name, key]) : [],
    ),
  );
  return pick % 2 === 0 ? undefined : paths[(pick >> 1) % paths.length];
}

function put(root: TomlTable, path: readonly string[], value: string): void {
  const [top, name, key] = path as [string, string, string];
  const sections = (root[top] ?? {}) as TomlTable;
  root[top] = { ...sections, [name]: { ...((sections[name] ?? {}) as TomlTable), [key]: value } };
}

function tables(root: TomlTable): TomlTable {
  return JSON.parse(JSON.stringify(root, (_, value) => (typeof value === "bigint" ? `${value}n` : value))) as TomlTable;
}
