import { didYouMean } from "../../core/did-you-mean.ts";
import { instantOf } from "./instant.ts";
import { maxRecordsOf } from "./pagination-options.ts";
import { type DefaultOptions, type ParentOptions, type StreamOptions, streamWith } from "./stream-options.ts";
import { type Place, placesIn } from "./template.ts";

/** What is looked at of an API's options. */
export interface DeclaredApi {
  headers?: unknown;
  params?: unknown;
  check?: string | undefined;
  variables: Readonly<Record<string, unknown>>;
  defaults: DefaultOptions;
  streams: Readonly<Record<string, StreamOptions>>;
}

export interface RestProblem {
  path: (string | number)[];
  message: string;
}

/** Places that the engine fills itself. */
const RESERVED = ["cursor", "from", "to"];

/** Also keys in config.json and names of tables. */
const STREAM_NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** Parts of a stream that may hold places. */
const TEMPLATES = ["path", "params", "headers", "body"] as const;

/** What is wrong beyond each setting by itself: places without a value, parents that are not there, what does not fit together. */
export function restProblems(api: DeclaredApi): RestProblem[] {
  const names = Object.keys(api.streams);
  return [
    ...nameProblems(api),
    ...(["headers", "params", "check"] as const).flatMap((part) =>
      unknownPlaces(placesIn(api[part], [part]), Object.keys(api.variables)),
    ),
    ...names.flatMap((name) => streamProblems(api, name)),
    ...(hasRoot(api) ? [] : [problem(["streams"], "all have a parent, so that none can be read first.")]),
  ];
}

function nameProblems({ variables, streams }: DeclaredApi): RestProblem[] {
  const rules = "must be lower-case letters, digits and underscores, a letter first.";
  const wrong = Object.keys(streams).filter((name) => !STREAM_NAME.test(name));
  const reserved = Object.keys(variables).filter((name) => RESERVED.includes(name));
  const unusable = Object.keys(variables).filter((name) => !/^[A-Za-z_]\w*$/.test(name));
  return [
    ...wrong.map((name) => problem(["streams", name], rules)),
    ...reserved.map((name) => problem(["variables", name], "is a name that Sluice fills itself. Choose another.")),
    ...unusable.map((name) =>
      problem(["variables", name], "cannot stand in a place: use letters, digits and underscores."),
    ),
  ];
}

function streamProblems(api: DeclaredApi, name: string): RestProblem[] {
  const own = api.streams[name] as StreamOptions;
  const stream = streamWith(api.defaults, own);
  const at = (...path: string[]) => ["streams", name, ...path];
  const places = TEMPLATES.flatMap((part) => placesIn(stream[part], [part]));
  const known = knownNames(api, stream);
  const unknown = unknownPlaces(places, known).map(({ path, message }) => {
    const [part = "", key = ""] = path.map(String);
    const isOwn = part === "path" || JSON.stringify(own[part as "params"] ?? {}).includes(JSON.stringify(key));
    return problem(isOwn ? [...at(), ...path] : ["defaults", ...path], message);
  });
  return [
    ...unknown,
    ...parentProblems(api, name, stream, places).map((it) => problem(at(...it.path.map(String)), it.message)),
    ...cursorProblems(stream, places).map((it) => problem(at(...it.path.map(String)), it.message)),
    ...requestProblems(stream).map((it) => problem(at(...it.path.map(String)), it.message)),
  ];
}

function knownNames(api: DeclaredApi, { parent, cursor, window }: StreamOptions): string[] {
  return [
    ...Object.keys(api.variables),
    ...Object.keys(parent?.keys ?? {}),
    ...(cursor === undefined ? [] : ["cursor"]),
    ...(window === undefined ? [] : ["from", "to"]),
  ];
}

function unknownPlaces(places: readonly Place[], known: readonly string[]): RestProblem[] {
  return places
    .filter(({ name }) => !known.includes(name))
    .map(({ name, path }) => {
      const have = known.length === 0 ? "there are none" : `there are ${known.join(", ")}`;
      return problem(
        path,
        `has the place {${name}}, for which there is no value (${have}).${didYouMean(name, known)} Write {{${name}}} if braces are meant.`,
      );
    });
}

function parentProblems(api: DeclaredApi, name: string, { parent }: StreamOptions, places: Place[]): RestProblem[] {
  if (parent === undefined) return [];
  if (parent.stream === undefined)
    return parent.changed ? [problem(["parent", "changed"], "needs a parent that is a stream.")] : [];
  const others = Object.keys(api.streams).filter((other) => other !== name);
  if (!others.includes(parent.stream)) {
    const guess = didYouMean(parent.stream, others);
    return [problem(["parent", "stream"], `is not one of the other streams: "${parent.stream}".${guess}`)];
  }
  if (isOwnAncestor(api, name)) return [problem(["parent", "stream"], "leads back to the stream itself.")];
  const unused = Object.keys(parent.keys)
    .filter((key) => !places.some((place) => place.name === key))
    .map((key) =>
      problem(["parent", "keys", key], `is used nowhere: put {${key}} where it belongs, for example in the path.`),
    );
  return [...unused, ...changedProblems(api, name, parent)];
}

/** Children of changed parents have the parents' cursor, and come again whole. */
function changedProblems(api: DeclaredApi, name: string, { stream, changed, budget }: ParentOptions): RestProblem[] {
  if (!changed)
    return budget === undefined ? [] : [problem(["parent", "budget"], "needs `changed`: only then others can follow.")];
  const own = streamWith(api.defaults, api.streams[name] as StreamOptions);
  const parents = streamWith(api.defaults, api.streams[stream ?? ""] as StreamOptions);
  const checks: [boolean, string[], string][] = [
    [
      parents.cursor?.field === undefined || parents.window !== undefined,
      ["parent", "changed"],
      `needs a cursor with a field, and no window, in the stream ${stream}.`,
    ],
    [
      parents.cursor?.inclusive === false,
      ["parent", "changed"],
      `needs \`inclusive\` in the cursor of ${stream}: a read may be stopped among parents of one moment.`,
    ],
    [own.cursor !== undefined, ["cursor"], "must not be there: with `changed` the parents' cursor decides."],
    [own.primary_key === undefined, ["primary_key"], "is missing: children of changed parents come again whole."],
  ];
  return checks.filter(([isWrong]) => isWrong).map(([, path, message]) => problem(path, message));
}

function isOwnAncestor(api: DeclaredApi, name: string): boolean {
  const seen = new Set<string>();
  for (let at = api.streams[name]?.parent?.stream; at !== undefined; at = api.streams[at]?.parent?.stream) {
    if (at === name || seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

function hasRoot({ streams }: DeclaredApi): boolean {
  const all = Object.values(streams);
  return all.length === 0 || all.some(({ parent }) => parent?.stream === undefined);
}

function cursorProblems(stream: StreamOptions, places: readonly Place[]): RestProblem[] {
  const { cursor, window, paginate, mode } = stream;
  const asksNewer = cursor?.param !== undefined || places.some(({ name }) => name === "cursor");
  const needsStart = places.some(({ name, isWhole, path }) => name === "cursor" && !(isWhole && path[0] === "params"));
  const isTimed = cursor?.start === undefined || instantOf(cursor.start) !== undefined;
  const checks: [boolean, string[], string][] = [
    [
      cursor !== undefined && cursor.field === undefined && window === undefined,
      ["cursor", "field"],
      "is missing (a text).",
    ],
    [
      needsStart && cursor?.start === undefined,
      ["cursor", "start"],
      "is missing: {cursor} stands within other text, which must have a value on the first read too.",
    ],
    [window !== undefined && cursor?.start === undefined, ["cursor", "start"], "is missing: windows begin there."],
    [
      (window !== undefined || cursor?.format !== undefined) && !isTimed,
      ["cursor", "start"],
      "must be a time, such as 2026-01-01T00:00:00Z.",
    ],
    [
      window !== undefined && window.from_param === undefined && !places.some(({ name }) => name === "from"),
      ["window", "from_param"],
      "is missing: nothing tells the API where a window begins.",
    ],
    [
      window !== undefined && window.to_param === undefined && !places.some(({ name }) => name === "to"),
      ["window", "to_param"],
      "is missing: nothing tells the API where a window ends.",
    ],
    [
      maxRecordsOf(paginate) !== undefined && !(cursor?.ordered === "asc" && asksNewer && window === undefined),
      ["paginate", "max_records"],
      "needs a cursor that the API is asked by and that is `ordered` asc.",
    ],
    [
      cursor?.requery === true && !(cursor.ordered === "asc" && asksNewer && window === undefined),
      ["cursor", "requery"],
      "needs a cursor that the API is asked by and that is `ordered` asc.",
    ],
    [
      cursor?.lookback_s !== undefined && mode !== undefined && mode !== "merge",
      ["cursor", "lookback_s"],
      "reads records again, so the mode must be merge.",
    ],
    [mode === "merge" && stream.primary_key === undefined, ["primary_key"], "is missing: merge needs it."],
  ];
  return checks.filter(([isWrong]) => isWrong).map(([, path, message]) => problem(path, message));
}

function requestProblems({ method, body, paginate }: StreamOptions): RestProblem[] {
  if (method === "POST") return [];
  const inBody = paginate !== undefined && "in" in paginate && paginate.in === "body";
  if (body === undefined && !inBody && paginate?.type !== "graphql") return [];
  return [problem(["method"], "must be POST: the request has a body.")];
}

function problem(path: (string | number)[], message: string): RestProblem {
  return { path, message };
}
