/** Where a person can be: a screen and what it is about. */
export type Place =
  | { screen: "connections" }
  | { screen: "connection"; name: string }
  | { screen: "add" }
  | { screen: "edit"; name: string }
  | { screen: "test"; name: string }
  | { screen: "streams"; name: string }
  | { screen: "history"; connection?: string }
  | { screen: "run"; run_id: string }
  | { screen: "live"; run_id: string }
  | { screen: "log"; run_id: string }
  /** Two runs by their ids, the older one first. */
  | { screen: "compare"; first: string; second: string }
  /** Of one connection, or of all. */
  | { screen: "state"; connection?: string }
  | { screen: "secrets" }
  /** Of a destination by its name, or the workspace's. */
  | { screen: "database"; destination?: string }
  /** With a text it is run at once. */
  | { screen: "query"; destination: string; sql?: string }
  | { screen: "doctor" };

export type ScreenName = Place["screen"];
export type PlaceOf<S extends ScreenName> = Extract<Place, { screen: S }>;

export const HOME: Place = { screen: "connections" };

/** The paths that `parsePlace` knows. */
export const PLACE_PATHS =
  "connections/<name>, runs, runs/<id>, compare/<id>/<id>, state, state/<name>, secrets, database or doctor";

/** A place by its path on the command line. Undefined for any other text. */
export function parsePlace(path: string): Place | undefined {
  const [kind, ...rest] = path.split("/").filter((part) => part !== "");
  const [first, second, ...more] = rest;
  if (kind === "compare" && first !== undefined && second !== undefined && more.length === 0) {
    return { screen: "compare", first, second };
  }
  const name = rest.join("/");
  if (kind === "connections") return name === "" ? HOME : { screen: "connection", name };
  if (kind === "state") return name === "" ? { screen: "state" } : { screen: "state", connection: name };
  if (name === "" && (kind === "secrets" || kind === "database" || kind === "doctor")) return { screen: kind };
  if (kind === "runs") return name === "" ? { screen: "history" } : { screen: "run", run_id: name };
  return undefined;
}

/** As the breadcrumbs call it. */
export function placeTitle(place: Place): string {
  switch (place.screen) {
    case "connections":
      return "Connections";
    case "connection":
      return place.name;
    case "add":
      return "Add connection";
    case "edit":
      return `Edit ${place.name}`;
    case "test":
      return `Test ${place.name}`;
    case "streams":
      return `Streams of ${place.name}`;
    case "history":
      return place.connection === undefined ? "Runs" : `Runs of ${place.connection}`;
    case "run":
      return `Run ${shortRunId(place.run_id)}`;
    case "live":
      return `Live ${shortRunId(place.run_id)}`;
    case "log":
      return "Log";
    case "compare":
      return "Compare";
    case "state":
      return place.connection === undefined ? "State" : `State of ${place.connection}`;
    case "secrets":
      return "Secrets";
    case "database":
      return "Database";
    case "query":
      return "Query";
    case "doctor":
      return "Doctor";
  }
}

/** The end of an id: its beginning is the time, which runs of one day share. */
export function shortRunId(run_id: string): string {
  return run_id.slice(-8);
}

/** The same place is the same text. */
export function placeKey(place: Place): string {
  return JSON.stringify(Object.entries(place).sort(([a], [b]) => (a < b ? -1 : 1)));
}
