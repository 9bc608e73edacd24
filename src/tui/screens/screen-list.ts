import { setImmediate as turn } from "node:timers/promises";
import { createElement, type ReactNode } from "react";
import type { Place } from "../state/place.ts";
import { LazyScreen } from "../ui/lazy-screen.tsx";
import { ConnectionsScreen } from "./connections/connections-screen.tsx";
import { rarelyNeeded } from "./rarely-needed.ts";

const connectionForm = () => import("./connection-form/connection-form-screen.tsx");

const SCREENS = {
  history: new LazyScreen(async () => (await import("./history/history-screen.tsx")).HistoryScreen),
  live: new LazyScreen(async () => (await import("./live/live-screen.tsx")).LiveScreen),
  run: new LazyScreen(async () => (await import("./run/run-screen.tsx")).RunScreen),
  log: new LazyScreen(async () => (await import("./log/log-screen.tsx")).LogScreen),
  add: new LazyScreen(async () => (await connectionForm()).AddConnectionScreen),
  edit: new LazyScreen(async () => (await connectionForm()).EditConnectionScreen),
  test: new LazyScreen(async () => (await import("./test/test-screen.tsx")).TestScreen),
  streams: new LazyScreen(async () => (await import("./streams/streams-screen.tsx")).StreamsScreen),
  state: new LazyScreen(async () => (await import("./state/state-screen.tsx")).StateScreen),
  secrets: new LazyScreen(async () => (await import("./secrets/secrets-screen.tsx")).SecretsScreen),
  database: new LazyScreen(async () => (await import("./database/database-screen.tsx")).DatabaseScreen),
  query: new LazyScreen(async () => (await import("./database/query-screen.tsx")).QueryScreen),
  doctor: new LazyScreen(async () => (await import("./doctor/doctor-screen.tsx")).DoctorScreen),
  compare: new LazyScreen(async () => (await import("./compare/compare-screen.tsx")).CompareScreen),
};

/** The one place that knows which component draws which place. Only the root is there from the beginning. */
export function screenOf(place: Place): ReactNode {
  switch (place.screen) {
    case "connections":
      return createElement(ConnectionsScreen);
    case "connection":
      return SCREENS.history.draw({ connection: place.name });
    case "history":
      return SCREENS.history.draw(place.connection === undefined ? {} : { connection: place.connection });
    case "add":
      return SCREENS.add.draw({});
    case "edit":
      return SCREENS.edit.draw({ name: place.name });
    case "test":
      return SCREENS.test.draw({ name: place.name });
    case "streams":
      return SCREENS.streams.draw({ name: place.name });
    case "run":
      return SCREENS.run.draw({ runId: place.run_id });
    case "live":
      return SCREENS.live.draw({ runId: place.run_id });
    case "log":
      return SCREENS.log.draw({ runId: place.run_id });
    case "compare":
      return SCREENS.compare.draw({ first: place.first, second: place.second });
    case "state":
      return SCREENS.state.draw(place.connection === undefined ? {} : { connection: place.connection });
    case "secrets":
      return SCREENS.secrets.draw({});
    case "database":
      return SCREENS.database.draw(place.destination === undefined ? {} : { destination: place.destination });
    case "query":
      return SCREENS.query.draw({ destination: place.destination, sql: place.sql });
    case "doctor":
      return SCREENS.doctor.draw({});
  }
}

/** Reads the other screens one by one, so that the first key for one of them need not wait, nor any key in between. */
export async function readScreens(): Promise<void> {
  for (const screen of Object.values(SCREENS)) {
    await screen.load();
    await turn();
  }
  for (const read of Object.values(rarelyNeeded)) {
    await read();
    await turn();
  }
}
