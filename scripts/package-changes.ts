/*
 * What is changed in packages as they are built in. Each change is for a start, a picture or memory that was measured
 * with it and without (docs/performance.md); none changes what a package does.
 */

/**
 * zod's messages in fifty languages: 300 kB that every run would read, for a namespace (`z.locales`) that no connector
 * needs. English is imported elsewhere and stays.
 */
const withoutLocales = {
  name: "without-locales",
  resolveId: {
    filter: { id: /\/locales\/index\.js$/ },
    handler: (_id: string, importer: string | undefined) =>
      /\/zod\/v4\//.test(importer ?? "") ? "\0no-locales" : undefined,
  },
  load: { filter: { id: /^\0no-locales$/ }, handler: () => "export {};" },
};

/** Ink imports its bridge to React's developer tools by name, though nobody here asks for it and it is not installed. */
const withoutDevtools = {
  name: "without-devtools",
  resolveId: { filter: { id: /^react-devtools-core$/ }, handler: () => "\0no-devtools" },
  load: { filter: { id: /^\0no-devtools$/ }, handler: () => "export default {};" },
};

/** Widths of texts are asked for again and again; most of them are those of the picture before. */
const remembered = {
  name: "remembered",
  resolveId: {
    filter: { id: /^string-width$/ },
    handler: (_id: string, importer: string | undefined) =>
      importer?.includes("/tui/terminal/remembered-width")
        ? undefined
        : new URL("../src/tui/terminal/remembered-width.ts", import.meta.url).pathname,
  },
};

/** Yoga would have its WebAssembly, which it brings along as text, fetched: Node loads a whole HTTP client for that. */
const withoutFetch = {
  name: "without-fetch",
  transform: {
    filter: { id: /\/yoga-layout\/dist\/binaries\// },
    handler: (code: string) => code.replaceAll("typeof fetch", '"undefined"'),
  },
};

/**
 * How Ink puts a picture together: it works out every line of every picture anew, and fills it with thousands of blank
 * cells of their own. Nothing there changes a cell, so they are shared, and what a line came to is kept for the next
 * picture. What is not cut off is not cut, either.
 */
const OUTPUT_CHANGES: readonly (readonly [string | RegExp, string])[] = [
  ["widths = new Map();", "widths = new Remembered(500);"],
  ["blockWidths = new Map();", "blockWidths = new Remembered(60);"],
  ["styledChars = new Map();", "styledChars = new Remembered(60);"],
  ["caches = new OutputCaches();", "caches = sharedCaches;"],
  [/row\.push\(\{\s*type: 'char',\s*value: ' ',\s*fullWidth: false,\s*styles: \[\],?\s*\}\);/, "row.push(BLANK);"],
  ["let lines = characterLines.map(", "let lines = !text.includes('\\n') ? [text] : characterLines.map("],
  [
    "const result = [];",
    "if (from === 0 && to >= this.caches.getStringWidth(line)) return line;\n        const result = [];",
  ],
];

const quickOutput = {
  name: "quick-output",
  transform: {
    filter: { id: /\/ink\/build\/output\.js$/ },
    handler: (code: string) => {
      const changed = OUTPUT_CHANGES.reduce((text, [found, replacement]) => {
        const next = text.replace(found, () => replacement);
        if (next === text) throw new Error(`Ink's output.js has changed: there is no ${found} in it any more`);
        return next;
      }, code);
      const remembered = new URL("../src/tui/terminal/remembered.ts", import.meta.url).pathname;
      const shared = "const BLANK = { type: 'char', value: ' ', fullWidth: false, styles: [] };";
      return `import { Remembered } from ${JSON.stringify(remembered)};\n${changed}\n${shared}\nconst sharedCaches = new OutputCaches();\n`;
    },
  },
};

/** What Ink keeps of the texts of thousands of lines that have gone by takes tens of megabytes, for those of a screen or two. */
const smallCaches = {
  name: "small-caches",
  transform: {
    filter: { id: /\/ink\/build\/(measure|wrap)-text\.js$/ },
    handler: (code: string) => code.replace("maxSize: 4096", "maxSize: 512"),
  },
};

/** Packages make a segmenter of graphemes each as they are loaded; the first costs as much as half of React. */
const lazySegmenters = {
  name: "lazy-segmenters",
  transform: {
    filter: { id: /\/node_modules\//, code: /new Intl\.Segmenter/ },
    handler: (code: string) =>
      code.replace(
        /new Intl\.Segmenter\(([^()]*)\)/g,
        "({ made: undefined, segment(text) { return (this.made ??= new Intl.Segmenter($1)).segment(text); } })",
      ),
  },
};

export const PACKAGE_CHANGES = [
  withoutLocales,
  withoutDevtools,
  withoutFetch,
  lazySegmenters,
  quickOutput,
  smallCaches,
  remembered,
];
