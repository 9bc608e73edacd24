import { createElement, type ReactNode } from "react";
import type { Place } from "../state/place.ts";
import { CompareScreen } from "./compare/compare-screen.tsx";
import { AddConnectionScreen, EditConnectionScreen } from "./connection-form/connection-form-screen.tsx";
import { ConnectionsScreen } from "./connections/connections-screen.tsx";
import { DatabaseScreen } from "./database/database-screen.tsx";
import { QueryScreen } from "./database/query-screen.tsx";
import { DoctorScreen } from "./doctor/doctor-screen.tsx";
import { HistoryScreen } from "./history/history-screen.tsx";
import { LiveScreen } from "./live/live-screen.tsx";
import { LogScreen } from "./log/log-screen.tsx";
import { RunScreen } from "./run/run-screen.tsx";
import { SecretsScreen } from "./secrets/secrets-screen.tsx";
import { StateScreen } from "./state/state-screen.tsx";
import { StreamsScreen } from "./streams/streams-screen.tsx";
import { TestScreen } from "./test/test-screen.tsx";

/** The one place that knows which component draws which place. */
export function screenOf(place: Place): ReactNode {
  switch (place.screen) {
    case "connections":
      return createElement(ConnectionsScreen);
    case "connection":
      return createElement(HistoryScreen, { connection: place.name });
    case "add":
      return createElement(AddConnectionScreen);
    case "edit":
      return createElement(EditConnectionScreen, { name: place.name });
    case "test":
      return createElement(TestScreen, { name: place.name });
    case "streams":
      return createElement(StreamsScreen, { name: place.name });
    case "history":
      return createElement(HistoryScreen, place.connection === undefined ? {} : { connection: place.connection });
    case "run":
      return createElement(RunScreen, { runId: place.run_id });
    case "live":
      return createElement(LiveScreen, { runId: place.run_id });
    case "log":
      return createElement(LogScreen, { runId: place.run_id });
    case "compare":
      return createElement(CompareScreen, { first: place.first, second: place.second });
    case "state":
      return createElement(StateScreen, place.connection === undefined ? {} : { connection: place.connection });
    case "secrets":
      return createElement(SecretsScreen);
    case "database":
      return createElement(DatabaseScreen, place.destination === undefined ? {} : { destination: place.destination });
    case "query":
      return createElement(QueryScreen, { destination: place.destination, sql: place.sql });
    case "doctor":
      return createElement(DoctorScreen);
  }
}
