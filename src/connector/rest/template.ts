/**
 * Texts with places for values: `/repos/{owner}/{repo}`. `{name}` takes a value, encoded for where it stands; `{+name}`
 * takes it in a path with its slashes; `{#name}`, alone in a text of a JSON body, becomes the value with its type; `{{name}}`
 * is the text `{name}`. All other braces are ordinary text.
 */
const PLACE = /\{\{([A-Za-z_]\w*)\}\}|\{([+#]?)([A-Za-z_]\w*)\}/g;

/** Parts of a path that would lead somewhere else. */
const CLIMBING = /^\.{0,2}$/;

export type TemplateValue = string | number | boolean | null | undefined;
export type TemplateValues = Readonly<Record<string, TemplateValue>>;

/** A place for a value. */
export interface Place {
  name: string;
  /** Keys that lead to the text within the value that was searched. */
  path: (string | number)[];
  /** The text is this place and nothing else. */
  isWhole: boolean;
  /** Written `{+name}`. */
  keepsSlashes: boolean;
}

/** All places in the texts of a JSON value. */
export function placesIn(value: unknown, path: (string | number)[] = []): Place[] {
  if (typeof value === "string") return placesOf(value, path);
  if (Array.isArray(value)) return value.flatMap((inner, index) => placesIn(inner, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]));
}

/** A path with its values, each as one segment or a part of one. Undefined when a value is missing or would climb. */
export function renderPath(path: string, values: TemplateValues): string | undefined {
  let isComplete = true;
  const rendered = path.replace(PLACE, (_, literal: string | undefined, plus: string, name: string) => {
    if (literal !== undefined) return `{${literal}}`;
    const value = values[name];
    const text = value === undefined || value === null ? "" : String(value);
    const segments = plus === "+" ? text.split("/") : [text];
    if (segments.some((segment) => CLIMBING.test(segment))) isComplete = false;
    return segments.map(encodeURIComponent).join("/");
  });
  return isComplete ? rendered : undefined;
}

/** A text with its values as they are: whoever sends it encodes it. */
export function renderText(text: string, values: TemplateValues): string {
  return text.replace(PLACE, (_, literal: string | undefined, _plus: string, name: string) =>
    literal === undefined ? String(values[name] ?? "") : `{${literal}}`,
  );
}

/** A JSON value with its values in its texts. */
export function renderJson(value: unknown, values: TemplateValues): unknown {
  if (typeof value === "string") {
    const name = /^\{#(\w+)\}$/.exec(value)?.[1];
    return name === undefined ? renderText(value, values) : values[name];
  }
  if (Array.isArray(value)) return value.map((inner) => renderJson(inner, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, renderJson(inner, values)]));
}

/** The name in a text that is one place and nothing else. */
export function wholePlace(text: string): string | undefined {
  return /^\{[+#]?([A-Za-z_]\w*)\}$/.exec(text)?.[1];
}

function placesOf(text: string, path: (string | number)[]): Place[] {
  return [...text.matchAll(PLACE)].flatMap(([, literal, plus, name]) =>
    literal !== undefined || name === undefined
      ? []
      : [{ name, path, isWhole: wholePlace(text) !== undefined, keepsSlashes: plus === "+" }],
  );
}
