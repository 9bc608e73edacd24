import { createElement, type ReactNode } from "react";
import type { Place } from "../state/place.ts";
import { ConnectionsScreen } from "./connections/connections-screen.tsx";
import { HistoryScreen } from "./history/history-screen.tsx";
import { LiveScreen } from "./live/live-screen.tsx";
import { RunScreen } from "./run/run-screen.tsx";

/** The one place that knows which component draws which place. */
export function screenOf(place: Place): ReactNode {
  switch (place.screen) {
    case "connections":
      return createElement(ConnectionsScreen);
    case "connection":
      return createElement(HistoryScreen, { connection: place.name });
    case "history":
      return createElement(HistoryScreen, place.connection === undefined ? {} : { connection: place.connection });
    case "run":
      return createElement(RunScreen, { runId: place.run_id });
    case "live":
      return createElement(LiveScreen, { runId: place.run_id });
    case "log":
      return null;
  }
}
