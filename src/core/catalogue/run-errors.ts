import type { CatalogueEntry } from "./catalogue-entry.ts";

/** Of runs, their state and their records. */
export const runErrors = {
  state_conflict: {
    stage: "state",
    recovery: "stop_stream",
    exit: 1,
    meaning: "Another run moved this stream's state in the meantime.",
    remedy: "Nothing was doubled; run again.",
  },
  state_edited: {
    stage: "state",
    recovery: "stop_run",
    exit: 3,
    meaning: "The state in config.json was edited by hand.",
    remedy: "`sluice state adopt` takes the edit over, `sluice state restore` drops it.",
  },

  already_running: {
    stage: "config",
    recovery: "stop_run",
    exit: 5,
    meaning: "The connection is being run already.",
    remedy: "Wait for that run to end, or stop it.",
  },
  run_timeout: {
    stage: "read",
    recovery: "stop_run",
    exit: 1,
    meaning: "The run took longer than allowed.",
    remedy: "Raise --timeout; committed checkpoints stay.",
  },
  run_unknown: {
    stage: "config",
    recovery: "stop_run",
    exit: 3,
    meaning: "There is no run with that id.",
    remedy: "See `sluice runs list`.",
  },
  interrupted: {
    stage: "read",
    recovery: "stop_run",
    exit: 130,
    meaning: "The run was interrupted by SIGINT.",
    remedy: "Run again: it goes on from the last checkpoint, and reads anew what has no cursor.",
  },
  terminated: {
    stage: "read",
    recovery: "stop_run",
    exit: 143,
    meaning: "The run was interrupted by SIGTERM.",
    remedy: "Run again: it goes on from the last checkpoint, and reads anew what has no cursor.",
  },
  stream_stopped: {
    stage: "read",
    recovery: "stop_stream",
    exit: 130,
    meaning: "The stream was stopped on request; the run went on with the others.",
    remedy: "Run again: it goes on from the last checkpoint, and reads anew what has no cursor.",
  },
  stop_unanswered: {
    stage: "config",
    recovery: "stop_run",
    exit: 1,
    meaning: "The run did not answer the request to stop.",
    remedy: "Stop its process by a signal; committed checkpoints stay.",
  },
  artifacts_unwritable: {
    stage: "write",
    recovery: "stop_run",
    exit: 1,
    meaning: "The event log or the summary could not be written.",
    remedy: "Check the permissions and the free space of runs/ and run_logs/.",
  },
  query_refused: {
    stage: "config",
    recovery: "stop_run",
    exit: 1,
    meaning: "The query failed.",
    remedy: "The message is the server's own.",
  },
  checks_failed: {
    stage: "check",
    recovery: "stop_run",
    exit: 1,
    meaning: "Something that was checked is not right.",
    remedy: "Each failed check says what to do.",
  },
  internal: {
    stage: "config",
    recovery: "stop_run",
    exit: 1,
    meaning: "Something failed that was not foreseen: a defect in Sluice or a connector.",
    remedy: "Report it with the event log.",
  },
} satisfies Record<string, CatalogueEntry>;
